"""Rehearse: what would be told to whom, read from what is known, without calling anybody.

What it proves: which accounts owe the change, in which fields their copy differs from what their
connector would have them hold, and what that connector cannot hold. What it does not prove: that
the vendor accepts it. Connectors translate a change on the way out, and several of them read the
vendor's present record for that, so a translation without a call would be a different one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from gateway.canonical import OF_CUSTOMER, Kind
from gateway.canonical.paths import Fields
from gateway.ops.masked import shown_path, shown_value
from gateway.ops.words import Text
from gateway.ports import EntityRow, LinkRow, Tx
from gateway.sync.account import Account
from gateway.sync.apply import Applier, differing
from gateway.sync.merge import DISPUTED
from gateway.sync.pull import end_of


@dataclass(frozen=True, slots=True)
class Difference:
    """One field before and after, both as they may be shown; ``None`` is no value."""

    path: str
    before: object
    after: object


class Remark(StrEnum):
    """What a person should know before he sends."""

    NOT_CONFIGURED = "not_configured"
    NOT_TOLD = "not_told"
    NOTHING_TO_TELL = "nothing_to_tell"
    RESTS = "rests"
    FETCHED = "fetched"
    FIRST_READING = "first_reading"
    WAITS_FOR_CUSTOMER = "waits_for_customer"
    INCOMPLETE = "incomplete"
    LOOKED_UP = "looked_up"
    IN_DOUBT = "in_doubt"
    DISPUTED = "disputed"
    CANNOT_HOLD = "cannot_hold"
    NO_EFFECT = "no_effect"
    FAULT = "fault"


REMARKS: Mapping[Remark, Text] = {
    Remark.NOT_CONFIGURED: Text(
        "this account is not in the configuration: nothing would be sent",
        "этого подключения нет в настройках: ничего не будет отправлено",
    ),
    Remark.NOT_TOLD: Text(
        "this account is not told of this kind of record",
        "этому подключению такие записи не передаются",
    ),
    Remark.NOTHING_TO_TELL: Text(
        "it holds all of this already: nothing would be sent",
        "там уже всё так: ничего не будет отправлено",
    ),
    Remark.RESTS: Text(
        "this account rests: it would be sent when the account is on again",
        "подключение остановлено: отправка будет, когда его включат",
    ),
    Remark.FETCHED: Text(
        "this vendor comes for it by itself: it would be handed out then",
        "эта система забирает данные сама: они будут выданы ей тогда",
    ),
    Remark.FIRST_READING: Text(
        "not all that it holds was read yet: it would wait for that",
        "ещё не прочитано всё, что там есть: отправка подождёт этого",
    ),
    Remark.WAITS_FOR_CUSTOMER: Text(
        "its customer is not there yet: the customer would go first",
        "покупателя там ещё нет: сначала будет отправлен он",
    ),
    Remark.INCOMPLETE: Text(
        "a contact is missing that this account requires: it would be kept back",
        "нет контакта, без которого эта система новых не принимает: отправлено не будет",
    ),
    Remark.LOOKED_UP: Text(
        "an earlier attempt may have had its effect: where it can be, that is looked up first",
        "прошлая попытка могла подействовать: где можно, сначала это будет проверено",
    ),
    Remark.IN_DOUBT: Text(
        "nobody can look it up: by sending again you say that it had no effect",
        "проверить это нельзя: отправляя снова, вы утверждаете, что действия не было",
    ),
    Remark.DISPUTED: Text(
        "these fields wait for a decision and would not be sent",
        "эти поля ждут решения и не будут отправлены",
    ),
    Remark.CANNOT_HOLD: Text(
        "this system cannot hold it: what you change there would not reach it",
        "эта система не может этого хранить: ваша правка туда не попадёт",
    ),
    Remark.NO_EFFECT: Text(
        "the edit changes nothing of what this account refused: it would refuse it again",
        "правка ничего не меняет в том, от чего эта система отказалась: она откажет снова",
    ),
    Remark.FAULT: Text(
        "the connector failed at working out what it would hold: report it",
        "коннектор сломался, вычисляя, что он будет хранить: сообщите разработчикам",
    ),
}


@dataclass(frozen=True, slots=True)
class Remarked:
    """A remark, and the fields that it is about, masked; none for all of it."""

    remark: Remark
    text: str
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Telling:
    """What one account would be told.

    Shape: ``fields`` are what it holds, as far as is known, and what it shall hold; ``version`` is
    the snapshot's. ``creates``: it has no record of it yet.
    """

    account: str
    version: int
    creates: bool
    fields: tuple[Difference, ...]
    remarks: tuple[Remarked, ...]

    @property
    def sends(self) -> bool:
        """Tell whether anything would leave."""
        return bool(self.fields) or self.creates


@dataclass(frozen=True, slots=True)
class Worked:
    """A telling, with the bare values that it was made of. They are shown to nobody."""

    telling: Telling
    would: Fields = field(default_factory=dict, repr=False)

    def since(self, earlier: Worked) -> Telling:
        """Return the telling, and say so if an edit made no difference to ``earlier``."""
        told = self.telling
        if self.would != earlier.would:
            return told
        return replace(told, remarks=(*told.remarks, say(Remark.NO_EFFECT)))


@dataclass(frozen=True, slots=True)
class Rehearser:
    """Works out tellings inside a transaction; writes nothing."""

    applier: Applier

    def worked(
        self, tx: Tx, entity: EntityRow, accounts: list[str], edited: Fields | None = None
    ) -> list[Worked]:
        """Return what each of ``accounts`` would be told; ``edited`` is what a person just set."""
        links = {row.account: row for row in tx.links_of([entity.id]).get(entity.id, ())}
        return [self._one(tx, name, entity, links.get(name), edited or {}) for name in accounts]

    def _one(
        self,
        tx: Tx,
        name: str,
        entity: EntityRow,
        link: LinkRow | None,
        edited: Fields,
    ) -> Worked:
        account = self.applier.accounts.get(name)
        creates = link is None or link.external_id is None
        if account is None or account.writer(entity.kind) is None:
            why = Remark.NOT_CONFIGURED if account is None else Remark.NOT_TOLD
            return Worked(
                Telling(name, entity.version, creates=False, fields=(), remarks=(say(why),))
            )
        link = link or LinkRow(entity.id, entity.kind, name, None, {})
        try:
            owes = self.applier.owes(entity, link, account)
            desired = account.desired(entity, link.copy)
        except Exception:  # noqa: BLE001 - a connector's bug is something to be shown, not to die of
            return Worked(Telling(name, entity.version, creates, (), (say(Remark.FAULT),)))
        wanted = desired.fields if desired is not None else {}
        would = {path: wanted.get(path) for path in differing(wanted, link, entity)} if owes else {}
        remarks = [say(one) for one in _circumstances(tx, account, entity, link, would)]
        remarks += _unheld(entity, wanted, edited)
        told = Telling(
            name,
            entity.version,
            creates and owes,
            tuple(
                difference(entity.kind, path, link.known.get(path), would[path])
                for path in sorted(would)
            ),
            tuple(remarks if owes else [say(Remark.NOTHING_TO_TELL), *remarks]),
        )
        return Worked(told, would)


def _circumstances(
    tx: Tx, account: Account, entity: EntityRow, link: LinkRow, would: Fields
) -> list[Remark]:
    """Return what else stands between a change and its vendor."""
    creates, customer_id = link.external_id is None, str(entity.fields.get("customer_id") or "")
    state = tx.account_states().get(account.name)
    there = tx.links_at(account.name, [customer_id]).get(customer_id) if customer_id else None
    waits = entity.kind in OF_CUSTOMER and customer_id and Kind.CUSTOMER in account.flow.creates
    is_read = account.reader(entity.kind) is None or bool(
        tx.checkpoint(account.name, end_of(entity.kind))
    )
    found = {
        Remark.RESTS: state is not None and (state.parked or state.open_until is not None),
        Remark.FETCHED: account.is_fetched,
        Remark.FIRST_READING: creates and not is_read,
        Remark.WAITS_FOR_CUSTOMER: waits
        and (there is None or there.external_id is None)
        and (creates or "customer_id" in would),
        Remark.INCOMPLETE: creates
        and not link.inflight
        and entity.kind is Kind.CUSTOMER
        and bool(account.flow.required.lacking(entity.fields)),
        Remark.LOOKED_UP: bool(link.inflight),
        Remark.DISPUTED: any(origin[0] == DISPUTED for origin in entity.origins.values()),
    }
    return [remark for remark, is_so in found.items() if is_so]


def _unheld(entity: EntityRow, wanted: Fields, edited: Fields) -> list[Remarked]:
    """Return the edited fields that a connector would not hold as they were set."""
    lost = [
        path
        for path, value in sorted(edited.items())
        if (value is None) != (wanted.get(path) is None) and entity.fields.get(path) == value
    ]
    return [say(Remark.CANNOT_HOLD, lost)] if lost else []


def difference(kind: Kind, path: str, before: object, after: object) -> Difference:
    """Return a field before and after, as it may be shown."""
    return Difference(
        shown_path(path), shown_value(kind, path, before), shown_value(kind, path, after)
    )


def say(remark: Remark, paths: list[str] | None = None) -> Remarked:
    """Return a remark with its words."""
    return Remarked(remark, REMARKS[remark].en, tuple(shown_path(path) for path in paths or ()))
