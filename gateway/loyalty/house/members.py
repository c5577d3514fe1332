"""Members: registering, contacts, and points that are granted once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from gateway.canonical import Customer
from gateway.config import WELCOME
from gateway.loyalty.house.programme import Programme, family, locked_member, locks, lot_of
from gateway.loyalty.house.refusals import Refusal, refused
from gateway.ports import EntryKind, HouseMemberRow, Tx


class Members:
    """Works on members inside a transaction."""

    def __init__(self, programme: Programme) -> None:
        self._programme = programme

    def register(self, tx: Tx, customer: Customer, *, key: str, now: datetime) -> HouseMemberRow:
        """Make a member with the welcome grant, or return the one who has these contacts.

        Contacts that the one did not have are added, unless they are another's.
        """
        digests = self._programme.digests_of(customer)
        if not digests:
            raise refused(Refusal.CONTACTS)
        tx.lock_keys([f"house-contact:{digest}" for digest in digests])
        if tx.ask_house(f"register:{key}", digests[0]) != digests[0]:
            raise refused(Refusal.KEY_REUSED)
        owners = tx.house_contacts(digests)
        known = next((owners[digest] for digest in digests if digest in owners), None)
        if known is None:
            return self._new(tx, customer, digests, now)
        row = locked_member(tx, known)
        if row is None:
            raise refused(Refusal.MEMBER)
        if set(digests) <= set(owners):
            return row
        return self._extended(tx, row, customer, digests, now)

    def grant(self, tx: Tx, row: HouseMemberRow, name: str, now: datetime) -> bool:
        """Grant points once per person and name; False when it was granted before.

        What somebody got before he was joined into this member, the person has got.
        """
        grant = self._programme.rules.grants.get(name)
        if grant is None:
            raise refused(Refusal.GRANT)
        tx.lock_keys(locks(member_id=row.id))
        key = f"grant:{name}:{row.id}"
        if any(tx.house_lot_sums(one, f"grant:{name}:{one}") for one in family(tx, row.id)):
            return False
        lot = lot_of(key, now, activation_days=grant.activation_days, expire_days=grant.expire_days)
        book = self._programme.book(tx, row.id, now)
        book.accrue(key, lot, grant.points, kind=EntryKind.GRANT, sale_id="", reason=name)
        return True

    def _new(self, tx: Tx, customer: Customer, digests: list[str], now: datetime) -> HouseMemberRow:
        rules = self._programme.rules
        fields = customer.model_dump(mode="json", exclude_unset=True, exclude={"bonuses", "tier"})
        found = {one for owners in tx.match(digests).values() for one in owners}
        entity_id = found.pop() if len(found) == 1 else ""
        row = HouseMemberRow(
            f"m-{self._programme.new_id()}", now, now, rules.tiers[0].name, entity_id, fields
        )
        tx.put_house_member(row, digests=digests)
        if WELCOME in rules.grants:
            self.grant(tx, row, WELCOME, now)
        return row

    def _extended(
        self, tx: Tx, row: HouseMemberRow, customer: Customer, digests: list[str], now: datetime
    ) -> HouseMemberRow:
        owners = tx.house_contacts(digests)
        free = [digest for digest in digests if digest not in owners]
        fields = dict(row.fields)
        for name in ("phones", "emails", "cards"):
            added = [
                contact.model_dump(mode="json", exclude_unset=True)
                for contact in getattr(customer, name)
                if set(self._programme.digests_of(Customer.model_validate({name: (contact,)})))
                & set(free)
            ]
            fields[name] = [*fields.get(name, ()), *added]
        changed = replace(row, fields=fields, changed_at=now)
        tx.put_house_member(changed, digests=free)
        return changed
