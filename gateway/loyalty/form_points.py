"""Form points: what questionnaires ask of the programme inside the gateway."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gateway.canonical import Customer, main_first
from gateway.contract import MemberKey
from gateway.identity.questionnaire.outside import Reward
from gateway.loyalty.house.office import Office
from gateway.loyalty.house.processing import House
from gateway.loyalty.house.programme import locked_member
from gateway.ports import Tx

_SPOKEN = ("name", "birth_date", "gender", "phones", "emails", "consents", "attributes")


@dataclass(frozen=True, slots=True)
class HouseInside:
    """See ``Inside``. Each call is one transaction and has its effect once."""

    house: House
    office: Office

    async def identify(self, key: MemberKey) -> str | None:
        """Return the member with this contact."""
        member = await self.house.identify(key)
        return member.external_id if member is not None else None

    async def enrol(self, customer: Customer, *, key: str) -> str:
        """Register, and let the member hold what the customer holds now."""
        customer = customer.model_copy(
            update={"phones": main_first(customer.phones), "emails": main_first(customer.emails)}
        )
        member = await self.house.register(customer, key=f"form:{key}")
        told = customer.model_dump(mode="json", exclude_unset=True, include=set(_SPOKEN))
        now = self.office.clock.now()

        def work(tx: Tx) -> None:
            row = locked_member(tx, member.external_id)
            fields = {**row.fields, **told} if row is not None else {}
            if row is not None and fields != row.fields:
                tx.put_house_member(replace(row, fields=fields, changed_at=now), digests=())

        await self.house.write(work)
        return member.external_id

    async def reward(self, member_id: str, reward: Reward) -> bool:
        """Give points once for a key."""
        return await self.office.adjust(
            member_id, reward.points, key=reward.key, reason=reward.reason,
            expire_days=reward.days,
        )  # fmt: skip
