"""The account: keys, probe, and what never stands in a log."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from connectors.mindbox import CONNECTOR
from connectors.mindbox.config import MindboxSettings
from gateway.canonical import (
    BonusPoints,
    CardRef,
    Customer,
    EmailContact,
    Kind,
    Money,
    OrderLine,
    PersonName,
    PhoneContact,
    ProductRef,
)
from gateway.contract import (
    AuthRejected,
    CodePurpose,
    ConnectorError,
    MemberKey,
    Rejected,
    Sale,
    Unsupported,
)
from tests.connectors.bench import Copy
from tests.connectors.mindbox.conftest import HOOK_SECRET, OpenProject, at, own_settings

PHONE, EMAIL, CARD, NAME = "+79160007654", "planted@example.ru", "2900000077777", "Подсадная"
SECRETS = (PHONE, PHONE[1:], EMAIL, CARD, NAME, "demo-key", HOOK_SECRET)
PLANTED = Customer(
    name=PersonName(last=NAME),
    phones=(PhoneContact(number=PHONE, rank=0),),
    emails=(EmailContact(address=EMAIL, rank=0),),
    cards=(CardRef(number=CARD),),
)
SALE = Sale(
    id="A-1",
    at=at("2026-03-01 09:58:02"),
    member=MemberKey(phone=PHONE),
    points=BonusPoints(points=Decimal(5)),
    lines=[
        OrderLine(
            id="1",
            product=ProductRef(external_id="SKU-9001"),
            quantity=Decimal(1),
            price=Money.of(5),
        )
    ],
)


@pytest.mark.parametrize("form", ["secret_key", "mindbox"])
async def test_sound_account_passes_the_probe(open_project: OpenProject, form: str) -> None:
    """A project that was set up with the older form of the key does not start."""
    project = await open_project({"authorization": form})
    report = await project.connector.probe()
    assert report.ok
    assert report.facts == {"endpoint": "Demo.Website", "balance": "MainPoints"}


@pytest.mark.parametrize("form", ["secret_key", "mindbox"])
@pytest.mark.parametrize("key", ["wrong-key-55", "demo-pos-key"], ids=["wrong", "of-another"])
async def test_wrong_key_parks_the_account(open_project: OpenProject, form: str, key: str) -> None:
    """A withdrawn key is tried for ever, or counts as each record's own fault."""
    project = await open_project({"authorization": form, "secret_key": key})
    with pytest.raises(AuthRejected) as caught:
        await project.connector.probe()
    assert key not in f"{caught.value} {project.log.lines}"


@pytest.mark.parametrize("answer", ["protocol400", "http404"])
async def test_wrong_name_of_an_operation_fails_the_probe(
    open_project: OpenProject, answer: str
) -> None:
    """A name that the project does not have shows at the first customer of the night."""
    names = {"get_customer": "Website.NoSuchOperation"}
    project = await open_project({"operations": names}, unknown_operation=answer)
    with pytest.raises(Rejected):
        await project.connector.probe()


async def test_operation_that_the_project_lacks_is_unsupported(
    open_project: OpenProject,
) -> None:
    """A call without a name reaches the vendor, where many such calls block the caller."""
    project = await open_project({"operations": {"send_code": ""}})
    services = project.connector.services
    assert services.codes is not None
    with pytest.raises(Unsupported):
        await services.codes.send(MemberKey(phone=PHONE), purpose=CodePurpose.LOGIN)


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "https://api.mindbox.ru/v3"},
        {"url": "ftp://api.mindbox.ru"},
        {"endpoint_id": "Два слова"},
        {"customer_key": "a b"},
        {"first_load": "some"},
        {"currency": "rub"},
        {"operations": {"unknown": "X"}},
        {"unknown": 1},
    ],
    ids=lambda value: str(value)[:40],
)
def test_wrong_settings_are_refused_before_the_start(wrong: dict[str, Any]) -> None:
    """A slip in the configuration shows in the first message, or as silence."""
    with pytest.raises(ValidationError) as caught:
        MindboxSettings.model_validate(own_settings("http://vendor.test") | wrong)
    assert "demo-key" not in str(caught.value)


async def test_nothing_personal_stands_in_logs_or_errors(open_project: OpenProject) -> None:
    """Phones, cards and keys lie in the log files of the shop for years."""
    project = await open_project()
    texts: list[str] = []
    services = project.connector.services
    assert services.loyalty is not None
    assert services.codes is not None
    change = project.change(Kind.CUSTOMER, Copy("c-1"), PLANTED)
    faults: list[dict[str, Any]] = [
        {"kind": "cut_after", "times": 3},
        {"kind": "status", "times": 3, "status": 400, "body": _echo("ProtocolError")},
        {"kind": "status", "times": 3, "status": 200, "body": _echo("ValidationError")},
        {"kind": "status", "times": 3, "status": 500, "body": _echo("InternalServerError")},
        {"kind": "status", "times": 3, "status": 200, "body": f'{{"customer": "{PHONE}"}}'},
        {"kind": "status", "times": 3, "status": 200, "body": PHONE},
        {"kind": "status", "times": 0},
    ]
    for fault in faults:
        await project.faults(fault)
        (outcome,) = await project.write(Kind.CUSTOMER, change)
        texts.append(f"{outcome!r} {getattr(outcome, 'error', '')}")
        for call in (
            lambda: services.loyalty.identify(MemberKey(card=CARD)),
            lambda: services.loyalty.reserve(SALE, key="k"),
            lambda: services.codes.send(MemberKey(phone=PHONE), purpose=CodePurpose.LOGIN),
        ):
            try:
                await call()
            except ConnectorError as error:
                texts.append(f"{error} {error!r} {error.vendor_code} {error.operation}")
    assert len(texts) > 15
    shown = " ".join([*texts, repr(project.log.lines), repr(project.remarks), repr(change.key)])
    assert [secret for secret in SECRETS if secret in shown] == []
    assert project.log.lines


def _echo(status: str) -> str:
    """Return a refusal that quotes values, as the vendor's do."""
    text = f"{PHONE} {EMAIL} {CARD}"
    body = {
        "status": status,
        "errorMessage": f"{PHONE}: {text}",
        "validationMessages": [{"message": text, "location": PHONE}],
    }
    return orjson.dumps(body).decode()


def test_manifest_says_what_is_built() -> None:
    """The core routes to what is not there."""
    assert CONNECTOR.manifest.key == "mindbox"
    assert CONNECTOR.manifest.probes == {Kind.CUSTOMER, Kind.ORDER}
