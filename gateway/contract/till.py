"""Till: what a till, a checkout or a till's own protocol asks of the gateway's loyalty service.

The service stands between those who sell and the processor that keeps the points. It answers within
the caller's deadline whatever becomes of the processor, and says in ``Degraded`` what an answer is
worth. What a caller was told to be accepted is on disk before the answer and is never lost; what it
repeats has the effect of once. Sale ids are the caller's own and unique for the caller.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Protocol

from gateway.canonical import BonusAccount, Customer
from gateway.contract.errors import GatewayError
from gateway.contract.loyalty import (
    CodePurpose,
    CodeSent,
    HistoryPage,
    Kept,
    Member,
    MemberKey,
    Quote,
    Refund,
    Sale,
)


class Scope(StrEnum):
    """What a caller may do."""

    READ = "read"
    """Identify, reckon, and look at balances."""
    SELL = "sell"
    """Reserve, commit, cancel, give back, hand in receipts."""
    REGISTER = "register"
    """Make members; send and confirm codes."""
    CARDS = "cards"
    """Check card numbers."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A till or a site, as the configuration knows it.

    Shape: ``name`` is unique and names its sales; ``shop`` and ``brand`` choose the processor.
    ``visitor`` is who stands behind a site (a network address), where the site tells it: tries of
    codes are counted for each. Units: ``deadline_s`` seconds in which it wants an answer.
    """

    name: str
    shop: str = ""
    brand: str = ""
    deadline_s: float = 1.5
    scopes: frozenset[Scope] = frozenset(Scope)
    visitor: str = field(default="", repr=False)


class Reason(StrEnum):
    """Why an answer is less than it could be."""

    SLOW = "slow"
    AWAY = "away"
    LIMITED = "limited"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Degraded:
    """What an answer without the processor is worth. ``balance_at``: when the balance was true."""

    reason: Reason
    balance_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the switches allow this caller now. ``code_needed``: spending wants a one-time code."""

    earning: bool = True
    spending: bool = True
    code_needed: bool = False


@dataclass(frozen=True, slots=True)
class Identified:
    """Who was named; ``member`` ``None`` and not degraded: surely nobody."""

    member: Member | None
    allowed: Allowed = Allowed()
    degraded: Degraded | None = None


@dataclass(frozen=True, slots=True)
class Balances:
    """A member's accounts. Degraded: as they were at ``degraded.balance_at``."""

    accounts: Sequence[BonusAccount]
    degraded: Degraded | None = None


@dataclass(frozen=True, slots=True)
class Quoted:
    """A sale as it would be now. Degraded: the caller's own prices, and nothing to be spent."""

    quote: Quote
    allowed: Allowed = Allowed()
    degraded: Degraded | None = None


class Stage(StrEnum):
    """How far a sale or return has come, as its caller needs to know."""

    RESERVED = "reserved"
    COMMITTED = "committed"
    CANCELLED = "cancelled"
    ACCEPTED = "accepted"
    """On disk, and told to the processor as soon as it answers: nothing more to do for a till."""
    UNAVAILABLE = "unavailable"
    """No points can be spent now; sell without them. What was begun is undone behind the scenes."""
    REFUSED = "refused"
    """The processor refused it for good; a person is told."""


@dataclass(frozen=True, slots=True)
class Deal:
    """A sale or return at the gateway.

    Shape: ``id`` the caller's; ``kept`` what the processor said, as far as it did; ``cause`` why
    it was refused, in words without personal data. ``replayed``: the answer of an earlier call.
    """

    id: str
    stage: Stage
    kept: Kept | None = None
    degraded: Degraded | None = None
    cause: str = ""
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class OfflineReceipt:
    """A receipt that was closed while the till was alone. Shape: one of the two is set."""

    sale: Sale | None = None
    refund: Refund | None = None


class TillRefused(GatewayError):
    """The service refuses a call: repeating it unchanged is refused again.

    Shape: ``code`` is stable and may be relied on; ``field`` names what is wrong in the call, empty
    when it is no field. Never quotes a value of the call.
    """

    remedy: ClassVar[str] = "Correct the named field, or go on without loyalty."

    def __init__(self, code: str, reason: str, *, field: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.field = field


class TillBusy(GatewayError):
    """The call cannot be kept now (full disk) or came too often: repeat it after ``retry_after_s``.

    Nothing of it happened.
    """

    remedy: ClassVar[str] = "Repeat the same call later, with the same key."

    def __init__(self, code: str, reason: str, *, retry_after_s: float) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.retry_after_s = retry_after_s


class TillMembers(Protocol):
    """Who buys: the part of ``TillService`` about members."""

    async def identify(self, caller: Caller, who: MemberKey) -> Identified:
        """Find a member."""

    async def register(self, caller: Caller, customer: Customer, *, key: str = "") -> Identified:
        """Make a member, or return the one who has these contacts."""

    async def send_code(self, caller: Caller, to: MemberKey, *, purpose: CodePurpose) -> CodeSent:
        """Send a one-time code. Raises ``TillBusy`` when it was asked for too often."""

    async def confirm_code(
        self, caller: Caller, to: MemberKey, code: str, *, purpose: CodePurpose, reference: str = ""
    ) -> str | None:
        """Check a code: the proof to be given with ``reserve``, ``None`` for a wrong or stale one.

        Raises ``TillBusy`` when there were too many tries.
        """

    async def balance(self, caller: Caller, who: MemberKey) -> Balances:
        """Return a member's points. Raises ``TillRefused`` (``member-unknown``)."""

    async def history(
        self, caller: Caller, who: MemberKey, *, cursor: str | None, limit: int
    ) -> HistoryPage:
        """Return postings, newest first. Raises ``TillBusy`` while the processor is away."""


class TillSales(Protocol):
    """What is bought: the part of ``TillService`` about sales."""

    async def quote(self, caller: Caller, sale: Sale) -> Quoted:
        """Reckon a sale; changes nothing."""

    async def reserve(self, caller: Caller, sale: Sale, *, key: str = "", proof: str = "") -> Deal:
        """Block the points that a sale spends: ``reserved`` or ``unavailable``.

        Raises ``TillRefused`` (``code-needed``, ``spending-off``, ``processor-refused`` …).
        """

    async def commit(self, caller: Caller, sale: Sale, *, key: str = "") -> Deal:
        """Close a sale, reserved before or not: ``committed`` or ``accepted``, or ``refused``."""

    async def cancel(self, caller: Caller, sale_id: str, *, key: str = "") -> Deal:
        """Give a reserved sale up; one that was never heard of is ``cancelled`` too."""

    async def refund(self, caller: Caller, refund: Refund, *, key: str = "") -> Deal:
        """Take goods back; ``reference`` of ``refund`` may be empty, it is filled in here."""

    async def offline(self, caller: Caller, receipts: Sequence[OfflineReceipt]) -> Sequence[Deal]:
        """Take in receipts that were closed offline, in their order; one answer for each.

        A bad one is ``refused`` and spares its neighbours; one that came before is ``replayed``.
        """

    async def deal(self, caller: Caller, sale_id: str) -> Deal | None:
        """Return what became of a sale or return, ``None`` for one never heard of."""


class TillService(TillMembers, TillSales, Protocol):
    """The loyalty service. Every method may raise ``TillRefused`` and ``TillBusy``.

    ``key`` is the caller's idempotency key, empty for none: the sale's id and the step are one by
    themselves. A key or a step that comes again with another content is refused (``key-reused``,
    ``sale-differs``).
    """


@dataclass(frozen=True, slots=True)
class TillRequest:
    """A call of a till in its own protocol to ``/till/{account}/{path}``.

    Shape: ``path`` without a leading slash; ``query`` raw and by name, the last one wins; header
    names in lower case; ``body`` whole.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class TillReply:
    """The answer, as the protocol wants it."""

    body: bytes = field(repr=False)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class TillDoor(Protocol):
    """A till's own protocol, translated onto the service: a till changes its processor by address.

    The door proves who calls (the protocol's own password) and makes the ``Caller`` of it.
    """

    async def answer(self, request: TillRequest, service: TillService) -> TillReply:
        """Answer one call; the protocol's refusals are replies."""
