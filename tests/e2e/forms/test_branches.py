"""The four outcomes of the look-up (A3): one customer in both systems, and one bonus."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from gateway.canonical import Confirmation
from gateway.contract import MemberKey
from tests.e2e.forms.stage import BONUS, Row, Stage, until
from tests.e2e.forms.visitor import ANNA, EMAIL, PHONE, Visitor, walk

Visitors = Callable[[Stage], Visitor]
OLD_USER = {
    "id": 501, "lastName": "Иванова", "name": "Аня", "phone": PHONE,
    "email": "old@example.com", "birthday": "1980-01-01", "gender": "F",
}  # fmt: skip
OLD_MEMBER = {
    "id": 7001, "phone": PHONE.lstrip("+"), "email": "older@example.com",
    "answers": {"FirstName": "Аня", "LastName": "Иванова", "BirthDay": "1980-01-01"},
    "balance": "40",
}  # fmt: skip


async def seed_site(stage: Stage, **user: object) -> None:
    """Let the site have a buyer from before."""
    await stage.site.post("seed", {"users": [user]})


async def seed_points(stage: Stage, **member: object) -> None:
    """Let the processor have a member from before."""
    assert stage.points is not None
    await stage.points.post("seed", {"customers": [member]})


async def ends(stage: Stage, *, balance: Decimal) -> tuple[Row, Row]:
    """Return the one user and the one member, who hold the answers; the bonus has arrived."""

    async def one_member() -> Row | None:
        members = await stage.members()
        assert len(members) == 1
        return members[0] if Decimal(str(members[0]["balance"])) == balance else None

    row = await stage.done()
    member = await until(one_member, what=f"the balance is {balance}")
    (user,) = await stage.users()
    assert (user["phone"], user["email"], user["lastName"]) == (PHONE, EMAIL, ANNA["last"])
    assert (user["phoneConfirmed"], user["emailConfirmed"]) == ("Y", "Y")
    assert (f"+{member['phone']}", member["email"]) == (PHONE, EMAIL)
    assert member["answers"]["LastName"] == ANNA["last"]
    links = (await stage.read(lambda tx: tx.links_of([row.entity_id])))[row.entity_id]
    assert {one.account: one.external_id for one in links} == {
        "shop": str(user["id"]), "points": str(member["id"]),
    }  # fmt: skip
    return user, member


async def test_nobody_is_known_so_both_get_a_new_customer(stage: Stage, visitors: Visitors) -> None:
    """The shop would lose its new member at one of the systems."""
    await stage.start()
    assert await walk(visitors(stage), stage.code) == "again"
    user, _ = await ends(stage, balance=BONUS)
    assert user["source"] == "анкета"
    row = await stage.done()
    customer = await stage.customer(row.entity_id)
    assert customer.source == "анкета"
    assert customer.attributes == {"favourite_shop": "arbat"}
    assert [one.confirmation for one in customer.phones] == [Confirmation.CONFIRMED]


async def test_the_site_knows_and_the_processor_gets_him(stage: Stage, visitors: Visitors) -> None:
    """A buyer would be made a second time at the site."""
    await seed_site(stage, **OLD_USER)
    await stage.start()
    await walk(visitors(stage), stage.code)
    user, _ = await ends(stage, balance=BONUS)
    assert user["id"] == OLD_USER["id"]
    assert user["source"] != "анкета"


async def test_the_processor_knows_and_the_site_gets_him(stage: Stage, visitors: Visitors) -> None:
    """What the processor knows of the member would be missing at the site."""
    await seed_points(stage, **{**OLD_MEMBER, "answers": {"PatronymicName": "Ильинична"}})
    await stage.start()
    await walk(visitors(stage), stage.code)
    user, member = await ends(stage, balance=BONUS + 40)
    assert member["id"] == OLD_MEMBER["id"]
    assert user["secondName"] == "Ильинична"


async def test_both_know_and_the_answers_replace_what_was_there(
    stage: Stage, visitors: Visitors
) -> None:
    """Old contacts would stay in one system and not in the other."""
    await seed_site(stage, **OLD_USER)
    await seed_points(stage, **OLD_MEMBER)
    await stage.start()
    await walk(visitors(stage), stage.code)
    user, member = await ends(stage, balance=BONUS + 40)
    assert user["birthday"] == member["answers"]["BirthDay"] == ANNA["birth_date"]
    customer = await stage.customer((await stage.done()).entity_id)
    known = {one.address for one in customer.emails}
    assert known == {EMAIL, "old@example.com", "older@example.com"}


async def test_who_is_known_by_the_e_mail_alone_gets_the_new_phone(
    stage: Stage, visitors: Visitors
) -> None:
    """Somebody with a new number would become a second customer."""
    await seed_site(stage, **{**OLD_USER, "phone": "+79160000099", "email": EMAIL})
    await seed_points(stage, **{**OLD_MEMBER, "email": EMAIL, "phone": "79160000098"})
    await stage.start()
    await walk(visitors(stage), stage.code)
    user, member = await ends(stage, balance=BONUS + 40)
    assert (user["id"], member["id"]) == (OLD_USER["id"], OLD_MEMBER["id"])


async def test_a_second_form_of_the_same_person_gives_no_second_bonus(
    stage: Stage, visitors: Visitors
) -> None:
    """A bonus would be had by whoever fills the form in again, with a new phone or a new e-mail."""
    await stage.start()
    await walk(visitors(stage), stage.code)
    await ends(stage, balance=BONUS)
    phone = "+79165550000"
    more = {**ANNA, "phone": phone, "own.favourite_shop": "tver"}
    await walk(visitors(stage), stage.code, more, phone=phone)
    await stage.done(2)
    (user,) = await stage.users()
    assert (user["phone"], user["fields"]["UF_FAVOURITE_SHOP"]) == (phone, "tver")
    (member,) = await stage.members()
    assert (f"+{member['phone']}", Decimal(str(member["balance"]))) == (phone, BONUS)
    outcomes = [
        row.detail["bonus"]
        for row in await stage.story((await stage.done(2)).entity_id)
        if row.outcome == "rewarded"
    ]
    assert outcomes == ["given", "given_before"]


@pytest.mark.parametrize("left_out", ["birth_date", "own.favourite_shop"])
async def test_an_incomplete_form_makes_a_customer_and_no_bonus(
    stage: Stage, visitors: Visitors, left_out: str
) -> None:
    """A half empty form would be paid for."""
    await stage.start()
    await walk(visitors(stage), stage.code, {**ANNA, left_out: ""})
    await stage.done()
    assert len(await stage.users()) == 1
    (member,) = await stage.members()
    assert Decimal(str(member["balance"])) == 0
    operations = [row for row in await stage.story((await stage.done()).entity_id)
                  if row.event == "operation"]  # fmt: skip
    assert operations == []


async def test_consents_are_kept_with_their_proof(stage: Stage, visitors: Visitors) -> None:
    """Nobody could prove to an inspector what the person agreed to."""
    await stage.start()
    await walk(visitors(stage), stage.code)
    row = await stage.done()
    found = {one.id: one for one in (await stage.customer(row.entity_id)).consents}
    assert {name: one.granted for name, one in found.items()} == {
        "personal_data": True, "mailing:email": True, "mailing:sms": False,
    }  # fmt: skip
    agreed = found["personal_data"]
    assert (agreed.text_version, agreed.source) == ("2026-09", "анкета")
    assert agreed.at is not None
    assert agreed.proof is not None
    assert row.id in agreed.proof
    assert "ru:" in agreed.proof


async def test_an_empty_box_withdraws_nothing(stage: Stage, visitors: Visitors) -> None:
    """A consent given elsewhere would be lost by whoever skips a box."""
    await stage.start()
    await walk(visitors(stage), stage.code)
    await stage.done()
    later = {**ANNA, "consent.mailing:email": "", "consent.mailing:sms": "yes"}
    await walk(visitors(stage), stage.code, later)
    row = await stage.done(2)
    customer = await stage.customer(row.entity_id)
    assert {one.id: one.granted for one in customer.consents} == {
        "personal_data": True, "mailing:email": True, "mailing:sms": True,
    }  # fmt: skip


async def test_an_e_mail_of_another_buyer_is_left_to_him(stage: Stage, visitors: Visitors) -> None:
    """The site would refuse the whole customer, or a stranger lose his e-mail."""
    await seed_site(stage, **OLD_USER)
    other = {**OLD_USER, "id": 502, "phone": "+79160000044", "email": EMAIL, "name": "Пётр"}
    await seed_site(stage, **other)
    await stage.start()
    await walk(visitors(stage), stage.code)
    row = await stage.done()
    users = {one["id"]: one for one in await stage.users()}
    assert users[501]["lastName"] == ANNA["last"]
    assert (users[501]["email"], users[502]["email"]) == ("old@example.com", EMAIL)
    (told,) = [one for one in await stage.story(row.entity_id) if one.outcome == "declared"]
    assert told.detail["duplicates"] == {"shop": ["502"]}


async def test_the_programme_inside_gets_its_member_once(house: Stage, visitors: Visitors) -> None:
    """A shop without a vendor's programme would have no questionnaire."""
    await house.start()
    await walk(visitors(house), house.code)
    row = await house.done()
    running = house.running
    assert running is not None
    inside = running.forms.duty.walk.inside
    assert inside is not None
    member = await inside.identify(MemberKey(phone=PHONE))
    assert member is not None
    assert member == await inside.identify(MemberKey(email=EMAIL))
    await walk(visitors(house), house.code, {**ANNA, "first": "Анна"})
    await house.done(2)
    lots = await house.read(lambda tx: tx.house_lots(member))
    assert sum(one.points for one in lots) == BONUS
    kept = (await house.read(lambda tx: tx.house_members([member])))[member]
    assert kept.fields["name"]["first"] == "Анна"
    assert len(await house.users()) == 1
    assert row.entity_id == (await house.done(2)).entity_id
