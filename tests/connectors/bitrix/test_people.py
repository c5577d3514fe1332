"""Looking a buyer up by phone or e-mail at the shop."""

from __future__ import annotations

from gateway.contract import MemberKey
from tests.connectors.bitrix.world import World

PHONE, EMAIL = "+79161234567", "anna@example.com"


async def test_buyers_are_found_by_phone_and_e_mail(world: World) -> None:
    """A questionnaire would make a second buyer of somebody the shop knows."""
    user = {"id": 71, "name": "Анна", "phone": PHONE, "email": EMAIL}
    await world.shop.door("seed", {"users": [user]})
    people = world.connector.services.people
    assert people is not None
    assert list(await people.find(MemberKey(phone=PHONE))) == ["71"]
    assert list(await people.find(MemberKey(email=EMAIL))) == ["71"]
    assert list(await people.find(MemberKey(phone="+79160000000"))) == []


async def test_several_with_one_contact_are_told_oldest_first(world: World) -> None:
    """One of them would be taken for all, or the whole form be stuck."""
    users = [
        {"id": 82, "name": "Пётр", "phone": PHONE, "email": "p@example.com"},
        {"id": 81, "name": "Анна", "phone": PHONE, "email": EMAIL},
    ]
    await world.shop.door("seed", {"users": users})
    people = world.connector.services.people
    assert people is not None
    assert list(await people.find(MemberKey(phone=PHONE))) == ["81", "82"]
