"""Members over the wire: found, registered once, with what they have and what moved it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from gateway.canonical import BonusOperationKind, CardRef, EmailContact, PhoneContact
from gateway.contract import MemberKey, Missing, Rejected

from .conftest import Bench, OpenBench
from .members import CARD, LOYALTY, OWN, PHONE, balance, join, loyalty_of, programme
from .samples import customer

KEY = "c-01jd7fhq3v9m2x4k"
PERSON = customer(
    phones=(PhoneContact(number=PHONE, rank=0),),
    emails=(EmailContact(address="alena@example.ru", rank=0),),
    cards=(CardRef(number=CARD),),
)


async def _club(open_bench: OpenBench, own: dict[str, Any] | None = None, **switches: Any) -> Bench:
    bench = await open_bench({"loyalty": {**LOYALTY, **(own or {})}}, **switches)
    await bench.seed(programs=[programme()])
    return bench


@pytest.mark.parametrize("by", ["external_id", "phone", "card", "email"])
@pytest.mark.parametrize("list_row_shape", ["full", "old"])
async def test_a_member_is_found_by_all_names(
    open_bench: OpenBench, by: str, list_row_shape: str
) -> None:
    """A till that knows the phone only would sell without points."""
    bench = await _club(open_bench, list_row_shape=list_row_shape)
    external_id, _ = await join(bench, 300, email="alena@example.ru")
    names = {"external_id": external_id, "phone": PHONE, "card": CARD, "email": "alena@example.ru"}
    member = await loyalty_of(bench).identify(MemberKey(**{by: names[by]}))
    assert member is not None
    assert member.external_id == external_id
    (account,) = member.customer.bonuses
    assert (account.programme, account.tier) == ("club", "Silver")
    assert account.available is not None
    assert account.available.points == 300
    assert member.customer.name is not None
    assert member.customer.name.last == "Ёлкина"


@pytest.mark.parametrize(
    "key",
    [
        MemberKey(phone="+79990000000"),
        MemberKey(card="none"),
        MemberKey(email="nobody@example.ru"),
        MemberKey(external_id="999999"),
        MemberKey(external_id="no-number"),
    ],
    ids=["phone", "card", "email", "id", "no-id"],
)
async def test_nobody_is_nobody(open_bench: OpenBench, key: MemberKey) -> None:
    """A stranger would be sold with somebody's points, or the till would stop."""
    bench = await _club(open_bench)
    await join(bench)
    assert await loyalty_of(bench).identify(key) is None


@pytest.mark.parametrize(
    ("form", "stored"),
    [("plus", "+79161234567"), ("digits", "79161234567"), ("eight", "89161234567")],
)
async def test_phones_are_spelt_as_the_account_stores_them(
    open_bench: OpenBench, form: str, stored: str
) -> None:
    """The vendor compares texts: another spelling would find nobody."""
    bench = await _club(open_bench, {"phone_form": form})
    external_id, _ = await join(bench, phone=stored)
    member = await loyalty_of(bench).identify(MemberKey(phone=PHONE))
    assert member is not None
    assert member.external_id == external_id


async def test_of_several_the_active_one_is_meant(open_bench: OpenBench) -> None:
    """A phone that was given on would show the points of the one who left."""
    bench = await _club(open_bench)
    _, left = await join(bench, 100, card=None)
    external_id, _ = await join(bench, 200, card=None)
    await bench.act("loyalty.status", account=left, status="deactivated")
    member = await loyalty_of(bench).identify(MemberKey(phone=PHONE))
    assert member is not None
    assert member.external_id == external_id


@pytest.mark.parametrize("account_create_id", ["present", "absent"])
async def test_a_new_person_becomes_a_member_once(
    open_bench: OpenBench, account_create_id: str
) -> None:
    """A person who asks twice would be two customers with two balances."""
    bench = await _club(open_bench, account_create_id=account_create_id)
    first = await loyalty_of(bench).register(PERSON, key=KEY)
    again = await loyalty_of(bench).register(PERSON, key=KEY)
    other = await loyalty_of(bench).register(PERSON, key="c-01jd7fhq3v9m2x4l")
    assert first.external_id == again.external_id == other.external_id
    rows = (await bench.api("loyalty/accounts"))["loyaltyAccounts"]
    assert [(one["active"], one["phoneNumber"], one["cardNumber"]) for one in rows] == [
        (True, PHONE, CARD)
    ]
    assert (await bench.api("customers"))["pagination"]["totalCount"] == 1
    assert rows[0]["customer"]["externalId"] == KEY


@pytest.mark.parametrize(
    "known",
    [
        {"email": "alena@example.ru"},
        {"phones": [{"number": "8 (916) 123-45-67"}]},
    ],
    ids=["email", "phone"],
)
async def test_a_known_customer_is_made_a_member(
    open_bench: OpenBench, known: dict[str, Any]
) -> None:
    """The CRM refuses no second customer of one phone: everybody would be twice in it."""
    bench = await _club(open_bench)
    made = await bench.act("customer.create", customer={"firstName": "Алёна", **known})
    member = await loyalty_of(bench).register(PERSON, key=KEY)
    assert member.external_id == str(made["id"])


@pytest.mark.parametrize("path", ["/customers/create", "/account/create"])
async def test_a_registration_goes_on_after_a_cut(open_bench: OpenBench, path: str) -> None:
    """A lost answer in the middle would leave somebody half registered, or make them twice."""
    bench = await _club(open_bench)
    await bench.faults({"kind": "cut_after", "path": path, "times": 1})
    with pytest.raises(Exception, match=r".") as caught:
        await loyalty_of(bench).register(PERSON, key=KEY)
    assert type(caught.value).__name__ in {"OutcomeUnknown", "Unavailable"}
    member = await loyalty_of(bench).register(PERSON, key=KEY)
    (row,) = (await bench.api("loyalty/accounts"))["loyaltyAccounts"]
    assert (str(row["customer"]["id"]), row["active"]) == (member.external_id, True)
    assert (await bench.api("customers"))["pagination"]["totalCount"] == 1


async def test_fields_that_the_programme_wants_are_named(open_bench: OpenBench) -> None:
    """A cashier could not tell what to ask the customer for."""
    bench = await _club(open_bench)
    await bench.seed(programs=[programme(requiredFields=["lastName", "email"])])
    bare = customer(phones=PERSON.phones, emails=(), name=None, cards=())
    with pytest.raises(Rejected, match=r"fill in .*Email") as caught:
        await loyalty_of(bench).register(bare, key=KEY)
    assert caught.value.vendor_code == "unfilled_fields"


async def test_attributes_of_a_membership_are_written_and_read(open_bench: OpenBench) -> None:
    """Where somebody joined would be known to nobody."""
    bench = await _club(open_bench, {"member_attributes": {"joined_at": "gw_joined_at"}})
    person = PERSON.model_copy(update={"attributes": {"joined_at": "ТЦ «Ёлка»"}})
    member = await loyalty_of(bench).register(person, key=KEY)
    (row,) = (await bench.api("loyalty/accounts"))["loyaltyAccounts"]
    told = await bench.api(f"loyalty/account/{row['id']}")
    assert told["loyaltyAccount"]["customFields"] == {"gw_joined_at": "ТЦ «Ёлка»"}
    assert member.external_id == str(row["customer"]["id"])


async def test_a_balance_tells_what_waits(open_bench: OpenBench) -> None:
    """A customer would be told that their points are lost."""
    bench = await _club(open_bench)
    external_id, account = await join(bench, 300)
    await bench.act("loyalty.credit", account=account, amount=40, activationDate="2099-01-01")
    (told,) = await loyalty_of(bench).balance(external_id)
    assert (told.programme, told.tier) == ("club", "Silver")
    assert told.available is not None
    assert told.pending is not None
    assert [told.available.points, told.pending.points] == [300, 40]
    with pytest.raises(Missing):
        await loyalty_of(bench).balance("999999")


@pytest.mark.parametrize("limit", [1, 3, 7, 20, 100])
async def test_history_comes_newest_first_and_whole(open_bench: OpenBench, limit: int) -> None:
    """Postings would be shown twice or never where a page ends, or while new ones come."""
    bench = await _club(open_bench)
    external_id, account = await join(bench)
    for amount in range(1, 8):
        await bench.act("loyalty.credit", account=account, amount=amount)
    await bench.act("loyalty.charge", account=account, amount=5)
    ids: list[str] = []
    points: list[Decimal] = []
    kinds: list[BonusOperationKind] = []
    cursor = None
    for _ in range(20):
        page = await loyalty_of(bench).history(external_id, cursor=cursor, limit=limit)
        assert len(page.items) <= limit
        ids += [one.id for one in page.items]
        points += [one.points.points for one in page.items]
        kinds += [one.kind for one in page.items]
        cursor = page.cursor
        if cursor is None:
            break
    assert points == [-5, 7, 6, 5, 4, 3, 2, 1]
    assert len(set(ids)) == 8
    assert kinds == [BonusOperationKind.REDEEM, *[BonusOperationKind.ACCRUE] * 7]
    assert await balance(bench, account) == 23


async def test_new_postings_move_no_page(open_bench: OpenBench) -> None:
    """A posting that comes while somebody scrolls would show another one twice."""
    now = [datetime(2026, 3, 9, 7, 0, tzinfo=UTC)]
    bench = await _club(open_bench, clock=lambda: now[0])
    external_id, account = await join(bench)
    for amount in range(1, 31):
        await bench.act("loyalty.credit", account=account, amount=amount)
    first = await loyalty_of(bench).history(external_id, cursor=None, limit=20)
    now[0] += timedelta(seconds=1)
    await bench.act("loyalty.credit", account=account, amount=99)
    rest = await loyalty_of(bench).history(external_id, cursor=first.cursor, limit=20)
    told = [one.points.points for one in (*first.items, *rest.items)]
    assert told == list(range(30, 0, -1))
    assert rest.cursor is None


async def test_without_the_setting_there_is_no_loyalty(bench: Bench) -> None:
    """An account without a programme would be asked for rights that it does not have."""
    assert bench.connector.services.loyalty is None
    assert "bonus.post" not in bench.connector.operations


async def test_the_probe_knows_the_programme(open_bench: OpenBench) -> None:
    """A wrong number would make every till find nobody."""
    sound = await open_bench(OWN)
    assert (await sound.connector.probe()).ok
    wrong = await open_bench({"loyalty": {"programme": 9}})
    report = await wrong.connector.probe()
    assert (report.ok, report.notes) == (
        False,
        ("loyalty.programme: the account has no programme of this id",),
    )
