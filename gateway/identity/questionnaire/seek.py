"""Seek: who has the confirmed phone and e-mail at a system, asked of the system itself.

What the gateway has seen of a system is not all that it holds, so it is asked. The phone counts
before the e-mail; a record that has both counts before one that has one of them. A record that
names somebody else altogether is not his (``kin.strangers``), whatever phone stands in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.canonical import Kind
from gateway.contract import MemberKey, Observed, Unsupported
from gateway.contract.budget import READING
from gateway.ports import Store
from gateway.sync.account import Account


@dataclass(frozen=True, slots=True)
class Sought:
    """What one system said.

    Shape: ``records`` have one of the contacts, the best first, read after ``mark``; ``by_email``
    are the ids of those that have the e-mail; ``foreign`` those that name somebody else, or were
    not read.
    """

    account: str
    records: tuple[Observed[Any], ...] = field(default=(), repr=False)
    by_email: frozenset[str] = frozenset()
    foreign: tuple[str, ...] = ()
    mark: int = 0

    @property
    def record(self) -> Observed[Any] | None:
        """Who was found."""
        return self.records[0] if self.records else None

    @property
    def his(self) -> tuple[Observed[Any], ...]:
        """The records of the person, the best first."""
        return (*self.records[:1], *self.seconds)

    @property
    def seconds(self) -> tuple[Observed[Any], ...]:
        """Further records of his; one that has the e-mail instead of the first keeps it."""
        kept = self.by_email if self.is_email_taken else frozenset[str]()
        return tuple(one for one in self.records[1:] if one.external_id not in kept)

    @property
    def others(self) -> tuple[str, ...]:
        """The ids of all further records that have one of the contacts."""
        return (*(one.external_id for one in self.records[1:]), *self.foreign)

    @property
    def is_email_taken(self) -> bool:
        """Another record has the e-mail, and the one that was found has not."""
        has_it = self.record is not None and self.record.external_id in self.by_email
        return not has_it and not self.by_email.isdisjoint(self.others)

    def led_by(self, external_id: str | None) -> Sought:
        """Return the same with his known record, where it was found, as the best."""
        return replace(
            self,
            records=tuple(sorted(self.records, key=lambda one: one.external_id != external_id)),
        )

    def of(self, is_foreign: Callable[[Any], bool]) -> Sought:
        """Return what was found without those who are somebody else by what stands there."""
        foreign = [one.external_id for one in self.records if is_foreign(one.entity)]
        kept = tuple(one for one in self.records if one.external_id not in foreign)
        return replace(self, records=kept, foreign=(*self.foreign, *foreign))


async def seek(store: Store, account: Account, phone: str, email: str) -> Sought:
    """Look a person up at an account. Raises ``ConnectorError``."""
    mark = await store.run(lambda tx: tx.next_mark())
    READING.set(True)
    by_phone = await _ids(account, MemberKey(phone=phone))
    by_email = await _ids(account, MemberKey(email=email))
    ids = [one for one in by_phone if one in by_email]
    ids += [one for one in (*by_phone, *by_email) if one not in ids]
    records = await _records(account, ids)
    read = {one.external_id for one in records}
    foreign = tuple(one for one in ids if one not in read)
    return Sought(account.name, records, frozenset(by_email), foreign, mark)


def can_seek(account: Account) -> bool:
    """Tell whether an account can be asked by a contact, and its customers be read."""
    services = account.connector.services
    is_asked = services.people is not None or services.loyalty is not None
    return is_asked and Kind.CUSTOMER in account.connector.readers


async def _ids(account: Account, key: MemberKey) -> Sequence[str]:
    services = account.connector.services
    if services.people is not None:
        return await services.people.find(key)
    if services.loyalty is None:
        msg = "this account cannot be asked who has a phone"
        raise Unsupported(msg, operation="people/find")
    member = await services.loyalty.identify(key)
    return [member.external_id] if member is not None else []


async def _records(account: Account, ids: Sequence[str]) -> tuple[Observed[Any], ...]:
    """Read the best, as many as one call may, without those that are gone by now.

    Raises ``TranslationFailed`` for the first of them.
    """
    if not ids:
        return ()
    most = account.connector.manifest.read_batch.get(Kind.CUSTOMER, 1)
    reading = await account.connector.readers[Kind.CUSTOMER].get(ids[:most])
    for rejected in reading.rejected:
        if rejected.external_id == ids[0]:
            raise rejected.error
    found = {one.external_id: one for one in reading.items if not one.deleted}
    return tuple(found[one] for one in ids if one in found)
