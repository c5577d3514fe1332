"""Notices: a member is told once, by the way that he has and did not refuse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import ValidationError

from gateway.canonical import Consent, Customer, EmailContact, PhoneContact
from gateway.config.house import NoticesSection
from gateway.contract import Member, Operation
from gateway.contract.operations import NOTICE_SEND
from gateway.loyalty.house.keeping import Keeping
from gateway.loyalty.house.notices import HouseNotices
from gateway.loyalty.house.programme import NoticeKind
from gateway.loyalty.house.upkeep import Upkeep
from gateway.ports import Tx
from gateway.store import Sealer, open_store, upgrade
from tests.gateway.sync.stepping import HeldClock, SilentLog
from tests.store.conftest import KEY

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

    def submit(_: Tx, account: str, rows: Sequence[Operation]) -> None:
        submitted.extend((account, row) for row in rows)

    HouseNotices(section, submit)(key, who, kind, params, cast("Tx", None))
    return submitted


@pytest.mark.parametrize(
    ("who", "account", "to"),
    [
        pytest.param(member(), "sms", PHONE, id="phone first"),
        pytest.param(member(phone=False), "post", ADDRESS, id="no phone"),
        pytest.param(member(mailing_sms=False), "post", ADDRESS, id="no SMS wanted"),
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
        member(phone=False, email=False),
        member(mailing=False),
        member(mailing_sms=False, mailing_email=False),
    ],
    ids=["no contact", "no mailings", "no way"],
)
def test_who_has_no_way_is_not_told(who: Member) -> None:
    """A withdrawn consent would be worth nothing."""
    assert told(who) == []


def test_a_new_tier_is_told_by_its_name() -> None:
    """A member would read of points instead."""
    ((_, operation),) = told(
        member(), kind=NoticeKind.TIER, params={"from": "Бронза", "to": "Серебро"}
    )
    assert "Серебро" in operation.payload["text"]


def test_a_key_makes_one_operation_and_another_key_another() -> None:
    """A notice would be sent each minute, or one of two would be swallowed."""
    first, again, other = (told(member(), key=key)[0][1].key for key in ("k", "k", "l"))
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
