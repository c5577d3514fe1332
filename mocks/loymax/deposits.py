"""Manual accruals and write-offs: asynchronous batches of the System API (reference, 7.6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from mocks.loymax.account import Lot
from mocks.loymax.call import Call
from mocks.loymax.envelope import Answer, Refused, invalid, required
from mocks.loymax.history import reward_row, settle, withdraw_row
from mocks.loymax.money import CENT, ZERO, decimal
from mocks.loymax.programme import BONUS
from mocks.loymax.wire import children, date_of, needed, text_of, whole_of

if TYPE_CHECKING:
    from mocks.loymax.installation import Installation
    from mocks.loymax.people import Person

_OLD_TYPE = "Loymax.SystemApi.Models.BatchOperations.OperationCardModel, Loymax.SystemApi"
_KINDS = ("CardNumber", "Phone", "Email", "PersonUID", "CardBarCode", "Login", "UID")


@dataclass
class Move:
    """One operation of a batch."""

    kind: str
    identifier: str
    amount: Decimal
    description: str | None
    external_info: str | None
    state: str = "Reserved"
    person: Person | None = None


@dataclass
class Batch:
    """A batch; ``polls`` counts how often its progress was asked for while it waited."""

    id: int
    created: datetime
    type: str
    description: str | None
    internal: str | None
    on_overdraft: str
    starts: datetime | None
    ends: datetime | None
    life_time: Any
    moves: list[Move] = field(default_factory=list)
    state: str = "NotProcessed"
    polls: int = 0

    def count(self, state: str) -> int:
        """Return how many operations are in a state."""
        return sum(move.state == state for move in self.moves)


def put(call: Call) -> Answer:
    """PUT deposit: make a batch; nothing here is idempotent."""
    body, installation = call.body, call.installation
    kind = needed(body, "type")
    if kind.lower() not in {"deposit", "withdraw"}:
        raise invalid(name="type")
    for name in ("legal", "currency", "loyaltyProgram", "partner"):
        if not isinstance(body.get(name.lower()), dict):
            raise required(name)
    if text_of(body["currency"], "id") != str(BONUS["id"]):
        raise Refused(text="Валюта не найдена.")
    starts, ends = _life_time(installation, body.get("lifetimedefinition"))
    batch = Batch(
        installation.count.number("deposit"),
        installation.clock.now(),
        kind.capitalize(),
        text_of(body, "description"),
        text_of(body, "internalDescription"),
        (text_of(body, "errorHandlingType") or "Error").lower(),
        starts,
        ends,
        body.get("lifetimedefinition"),
        moves=_moves(call, children(body, "operations")),
    )
    installation.batches[batch.id] = batch
    installation.waiting.append(batch)
    is_int = installation.settings.deposit_answer == "int"
    return Answer(batch.id if is_int else {"id": batch.id}, key=batch.id, effect="created")


def _moves(call: Call, rows: list[dict[str, Any]]) -> list[Move]:
    if not rows:
        raise required(name="operations")
    moves = []
    for row in rows:
        amount = decimal(row.get("amount"), "amount")
        if amount <= ZERO or amount % CENT:
            raise invalid(name="amount")
        kind, identifier = _identifier(call, row)
        moves.append(
            Move(
                kind,
                identifier,
                amount,
                text_of(row, "description"),
                text_of(row, "externalInfo"),
            )
        )
    return moves


def _identifier(call: Call, row: dict[str, Any]) -> tuple[str, str]:
    """Return kind and value; a legacy server wants the typed card model instead (12)."""
    profile = call.installation.settings.version_profile
    kind = text_of(row, "identifierType")
    if kind is None or profile == "legacy":
        is_typed = next(iter(row), "") == "$type" and row["$type"] == _OLD_TYPE
        if not is_typed or profile == "v1.2":
            raise required(name="$type" if profile == "legacy" else "identifierType")
        return "CardNumber", needed(row, "cardNumber")
    known = {one.lower(): one for one in _KINDS}
    if kind.lower() not in known:
        raise invalid(name="identifierType")
    return known[kind.lower()], needed(row, "identifier")


def _life_time(installation: Installation, given: Any) -> tuple[datetime | None, datetime | None]:
    if not isinstance(given, dict):
        return None, None
    now = installation.clock.now()
    certain = date_of(given, "certainActivationDate"), date_of(given, "certainExpirationDate")
    if any(certain):
        return certain
    ident = text_of(given, "id")
    if ident is None:
        starts = whole_of(given, "activationDelay")
        has_end = text_of(given, "expirationDelay") is not None
        ends = whole_of(given, "expirationDelay") if has_end else None
        return _delayed(now, starts, ends)
    for one in installation.settings.life_times:
        if str(one.id) == ident:
            return _delayed(now, one.activation_min, one.expiration_min)
    raise Refused(text="Время жизни бонусов не найдено.")


def _delayed(
    now: datetime, starts_min: int, ends_min: int | None
) -> tuple[datetime | None, datetime | None]:
    starts = now + timedelta(minutes=starts_min) if starts_min else None
    return starts, None if ends_min is None else now + timedelta(minutes=ends_min)


def work(installation: Installation) -> None:
    """Process the batches that have waited long enough; called before every request."""
    now, settings = installation.clock.now(), installation.settings
    delay = timedelta(seconds=settings.deposit_delay_s)
    for batch in list(installation.waiting):
        if batch.polls > settings.deposit_polls or batch.created + delay <= now:
            process(installation, batch)


def process(installation: Installation, batch: Batch) -> None:
    """Run the operations of a batch; each stands for itself."""
    installation.waiting.remove(batch)
    for move in batch.moves:
        person = installation.by_login(move.identifier)
        move.person = person
        is_done = person is not None and _move(installation, batch, move, person)
        move.state = "Confirmed" if is_done else "Canceled"
    batch.state = "ProcessedWithError" if batch.count("Canceled") else "Processed"


def _move(installation: Installation, batch: Batch, move: Move, person: Person) -> bool:
    now, account = installation.clock.now(), person.account
    settle(installation, person)
    if account.is_blocked:
        return False
    text = move.description or batch.description or ""
    if batch.type == "Deposit":
        account.credit(Lot(move.amount, batch.starts, batch.ends))
        reward_row(installation, person, move.amount, text)
        return True
    amount, balance = move.amount, account.balance(now)
    if amount > balance:
        if batch.on_overdraft == "zerobalance":
            amount = max(balance, ZERO)
        elif batch.on_overdraft != "negativebalance":
            return False
    account.withdraw(amount, now)
    account.paid += amount
    if amount:
        withdraw_row(installation, person, amount, text)
    return True
