"""Notices: a member is told once, by the way that he has and did not refuse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import ValidationError

from gateway.canonical import Consent, Customer, EmailContact, Kind, PhoneContact
from gateway.canonical.paths import spoken
from gateway.config.house import NoticesSection
from gateway.contract import Member, Operation
from gateway.contract.operations import NOTICE_SEND
from gateway.loyalty.house.keeping import Keeping
from gateway.loyalty.house.notices import HouseNotices, taken_back
from gateway.loyalty.house.programme import NoticeKind
from gateway.loyalty.house.upkeep import Upkeep
from gateway.ports import DeliveryState, EntityRow, HouseMemberRow, OperationRow, Tx
from gateway.store import Sealer, open_store
from tests.gateway.sync.stepping import HeldClock, SilentLog, StepStore
from tests.store.conftest import KEY
from tests.stores import upgrade

BOTH = NoticesSection(sms="sms", email="post")
PHONE, ADDRESS = "+79161234567", "anna@example.ru"
DYING = {"points": "120", "date": "2026-12-31", "days": "30"}


def member(*, phone: bool = True, email: bool = True, **consents: bool) -> Member:
    """Return a member with contacts and consents to mailings."""
    customer = Customer(
        phones=(PhoneContact(number=PHONE, rank=0),) if phone else (),
        emails=(EmailContact(address=ADDRESS, rank=0),) if email else (),
        consents=tuple(
            Consent(id=name.replace("_", ":"), granted=granted)
            for name, granted in consents.items()
        ),
    )
    return Member("m-1", customer)


def told(
    who: Member, section: NoticesSection = BOTH, kind: NoticeKind = NoticeKind.EXPIRING,
    params: Mapping[str, str] = DYING, key: str = "k",
) -> list[tuple[str, Operation]]:  # fmt: skip
    """Return what is submitted, with its account."""
    submitted: list[tuple[str, Operation]] = []

    def submit(_: Tx, account: str, __: str, rows: Sequence[Operation]) -> None:
        submitted.extend((account, row) for row in rows)

    clock = HeldClock()
    store = StepStore(clock)
    notices = HouseNotices(section, submit, clock)
    store.now(lambda tx: notices(key, who, kind, params, tx))
    store.end()
    return submitted


@pytest.mark.parametrize(
    ("who", "account", "to"),
    [
        pytest.param(member(mailing=True), "sms", PHONE, id="phone first"),
        pytest.param(member(phone=False, mailing=True), "post", ADDRESS, id="no phone"),
        pytest.param(member(mailing=True, mailing_sms=False), "post", ADDRESS, id="no SMS wanted"),
        pytest.param(member(mailing_email=True), "post", ADDRESS, id="letters wanted only"),
        pytest.param(member(mailing_sms=True), "sms", PHONE, id="SMS wanted"),
    ],
)
def test_a_member_is_told_by_a_way_that_he_has(who: Member, account: str, to: str) -> None:
    """Points would die unheard of, or somebody would be written to who asked not to be."""
    ((name, operation),) = told(who)
    assert (name, operation.name, operation.payload["to"]) == (account, NOTICE_SEND, to)
    assert "120" in operation.payload["text"]
    assert "31.12.2026" in operation.payload["text"]


@pytest.mark.parametrize(
    "who",
    [
        member(),
        member(phone=False, email=False, mailing=True),
        member(mailing=False),
        member(mailing=False, mailing_sms=True),
        member(mailing_sms=False, mailing_email=False),
    ],
    ids=["never asked", "no contact", "no mailings", "one after all", "no way"],
)
def test_who_has_no_way_is_not_told(who: Member) -> None:
    """A withdrawn consent would be worth nothing."""
    assert told(who) == []


def test_what_the_contract_promises_needs_no_consent() -> None:
    """A programme that owes a warning would be silent."""
    section = NoticesSection(sms="sms", purpose="service")
    assert [account for account, _ in told(member(mailing=False), section)] == ["sms"]


def test_a_withdrawal_anywhere_counts_and_is_told_once() -> None:
    """The house hears of consents at the counter only; a withdrawal at the site would be lost."""
    clock, sent = HeldClock(), list[str]()
    store = StepStore(clock)
    withdrawn = spoken(Customer(consents=(Consent(id="mailing", granted=False),)))
    row = EntityRow("c-1", Kind.CUSTOMER, 1, withdrawn, {}, clock.now(), clock.now())
    house = HouseMemberRow("m-1", clock.now(), clock.now(), "base", "c-1", {})

    def submit(_: Tx, account: str, __: str, rows: Sequence[Operation]) -> None:
        sent.extend(f"{account} {one.key}" for one in rows)

    def planted(tx: Tx) -> None:
        tx.put_entities([row])
        tx.put_house_member(house, digests=())

    store.now(planted)
    notices = HouseNotices(BOTH, submit, clock)
    for _ in range(2):
        store.now(lambda tx: notices("k", member(mailing=True), NoticeKind.EXPIRING, DYING, tx))
        clock.move(60.0)
    story = store.now(lambda tx: tx.story("c-1", limit=9))
    store.end()
    assert sent == []
    assert [(one.event, one.outcome) for one in story] == [("notice", "withdrawn")]


@pytest.mark.parametrize(
    ("consents", "back"),
    [
        ({"mailing": True}, False),
        ({"mailing": False}, True),
        ({"mailing": True, "mailing:sms": False}, True),
        ({"mailing": True, "mailing:email": False}, False),
        ({}, False),
    ],
)
def test_a_notice_that_waits_ends_with_its_consent(
    consents: Mapping[str, bool], *, back: bool
) -> None:
    """A provider that was away for a night would send what nobody wants any more."""
    clock = HeldClock()
    store, now = StepStore(clock), clock.now()
    said = spoken(
        Customer(consents=tuple(Consent(id=one, granted=yes) for one, yes in consents.items()))
    )
    payload = {"channel": "sms", "to": PHONE, "text": "…"}
    waits = OperationRow("n", NOTICE_SEND, "sms", DeliveryState.RETRY, now, payload, "c-1")
    store.now(lambda tx: tx.put_entities([EntityRow("c-1", Kind.CUSTOMER, 1, said, {}, now, now)]))
    told = store.now(lambda tx: taken_back(tx, waits))
    others = store.now(lambda tx: taken_back(tx, replace(waits, name="points.add")))
    store.end()
    assert (told, others) == (back, False)


def test_a_new_tier_is_told_by_its_name() -> None:
    """A member would read of points instead."""
    ((_, operation),) = told(
        member(mailing=True), kind=NoticeKind.TIER, params={"from": "Бронза", "to": "Серебро"}
    )
    assert "Серебро" in operation.payload["text"]


def test_a_key_makes_one_operation_and_another_key_another() -> None:
    """A notice would be sent each minute, or one of two would be swallowed."""
    first, again, other = (told(member(mailing=True), key=key)[0][1].key for key in ("k", "k", "l"))
    assert first == again != other


@pytest.mark.parametrize("section", [{}, {"sms": "sms", "expiring": "{name}"}])
def test_notices_that_could_not_be_sent_are_refused(section: Mapping[str, Any]) -> None:
    """The first member whose points die would find out."""
    with pytest.raises(ValidationError):
        NoticesSection.model_validate(section)


async def test_one_process_keeps_the_house(tmp_path: Path) -> None:
    """Every process would run the night's work."""
    url, clock, ran = f"sqlite:///{tmp_path / 'gateway.db'}", HeldClock(), list[str]()
    upgrade(url)
    store = open_store(url, sealer=Sealer([KEY]), clock=clock)

    def keeping(holder: str) -> Keeping:
        class Noted:
            async def run_once(self, _: object) -> None:
                ran.append(holder)

        return Keeping(cast("Upkeep", Noted()), store, clock, SilentLog(), holder)

    first, second = keeping("first"), keeping("second")
    for one in (first, second, first):
        await one.once()
    clock.move(600.0)
    await second.once()
    await store.close()
    assert ran == ["first", "first", "second"]
