"""Seek: who has the confirmed phone and e-mail at a system, asked of the system itself.

What the gateway has seen of a system is not all that it holds, so it is asked. The phone counts
before the e-mail; a record that has both counts before one that has one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.canonical import Kind
from gateway.contract import MemberKey, Observed, Unsupported
from gateway.contract.budget import READING
from gateway.ports import Store
from gateway.sync.account import Account


@dataclass(frozen=True, slots=True)
class Sought:
    """What one system said.

    Shape: ``record`` is who was found, read after ``mark``; ``others`` are the ids of further
    records that have one of the contacts; ``is_email_taken``: one of those has the e-mail.
    """

    account: str
    record: Observed[Any] | None = field(default=None, repr=False)
    others: tuple[str, ...] = ()
    is_email_taken: bool = False
    mark: int = 0


async def seek(store: Store, account: Account, phone: str, email: str) -> Sought:
    """Look a person up at an account. Raises ``ConnectorError``."""
    mark = await store.run(lambda tx: tx.next_mark())
    READING.set(True)
    by_phone = await _ids(account, MemberKey(phone=phone))
    by_email = await _ids(account, MemberKey(email=email))
    ids = [one for one in by_phone if one in by_email]
    ids += [one for one in (*by_phone, *by_email) if one not in ids]
    if not ids:
        return Sought(account.name, mark=mark)
    others = tuple(ids[1:])
    record = await _record(account, ids[0])
    taken = any(one in by_email for one in others) and ids[0] not in by_email
    return Sought(account.name, record, others, taken, mark)


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


async def _record(account: Account, external_id: str) -> Observed[Any] | None:
    """Read a record; ``None`` when it is gone by now. Raises ``TranslationFailed``."""
    reading = await account.connector.readers[Kind.CUSTOMER].get([external_id])
    for rejected in reading.rejected:
        raise rejected.error
    return next((one for one in reading.items if not one.deleted), None)
