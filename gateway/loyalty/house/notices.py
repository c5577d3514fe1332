"""Notices: what members are told of their points, as operations that are sent once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b

from gateway.canonical import Customer
from gateway.canonical.contact import main_first
from gateway.config.house import NoticesSection
from gateway.contract import Member, NoticeChannel, Operation
from gateway.contract.operations import NOTICE_SEND, NoticeSending
from gateway.loyalty.house.programme import NoticeKind
from gateway.ports import Tx

Submit = Callable[[Tx, str, Sequence[Operation]], object]
"""Puts operations of an account into the transaction."""


@dataclass(frozen=True, slots=True)
class HouseNotices:
    """See ``Notify``."""

    section: NoticesSection
    submit: Submit

    def __call__(
        self, key: str, member: Member, kind: NoticeKind, params: Mapping[str, str], tx: Tx
    ) -> None:
        """Submit a notice by the way that the member has; who has none is not told."""
        way = self._way(member.customer)
        if way is None:
            return
        channel, account, to = way
        told = NoticeSending(
            channel=channel, to=to, text=self._text(kind, params),
            subject=self.section.subject if channel is NoticeChannel.EMAIL else "",
        )  # fmt: skip
        name = f"notice-{blake2b(key.encode(), digest_size=20).hexdigest()}"
        self.submit(tx, account, [Operation(name, NOTICE_SEND, told.model_dump(mode="json"))])

    def _way(self, customer: Customer) -> tuple[NoticeChannel, str, str] | None:
        section = self.section
        phones, emails = main_first(customer.phones), main_first(customer.emails)
        if section.sms is not None and phones and _may(customer, NoticeChannel.SMS):
            return NoticeChannel.SMS, section.sms, phones[0].number
        if section.email is not None and emails and _may(customer, NoticeChannel.EMAIL):
            return NoticeChannel.EMAIL, section.email, emails[0].address
        return None

    def _text(self, kind: NoticeKind, params: Mapping[str, str]) -> str:
        if kind is NoticeKind.TIER:
            return self.section.tier.format(tier=params["to"], points="", date="", days="")
        day = date.fromisoformat(params["date"]).strftime("%d.%m.%Y")
        text = self.section.expiring
        return text.format(points=params["points"], date=day, days=params["days"], tier="")


def _may(customer: Customer, channel: NoticeChannel) -> bool:
    """Tell whether nobody withdrew the consent to mailings, on this way or on all."""
    withdrawn = {one.id for one in customer.consents if not one.granted}
    return not withdrawn & {"mailing", f"mailing:{channel}"}
