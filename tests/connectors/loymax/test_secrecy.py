"""Secrecy: nothing personal and no secret in logs, errors and remarks. Probe."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.loymax.tokens import TokenWire
from gateway.canonical import CardRef, EmailContact, Kind, PhoneContact
from gateway.contract import (
    CodePurpose,
    ConnectorError,
    Failed,
    MemberKey,
    Missing,
)
from tests.connectors.bench import Bench, Copy

from .conftest import Open
from .world import ANNA, CARD, FREE_CARD, IVAN, KEY, PHONE, journal, loyalty, sale

PLANTED = [
    "79000005012",
    "9000005012",
    "anna@example.com",
    "79161234567",
    "ivan@example.ru",
    CARD,
    FREE_CARD,
    "operator-secret",
    "app-secret",
    "Secret-1",
    "Ёлкин",
    "Иванова",
]


def clean(text: str) -> None:
    """See that nothing planted stands in a text."""
    found = [one for one in PLANTED if one in text]
    assert not found, text


async def refused(base: Bench) -> list[ConnectorError]:
    """Provoke refusals whose own texts are full of what was sent."""
    errors: list[ConnectorError] = []
    anna = IVAN.model_copy(
        update={
            "phones": (PhoneContact(number=PHONE, rank=0),),
            "emails": (EmailContact(address="anna@example.com", rank=0),),
            "cards": (CardRef(number=CARD),),
        }
    )
    copy = Copy(KEY)
    await base.tell(Kind.CUSTOMER, copy, IVAN)
    wanted = base.change(Kind.CUSTOMER, copy, anna)
    outcomes = await base.write(Kind.CUSTOMER, wanted)
    errors += [one.error for one in outcomes if isinstance(one, Failed)]
    await base.act(
        "customer.edit", id=5012, change={"state": "Normal", "registrationBlocked": True}
    )
    for act in (
        lambda: loyalty(base).quote(sale()),
        lambda: loyalty(base).quote(sale(member=MemberKey(card=CARD))),
        lambda: loyalty(base).register(anna, key="g-1"),
        lambda: base.connector.services.codes.send(  # type: ignore[union-attr]
            MemberKey(phone=PHONE), purpose=CodePurpose.LOGIN
        ),
    ):
        try:
            await act()
        except ConnectorError as error:
            errors.append(error)
    return errors


@pytest.mark.parametrize("style", ["code", "state"])
async def test_refusals_tell_nothing_personal(base: Bench, style: str) -> None:
    """Phones of buyers stand in the error report of every shop."""
    await base.switch(processing_error_style=style)
    errors = await refused(base)

    assert len(errors) >= 3
    for error in errors:
        clean(f"{error!s} {error!r} {error.reason} {error.operation} {error.vendor_code}")
    clean(str(base.log.lines))


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"kind": "cut_after"}, id="cut"),
        pytest.param({"kind": "status", "status": 500, "body": " ".join(PLANTED)}, id="500"),
        pytest.param(
            {
                "kind": "status",
                "status": 200,
                "body": '{"result": {"state": "ValidationError", "message": "79000005012",'
                ' "messageCode": "79000005012 app-secret",'
                ' "validationErrors": [{"field": "phone 79161234567",'
                ' "errorMessages": ["anna@example.com"]}]}}',
            },
            id="validation",
        ),
        pytest.param(
            {"kind": "status", "status": 200, "body": '{"data": [{"id": "79000005012"}]}'},
            id="malformed",
        ),
    ],
)
async def test_trouble_tells_nothing_personal(base: Bench, fault: dict[str, Any]) -> None:
    """A vendor that quotes what it was sent has its quotation in our log."""
    await base.look(Kind.CUSTOMER, ANNA)
    await base.faults({**fault, "path": "^/(system|public)api/"})
    outcomes = await base.write(Kind.CUSTOMER, base.change(Kind.CUSTOMER, Copy(KEY), IVAN))

    assert [isinstance(one, Failed) for one in outcomes] == [True]
    clean(f"{outcomes!s} {outcomes[0].error!r} {outcomes[0].error!s}")
    clean(str(base.log.lines))
    clean(str(base.remarks))


async def test_tokens_and_settings_show_no_secret(base: Bench) -> None:
    """A printed object tells the password of the account."""
    await base.look(Kind.CUSTOMER, ANNA)
    await loyalty(base).quote(sale())
    client = base.connector.writers[Kind.CUSTOMER].people.client  # type: ignore[attr-defined]

    text = repr(client)
    clean(text)
    assert "access-1" not in repr(TokenWire(access_token="access-1"))
    assert "Bearer" not in str(base.log.lines)


async def test_probe_tells_what_it_met(base: Bench) -> None:
    """An account is taken into service with a password that is wrong."""
    report = await base.connector.probe()

    assert report.ok
    assert report.notes == ()
    assert report.facts["version"] == "v1.2"
    assert {one["effect"] for one in await journal(base) if "token" not in one["op"]} == {"none"}


async def test_probe_meets_the_wrong_version(open_double: Open) -> None:
    """The account speaks v1.2 to a server that is too old for it."""
    base = await open_double({"version": "v1.2"}, version_profile="legacy")

    with pytest.raises(Missing):
        await base.connector.probe()
