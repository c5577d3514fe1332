"""Smart Communications: the other product is told what a member allows, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.canonical import Consent, Kind
from gateway.contract import AuthRejected, OutcomeUnknown, Rejected
from tests.connectors.bench import Bench, Copy, failures

from .conftest import Open
from .world import IVAN, KEY

SMART = {"username": "sc-user", "password": "sc-secret"}


@pytest.fixture
async def smart(open_double: Open) -> Bench:
    """A connector that tells the other product too."""
    return await open_double({"smart": SMART})


async def channels(base: Bench, person_id: str) -> dict[str, int]:
    """Return what the other product holds of a member."""
    body = {"data": {"attributes": SMART}}
    token = (await base.door.post("/sc/token", json=body)).json()["data"]["attributes"]
    headers = {"Authorization": f"Bearer {token['accessToken']}"}
    answer = await base.door.get(f"/sc/customer/{person_id}/channel", headers=headers)
    rows = [row["attributes"] for row in answer.json()["data"]]
    return {row["type"]: row["value"] for row in rows}


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
    consents = {"mailing:email": {}, "mailing:viber": {"channel": "viber"}}
    base = await open_double({"smart": SMART, "consents": consents})
    told = (
        Consent(id="mailing:email", granted=True),
        Consent(id="mailing:viber", granted=True),
    )
    copy = Copy(KEY)
    await base.tell(Kind.CUSTOMER, copy, IVAN.model_copy(update={"consents": told}))

    assert (await channels(base, copy.external_id or ""))["email"] == 1


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
