"""Sales: reserve, commit and cancel, each on disk before the processor hears of it."""

from __future__ import annotations

from gateway.contract import (
    Caller,
    Deal,
    Degraded,
    MemberKey,
    Reason,
    Sale,
    Stage,
    StoreError,
    TillRefused,
)
from gateway.loyalty.checks import POINTS_INVALID, check_sale, latest_moment
from gateway.loyalty.codec import digest_of, sale_json
from gateway.loyalty.decide import (
    CANCEL,
    COMMIT,
    RESERVE,
    Ask,
    to_cancel,
    to_commit,
    to_reserve,
)
from gateway.loyalty.processor import NoAnswer
from gateway.loyalty.sale import deal_of, row_id
from gateway.loyalty.seen import names_of
from gateway.loyalty.serving import Served, Serving
from gateway.loyalty.steps import Steps, full
from gateway.ports import Asked, SaleProgress

SPENDING_OFF, CODE_NEEDED = "spending-off", "code-needed"


class Sales:
    """See ``TillSales``."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self._steps = Steps(serving)

    async def reserve(self, caller: Caller, sale: Sale, *, key: str = "", proof: str = "") -> Deal:
        """Block points, if that may be and the processor answers in time."""
        served = self._serving.of(caller)
        self._check(sale)
        with self._serving.counted("reserve") as call:
            self._serving.book.check_key(caller.name, key, own_id=sale.id, step=RESERVE)
            ask = self._ask(caller, served, sale, step=RESERVE, key=key)
            known = self._serving.book.known(ask.row_id)
            if known is None or known.progress is SaleProgress.CANCELLED:
                await self._check_spending(caller, served, sale, proof)
                if served.processor.circuit.is_open and known is None:
                    # Nothing was begun, so nothing is kept: the till may try again.
                    call.reason = Reason.AWAY
                    return Deal(sale.id, Stage.UNAVAILABLE, degraded=Degraded(Reason.AWAY))
            deal = await self._steps.take(ask, to_reserve, served.until, call)
            self._remember(served, sale, deal)
            return deal

    async def commit(self, caller: Caller, sale: Sale, *, key: str = "") -> Deal:
        """Close a sale: on disk now, and told at once if the processor answers in time."""
        served = self._serving.of(caller)
        self._check(sale)
        with self._serving.counted("commit") as call:
            self._serving.book.check_key(caller.name, key, own_id=sale.id, step=COMMIT)
            ask = self._ask(caller, served, sale, step=COMMIT, key=key)
            deal = await self._steps.take(ask, to_commit, served.until, call)
            self._remember(served, sale, deal)
            return deal

    async def cancel(self, caller: Caller, sale_id: str, *, key: str = "") -> Deal:
        """Give a sale up."""
        serving = self._serving
        served, now = serving.of(caller), serving.clock.now()
        with serving.counted("cancel") as call:
            serving.book.check_key(caller.name, key, own_id=sale_id, step=CANCEL)
            ask = Ask(
                caller, sale_id, CANCEL, served.processor.name, now, serving.book.place_at(now),
                now, Asked("", key), serving.correlation(),
            )  # fmt: skip
            return await self._steps.take(ask, to_cancel, served.until, call)

    async def deal(self, caller: Caller, sale_id: str) -> Deal | None:
        """Return what became of a sale or return."""
        try:
            row = await self._serving.book.look(row_id(caller.name, sale_id))
        except StoreError as error:
            raise full(error) from error
        return deal_of(row) if row is not None else None

    def _check(self, sale: Sale) -> None:
        serving = self._serving
        check_sale(sale, latest=latest_moment(serving.clock.now(), serving.terms.future_s))

    async def _check_spending(self, caller: Caller, served: Served, sale: Sale, proof: str) -> None:
        """Refuse points that may not be spent. A row that has begun is past this."""
        if not served.allowed.spending:
            msg = "points are not spent yet: sell without them"
            raise TillRefused(SPENDING_OFF, msg, field="points")
        if sale.member is None or sale.points is None or sale.points.points <= 0:
            msg = "say how many points of which member are spent"
            raise TillRefused(POINTS_INVALID, msg, field="points")
        if served.allowed.code_needed and not await self._is_proved(
            caller, served, sale.member, proof
        ):
            msg = "spending wants a one-time code: confirm one and give its proof"
            raise TillRefused(CODE_NEEDED, msg, field="proof")

    async def _is_proved(
        self, caller: Caller, served: Served, member: MemberKey, proof: str
    ) -> bool:
        """Tell whether a proof is of this member, by whatever name he confirmed the code."""
        proofs = self._serving.proofs
        if proofs is None or not proof:
            return False
        if proofs.holds(proof, caller, member):
            return True
        now, name = self._serving.clock.now(), served.processor.name
        sight = self._serving.seen.get(name, member, now=now)
        found = sight.member if sight is not None else None
        if found is None:
            try:
                found = await served.processor.read(
                    lambda: served.processor.processing.identify(member),
                    within_s=self._serving.left_s(served.until),
                )
            except NoAnswer:
                return False
        names = names_of(found) if found is not None else ()
        return any(proofs.holds(proof, caller, one) for one in names)

    def _ask(
        self, caller: Caller, served: Served, sale: Sale, *, step: str, key: str,
        is_offline: bool = False,
    ) -> Ask:  # fmt: skip
        now, content = self._serving.clock.now(), sale_json(sale)
        return Ask(
            caller, sale.id, step, served.processor.name, now, self._serving.book.place_at(now),
            sale.at, Asked(digest_of(content), key), self._serving.correlation(),
            is_told=served.allowed.earning, is_offline=is_offline, content=content,
        )  # fmt: skip

    def _remember(self, served: Served, sale: Sale, deal: Deal) -> None:
        if sale.member is not None and deal.kept is not None and deal.kept.balance is not None:
            now = self._serving.clock.now()
            self._serving.seen.balance(
                served.processor.name, sale.member, [deal.kept.balance], now=now
            )
