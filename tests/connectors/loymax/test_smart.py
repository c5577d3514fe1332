"""Smart Communications: the other product is told what a member allows, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.loymax.config import LoymaxSettings
from gateway.canonical import Consent, Kind
from gateway.contract import AuthRejected, OutcomeUnknown, Rejected
from tests.connectors.bench import Bench, Copy, failures

from .conftest import Open
from .world import IVAN, KEY, own_settings

SMART = {"username": "sc-user", "password": "sc-secret"}


@pytest.fixture
async def smart(open_double: Open) -> Bench:
    """A connector that tells the other product too."""
    return await open_double({"smart": SMART})


async def told(base: Bench, person_id: str, what: str) -> list[dict[str, Any]]:
    """Return rows of what the other product holds of a member."""
    body = {"data": {"attributes": SMART}}
    token = (await base.door.post("/sc/token", json=body)).json()["data"]["attributes"]
    headers = {"Authorization": f"Bearer {token['accessToken']}"}
    answer = await base.door.get(f"/sc/customer/{person_id}/{what}", headers=headers)
    return [row["attributes"] for row in answer.json()["data"]]


async def channels(base: Bench, person_id: str) -> dict[str, int]:
    """Return the permission of each channel."""
    return {row["type"]: row["value"] for row in await told(base, person_id, "channel")}


async def mailings(base: Bench, person_id: str) -> dict[str, tuple[str, str]]:
    """Return the permissions of each mailing by e-mail and SMS."""
    rows = await told(base, person_id, "subscribe")
    return {row["mailingCatId"]: (row["statusEmail"], row["statusSms"]) for row in rows}


def consents(**granted: bool) -> tuple[Consent, ...]:
    """Return consents to purposes by e-mail, but for ``sms``."""
    return tuple(
        Consent(id="mailing:sms" if name == "sms" else f"{name}:email", granted=value)
        for name, value in granted.items()
    )


async def test_channels_are_told_to_the_other_product(smart: Bench) -> None:
    """Who unsubscribed goes on getting letters from the other product."""
    copy = Copy(KEY)
    await smart.tell(Kind.CUSTOMER, copy, IVAN)
    assert await channels(smart, copy.external_id or "") == {"email": 1, "push": 0, "sms": 0}

    withdrawn = (
        Consent(id="mailing:email", granted=False),
        Consent(id="mailing:sms", granted=True),
    )
    await smart.tell(Kind.CUSTOMER, copy, IVAN.model_copy(update={"consents": withdrawn}))
    assert await channels(smart, copy.external_id or "") == {"email": 0, "push": 0, "sms": 1}


async def test_channel_that_the_other_product_lacks_is_left_out(open_double: Open) -> None:
    """A consent to messages of one product stops the whole profile at the other."""
    places = {"mailing:email": {}, "mailing:viber": {"channel": "viber"}}
    base = await open_double({"smart": SMART, "consents": places})
    wanted = (
        Consent(id="mailing:email", granted=True),
        Consent(id="mailing:viber", granted=True),
    )
    copy = Copy(KEY)
    await base.tell(Kind.CUSTOMER, copy, IVAN.model_copy(update={"consents": wanted}))

    assert (await channels(base, copy.external_id or ""))["email"] == 1


PURPOSES = {
    "news:email": {},
    "offers:email": {"external_id": "CommunicationOffer"},
    "mailing:sms": {"channel": "sms"},
}
MAILINGS = {"news:email": ["news"], "offers:email": ["offers"], "mailing:sms": ["news", "offers"]}


async def test_mailings_are_told_by_purpose(open_double: Open) -> None:
    """Who wants offers and no news gets both from the other product, or neither."""
    own = {"smart": {**SMART, "mailings": MAILINGS}, "consents": PURPOSES}
    base = await open_double(own)
    copy = Copy(KEY)
    for granted, by_mail, channel in (
        ({"news": False, "offers": True, "sms": False}, ("N", "Y"), 1),
        ({"news": False, "offers": False, "sms": False}, ("N", "N"), 0),
        ({"news": True, "offers": False, "sms": False}, ("Y", "N"), 1),
    ):
        wanted = IVAN.model_copy(update={"consents": consents(**granted)})
        await base.tell(Kind.CUSTOMER, copy, wanted)
        held = await mailings(base, copy.external_id or "")
        assert held == {"news": (by_mail[0], "N"), "offers": (by_mail[1], "N")}
        assert (await channels(base, copy.external_id or ""))["email"] == channel


async def test_consent_without_a_mailing_closes_its_channel(open_double: Open) -> None:
    """Of two consents for one channel the last that was read counts, and one was declined."""
    own = {"smart": {**SMART, "mailings": {"offers:email": ["offers"]}}, "consents": PURPOSES}
    base = await open_double(own)
    wanted = IVAN.model_copy(update={"consents": consents(news=False, offers=True)})
    copy = Copy(KEY)
    await base.tell(Kind.CUSTOMER, copy, wanted)

    assert (await channels(base, copy.external_id or ""))["email"] == 0


async def test_mailing_that_the_other_product_lacks_is_named(open_double: Open) -> None:
    """A mistyped code is refused, and nobody learns which."""
    own = {"smart": {**SMART, "mailings": {"mailing:sms": ["digest"]}}}
    base = await open_double(own)
    (outcome,) = await base.write(Kind.CUSTOMER, base.change(Kind.CUSTOMER, Copy(KEY), IVAN))

    assert failures([outcome]) == ["Rejected"]
    assert "categories.digest" in str(outcome.error)


@pytest.mark.parametrize("name", ["news:email", "mailing:viber"])
def test_mailing_needs_a_consent_that_is_told(name: str) -> None:
    """A mailing hangs on a consent that never comes, and everybody gets it or nobody does."""
    own = {
        "smart": {**SMART, "mailings": {name: ["news"]}},
        "consents": {"mailing:viber": {"channel": "viber"}},
    }
    with pytest.raises(ValueError, match="one of consents"):
        LoymaxSettings.model_validate(own_settings("http://vendor.test", **own))


async def test_check_proves_the_other_product_too(open_double: Open) -> None:
    """An account that rests for its wrong password is found in order, and rests again."""
    base = await open_double({"smart": {**SMART, "password": "wrong"}})

    with pytest.raises(AuthRejected):
        await base.connector.probe()
    assert (await (await open_double({"smart": SMART})).connector.probe()).ok


@pytest.mark.parametrize(
    ("own", "fault", "error"),
    [
        pytest.param({"password": "wrong"}, None, AuthRejected, id="login"),
        pytest.param({}, {"status": 429}, OutcomeUnknown, id="limit"),
        pytest.param({}, {"status": 500}, OutcomeUnknown, id="failure"),
        pytest.param({}, {"status": 422}, Rejected, id="refusal"),
    ],
)
async def test_trouble_of_the_other_product_is_told(
    open_double: Open, own: dict[str, str], fault: dict[str, Any] | None, error: type[Exception]
) -> None:
    """The other product is down, and consents are told nowhere without a word.

    The member was made by then, so that a plain "not now" would be untrue.
    """
    base = await open_double({"smart": {**SMART, **own}})
    if fault is not None:
        await base.faults({"kind": "status", "path": "/sc/customer/", **fault})
    (outcome,) = await base.write(Kind.CUSTOMER, base.change(Kind.CUSTOMER, Copy(KEY), IVAN))

    assert failures([outcome]) == [error.__name__]
    assert "79161234567" not in str(outcome.error)
