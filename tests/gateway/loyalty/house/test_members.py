"""Members: one person is one member, and what is granted once is granted once."""

from __future__ import annotations

import asyncio
import sqlite3
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.canonical import CardRef, Customer, EmailContact, PhoneContact
from gateway.contract import MemberKey, Missing, Rejected
from gateway.loyalty.house.office import Office
from tests.gateway.loyalty.house.conftest import OpenShop
from tests.gateway.loyalty.house.shop import E3, NOON, Shop, person, rules

GRANTS = {
    "welcome": {"points": 100, "activation_days": 1, "expire_days": 30},
    "questionnaire": {"points": 50},
}


def office_of(shop: Shop) -> Office:
    """The office of a shop."""
    return Office(shop.house, shop.programme, shop.clock)


async def test_a_member_is_found_by_every_contact(shop: Shop) -> None:
    """A till would not know somebody by the card or the phone that was given."""
    one = person(1).model_copy(update={"cards": (CardRef(number="2900000000017"),)})
    made = await shop.house.register(one, key="k")
    named = [
        MemberKey(external_id=made.external_id),
        MemberKey(phone="+79160000001"),
        MemberKey(email="P1@example.ru"),
        MemberKey(card="2900000000017"),
    ]
    for key in named:
        found = await shop.house.identify(key)
        assert found is not None
        assert found.external_id == made.external_id
        assert found.customer.phones == one.phones
    assert await shop.house.identify(MemberKey(phone="+79160000002")) is None


async def test_whoever_has_these_contacts_is_returned(shop: Shop) -> None:
    """A person who gives another e-mail would have two memberships."""
    first = await shop.house.register(person(1), key="a")
    phone = PhoneContact(number="8 916 000-00-01")
    again = Customer(phones=(phone,), emails=(EmailContact(address="new@example.ru"),))
    assert (await shop.house.register(again, key="b")).external_id == first.external_id
    found = await shop.house.identify(MemberKey(email="new@example.ru"))
    assert found is not None
    assert found.external_id == first.external_id
    assert [one.address for one in found.customer.emails] == ["p1@example.ru", "new@example.ru"]


async def test_the_contact_of_another_member_stays_theirs(shop: Shop) -> None:
    """Somebody would take over another's membership by naming their e-mail."""
    one, two = [await shop.house.register(person(n), key=f"{n}") for n in (1, 2)]
    mixed = Customer(phones=person(1).phones, emails=person(2).emails)
    assert (await shop.house.register(mixed, key="m")).external_id == one.external_id
    found = await shop.house.identify(MemberKey(email="p2@example.ru"))
    assert found is not None
    assert found.external_id == two.external_id
    mine = await shop.house.identify(MemberKey(external_id=one.external_id))
    assert mine is not None
    assert [contact.address for contact in mine.customer.emails] == ["p1@example.ru"]


async def test_one_person_at_two_tills_is_one_member(shop: Shop) -> None:
    """Two registrations at once would make two members."""
    made = await asyncio.gather(
        *(shop.house.register(person(1), key=f"till-{at}") for at in range(4))
    )
    assert len({one.external_id for one in made}) == 1


async def test_nobody_is_registered_without_a_contact(shop: Shop) -> None:
    """A member would be made whom nobody can ever find."""
    with pytest.raises(Rejected, match="phone"):
        await shop.house.register(Customer(), key="k")


async def test_one_key_registers_one_person(shop: Shop) -> None:
    """A key used for two people would hide one of them."""
    await shop.house.register(person(1), key="k")
    with pytest.raises(Rejected, match="something else"):
        await shop.house.register(person(2), key="k")


async def test_welcome_and_questionnaire_points_come_once(open_shop: OpenShop) -> None:
    """Points for the questionnaire would be given each time that it is sent."""
    shop = open_shop(rules(grants=GRANTS))
    member = await shop.member()
    assert await shop.member() == member
    office = office_of(shop)
    assert await office.grant(member, "questionnaire")
    assert not await office.grant(member, "questionnaire")
    assert not await office.grant(member, "welcome")
    assert await shop.points(member) == {"available": 50, "pending": 100, "blocked": 0}
    shop.clock.move(days=1)
    assert await shop.available(member) == 150
    shop.clock.move(days=29)
    assert await shop.available(member) == 50
    with pytest.raises(Rejected, match="no such grant"):
        await office.grant(member, "birthday")
    with pytest.raises(Missing):
        await office.grant("nobody", "welcome")


async def test_points_by_hand_have_a_key(shop: Shop) -> None:
    """A correction that is sent twice would count twice."""
    member = await shop.member()
    office = office_of(shop)
    assert await office.adjust(member, Decimal(30), key="k", reason="complaint")
    assert not await office.adjust(member, Decimal(30), key="k", reason="complaint")
    with pytest.raises(Rejected, match="something else"):
        await office.adjust(member, Decimal(40), key="k", reason="complaint")
    assert await office.adjust(member, Decimal(-50), key="k2", reason="fraud")
    assert await shop.available(member) == 0
    assert await office.adjust(member, Decimal(25), key="k3", reason="back")
    assert await shop.available(member) == 5


async def test_purchases_of_before_count_for_the_tier(open_shop: OpenShop) -> None:
    """A history that is loaded later would not change anybody's tier."""
    shop = open_shop(rules(E3))
    member = await shop.member()
    office = office_of(shop)
    assert await office.count_purchase(member, "old-1", Decimal(50_000), NOON)
    assert not await office.count_purchase(member, "old-1", Decimal(50_000), NOON)
    with pytest.raises(Rejected):
        await office.count_purchase(member, "old-1", Decimal(1), NOON)
    assert (await shop.house.balance(member))[0].tier == "Silver"


async def test_persons_are_sealed(shop: Shop, url: str) -> None:
    """Whoever copies the database would read phones and addresses."""
    await shop.member()
    if not url.startswith("sqlite"):
        return
    path = Path(url.removeprefix("sqlite:///"))
    raw = sqlite3.connect(path)
    text = "\n".join(raw.iterdump())
    raw.close()
    assert "9160000001" not in text
    assert "example.ru" not in text
