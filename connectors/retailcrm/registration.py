"""Registration: a customer becomes a member, however far an earlier attempt came (11.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gateway.canonical import Customer, Kind, PhoneContact, main_first, normal_phone
from gateway.contract import Change, MemberKey, Rejected

from .client import RetailCrmClient
from .client_loyalty import LoyaltyClient
from .creation import find
from .errors import ACTIVATED_ALREADY
from .participations import Participations
from .translator import filled
from .translator_customer import CustomerTranslator
from .wire import CustomerWire
from .wire_loyalty import AccountWire, CheckWire

_CREATE = "loyalty/account/create"


@dataclass(frozen=True, slots=True)
class Registration:
    """Registers members of one account."""

    client: LoyaltyClient
    customers: RetailCrmClient
    translator: CustomerTranslator
    members: Participations

    async def member(self, customer: Customer, *, key: str) -> AccountWire:
        """Return the participation of these contacts, made and activated as far as it can be.

        Raises ``Rejected`` when the programme wants fields that the customer has not filled.
        """
        found = await self._known(customer)
        if found is None:
            customer_id = await self._person(customer, key)
            found = await self.members.of_customer(customer_id)
            found = found or await self._joined(customer, customer_id)
        if not found.active and found.id is not None:
            await self.activate(found.id)
            customer_id = str(found.customer.id) if found.customer is not None else ""
            return await self.members.required(customer_id)
        return found

    async def activate(self, account_id: int) -> CheckWire | None:
        """Activate a participation; return the check by SMS when the programme wants one."""
        try:
            told = await self.client.activate(account_id)
        except Rejected as error:
            if error.vendor_code == ACTIVATED_ALREADY:
                return None
            raise
        check = told.verification
        if check is None or check.verified_at or not check.check_id:
            return None
        self.members.checks[account_id] = check.check_id
        return check

    async def _known(self, customer: Customer) -> AccountWire | None:
        """Return the participation that has one of the contacts already."""
        keys = [MemberKey(phone=one.number) for one in main_first(customer.phones)]
        keys += [MemberKey(email=one.address) for one in main_first(customer.emails)]
        for key in keys:
            found = await self.members.find(key)
            if found is not None:
                return found
        return None

    async def _person(self, customer: Customer, key: str) -> str:
        """Return the id of the customer with these contacts; nobody's is made under our key."""
        before = await find(self.customers, Kind.CUSTOMER, [key])
        if before:
            return before[key]
        for contact in main_first(customer.emails):
            found = await self.members.customers_like("email", contact.address)
            if found:
                return found[0]
        for phone in main_first(customer.phones):
            owner = await self._owner(phone)
            if owner is not None:
                return owner
        entity = self.translator.held(customer, None)
        whole = frozenset(Customer.model_fields)
        row = self.translator.creation(Change(key=key, entity=entity, changed=whole))
        return await self.customers.create(Kind.CUSTOMER, row)

    async def _owner(self, phone: PhoneContact) -> str | None:
        """Return the customer with a phone: the list is searched by text, so it is compared."""
        digits = phone.number.removeprefix("+")[-10:]
        for row in await self.members.people.like("name", digits):
            numbers = row.get("phones") or ()
            held = {normal_phone(str(one.get("number"))) for one in numbers}
            if phone.number in held:
                return str(CustomerWire.model_validate(row).id)
        return None

    async def _joined(self, customer: Customer, customer_id: str) -> AccountWire:
        """Make the participation; whatever the vendor refuses, one that is there counts."""
        refusal: Rejected | None = None
        try:
            await self.client.join(self._row(customer, customer_id))
        except Rejected as error:
            refusal = error
        # The answer may lack the id, and a refusal may mean that it was there: it is looked up.
        found = await self.members.of_customer(customer_id)
        if found is not None:
            return found
        msg = "the CRM made the participation in another programme: correct loyalty.programme"
        raise refusal or Rejected(msg, operation=_CREATE)

    def _row(self, customer: Customer, customer_id: str) -> dict[str, Any]:
        phone = next(iter(main_first(customer.phones)), None)
        card = next(iter(customer.cards), None)
        named = self.members.programme.member_attributes
        return filled(
            {
                "phoneNumber": self.members.phone(phone.number) if phone else None,
                "cardNumber": card.number if card else None,
                "customer": {"id": int(customer_id)},
                "customFields": filled(
                    {code: customer.attributes.get(name) for name, code in named.items()}
                ),
            }
        )
