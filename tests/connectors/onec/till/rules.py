"""What the gateway's loyalty service refuses whatever stands in its books."""

from __future__ import annotations

from gateway.contract import (
    Balances,
    Caller,
    CodePurpose,
    CodeSent,
    Deal,
    HistoryPage,
    MemberKey,
    Refund,
    Sale,
    TillBusy,
    TillRefused,
)

SPENDING_OFF, PROCESSOR_REFUSED = "spending-off", "processor-refused"
SALE_DIFFERS, NOT_RESERVED = "sale-differs", "not-reserved"
INVALID = "lines-invalid"
_LONGEST_ID = 120


class Unasked:
    """What the doors of 1C never ask."""

    async def refund(self, caller: Caller, refund: Refund, *, key: str = "") -> Deal:
        """Nothing here asks for it."""
        raise NotImplementedError

    async def balance(self, caller: Caller, who: MemberKey) -> Balances:
        """Nothing here asks for it."""
        raise NotImplementedError

    async def history(
        self, caller: Caller, who: MemberKey, *, cursor: str | None, limit: int
    ) -> HistoryPage:
        """Nothing here asks for it."""
        raise NotImplementedError

    async def send_code(self, caller: Caller, to: MemberKey, *, purpose: CodePurpose) -> CodeSent:
        """Nothing here asks for it."""
        raise NotImplementedError

    async def confirm_code(
        self, caller: Caller, to: MemberKey, code: str, *, purpose: CodePurpose, reference: str = ""
    ) -> str | None:
        """Nothing here asks for it."""
        raise NotImplementedError


def check(sale: Sale) -> None:
    """Refuse what the gateway's service refuses: a sale without goods, or without a fit id."""
    ids = [one.id for one in sale.lines]
    if not ids or len(set(ids)) < len(ids) or not 0 < len(sale.id) <= _LONGEST_ID:
        raise refusal(INVALID)


def refusal(code: str) -> TillRefused:
    """Return a refusal."""
    return TillRefused(code, "refused by the ledger")


def busy() -> TillBusy:
    """Return the error of a full disk."""
    return TillBusy("full", "the disk is full", retry_after_s=1)
