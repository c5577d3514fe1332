"""Notices: what members are told of their points, as operations that are sent once.

They are mailings: nobody is told who has not consented. Why somebody was not told stands in his
story.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from typing import cast

from gateway.canonical import Consent, Customer, Kind
from gateway.canonical.contact import main_first
from gateway.config.house import NoticesSection
from gateway.contract import Clock, Member, NoticeChannel, Operation
from gateway.contract.operations import NOTICE_SEND, NoticeSending
from gateway.loyalty.house.consent import MAILING, Verdict, verdict
from gateway.loyalty.house.programme import HOUSE_ACCOUNT, NoticeKind
from gateway.ports import JournalRow, OperationRow, Tx

Submit = Callable[[Tx, str, str, Sequence[Operation]], object]
"""Puts operations of an account, in the story of an entity, into the transaction."""


def taken_back(tx: Tx, row: OperationRow) -> bool:
    """Tell whether a mailing that waits may no longer go: its consent was withdrawn since.

    The provider may have been away for hours. Nothing is asked of other operations.
    """
    entity = tx.entities([row.entity_id]).get(row.entity_id) if row.name == NOTICE_SEND else None
    if entity is None:
        return False
    consents = cast("Customer", entity.entity).consents
    channel = NoticeChannel(str(row.payload["channel"]))
    return entity.deleted or verdict(consents, channel) is Verdict.WITHDRAWN


@dataclass(frozen=True, slots=True)
class _Way:
    channel: NoticeChannel
    account: str
    to: str


@dataclass(frozen=True, slots=True)
class HouseNotices:
    """See ``Notify``."""

    section: NoticesSection
    submit: Submit
    clock: Clock

    def __call__(
        self, key: str, member: Member, kind: NoticeKind, params: Mapping[str, str], tx: Tx
    ) -> None:
        """Submit a notice by a way that the member has and consented to."""
        name = f"notice-{blake2b(key.encode(), digest_size=20).hexdigest()}"
        entity_id, consents = self._consents(tx, member)
        ways = {way: self._verdict(consents, way) for way in self._ways(member.customer)}
        free = [way for way, said in ways.items() if said is Verdict.GRANTED]
        if not free:
            said = next(iter(ways.values()), None)
            if said is not None and entity_id:
                self._tell(tx, name, (entity_id, kind, said))
            return
        way = free[0]
        told = NoticeSending(
            channel=way.channel, to=way.to, text=self._text(kind, params),
            subject=self.section.subject if way.channel is NoticeChannel.EMAIL else "",
        )  # fmt: skip
        operation = Operation(name, NOTICE_SEND, told.model_dump(mode="json"))
        self.submit(tx, way.account, entity_id, [operation])

    def _ways(self, customer: Customer) -> list[_Way]:
        section, ways = self.section, []
        phones, emails = main_first(customer.phones), main_first(customer.emails)
        if section.sms is not None and phones:
            ways.append(_Way(NoticeChannel.SMS, section.sms, phones[0].number))
        if section.email is not None and emails:
            ways.append(_Way(NoticeChannel.EMAIL, section.email, emails[0].address))
        return ways

    def _verdict(self, consents: Sequence[Consent], way: _Way) -> Verdict:
        if self.section.purpose != MAILING:
            return Verdict.GRANTED
        return verdict(consents, way.channel)

    def _consents(self, tx: Tx, member: Member) -> tuple[str, Sequence[Consent]]:
        """Return whose story it is, and what counts: the snapshot, else what the house was told.

        The house hears of a consent when somebody registers; a later withdrawal anywhere is in the
        snapshot.
        """
        row = tx.house_members([member.external_id]).get(member.external_id)
        entity_id = row.entity_id if row is not None else ""
        entity = tx.entities([entity_id]).get(entity_id) if entity_id else None
        if entity is None or entity.deleted:
            return entity_id, member.customer.consents
        here = {one.id: one for one in member.customer.consents}
        there = {one.id: one for one in cast("Customer", entity.entity).consents}
        return entity_id, tuple({**here, **there}.values())

    def _tell(self, tx: Tx, name: str, why: tuple[str, NoticeKind, Verdict]) -> None:
        """Write down that nobody was told, once for each notice."""
        entity_id, kind, said = why
        now = self.clock.now()
        mark = now.isoformat()
        if tx.ask_house(f"withheld:{name}", mark) != mark:
            return
        outcome = "withdrawn" if said is Verdict.WITHDRAWN else "no_consent"
        row = JournalRow(
            now, entity_id, Kind.CUSTOMER, HOUSE_ACCOUNT, "notice", outcome, "",
            {"notice": str(kind)},
        )  # fmt: skip
        tx.write_journal([row])

    def _text(self, kind: NoticeKind, params: Mapping[str, str]) -> str:
        if kind is NoticeKind.TIER:
            return self.section.tier.format(tier=params["to"], points="", date="", days="")
        day = date.fromisoformat(params["date"]).strftime("%d.%m.%Y")
        text = self.section.expiring
        return text.format(points=params["points"], date=day, days=params["days"], tier="")
