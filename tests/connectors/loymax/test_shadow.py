"""Shadow: the new version is compared while the old one works, and can do no harm."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.loymax import CONNECTOR
from connectors.loymax.config import LoymaxSettings
from connectors.loymax.shadow import differences
from gateway.canonical import Kind, OrderStatus
from gateway.contract import Operation
from tests.connectors.bench import Bench, Copy

from .conftest import Open
from .world import ANNA, IVAN, KEY, balance, journal, loyalty, order, own_settings, sale

SHADOW = {"version": "legacy", "shadow": True}


@pytest.fixture
async def both(open_double: Open) -> Bench:
    """A double with both versions, and a connector that compares them."""
    return await open_double(SHADOW)


async def work(base: Bench) -> None:
    """Do a bit of everything."""
    copy = Copy(KEY)
    await base.tell(Kind.CUSTOMER, copy, IVAN)
    await base.look(Kind.CUSTOMER, ANNA)
    buyer = {"customer_external_id": ANNA}
    await base.tell(Kind.ORDER, Copy("o-1"), order(OrderStatus.COMPLETE), **buyer)
    payload = {**buyer, "kind": "accrue", "points": "5"}
    await base.connector.operations["bonus.post"].perform(Operation("b-1", "bonus.post", payload))
    await loyalty(base).history(ANNA, cursor=None, limit=10)
    await base.walk(Kind.CUSTOMER, (await base.walk(Kind.CUSTOMER, None))[1])


async def test_only_the_old_version_writes(both: Bench) -> None:
    """A trial of the new version registers or pays a second time."""
    await work(both)
    rows = [one for one in await journal(both) if one["op"].startswith("systemapi")]
    new = [one for one in rows if "v1.2" in one["op"]]

    assert new
    assert {one["method"] for one in new} == {"GET"}
    assert {one["effect"] for one in new} == {"none"}
    assert await balance(both) == (468, 0)


async def test_versions_that_agree_are_not_remarked(both: Bench) -> None:
    """Fields that the new version adds by its own account fill the journal."""
    await work(both)

    assert both.remarks == []


async def test_every_read_is_made_twice(both: Bench) -> None:
    """A read that was not compared breaks on the day of the switch."""
    await work(both)
    reads = [one["op"] for one in await journal(both) if one["method"] == "GET"]
    old = sorted(op.partition("/api/")[2].lower() for op in reads if "/api/" in op)
    new = sorted(op.partition("/v1.2/")[2].lower() for op in reads if "systemapi/v1.2/" in op)
    renamed = {"users/{id}/requiredactions": "users/{id}/registrationactions",
               "cards": "cards/bycardnumber"}  # fmt: skip

    assert sorted(renamed.get(op, op) for op in old) == new


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"kind": "status", "status": 500}, id="fails"),
        pytest.param({"kind": "status", "status": 401}, id="refuses the token"),
        pytest.param({"kind": "status", "status": 404}, id="is not there"),
        pytest.param({"kind": "cut_before"}, id="breaks off"),
        pytest.param({"kind": "status", "status": 200, "body": "<html>"}, id="is no JSON"),
        pytest.param({"kind": "status", "status": 200, "body": "[]"}, id="is another JSON"),
    ],
)
async def test_new_version_that_fails_does_no_harm(both: Bench, fault: dict[str, Any]) -> None:
    """The old version stands still, because the new one is being installed."""
    await both.faults({"path": "^/systemapi/v1.2/", **fault})
    await work(both)

    assert await balance(both) == (468, 0)
    assert {event for event, _ in both.remarks} == {"shadow_failed"}


async def test_difference_is_told_as_paths_without_values(open_double: Open) -> None:
    """The journal of differences holds phones and balances."""
    base = await open_double(SHADOW)
    body = (
        '{"data": [{"id": 5012, "phone": {"currentValue": "79000009999"}}],'
        ' "result": {"state": "Success"}}'
    )
    await base.faults(
        {"kind": "status", "status": 200, "body": body, "path": "^/systemapi/v1.2/users$"}
    )
    await loyalty(base).quote(sale())
    await base.connector.probe()

    ((event, detail),) = base.remarks
    assert event == "shadow_differs"
    assert detail["operation"] == "users/phone"
    assert "79000009999" not in str(base.remarks)


def test_only_the_old_version_has_a_shadow() -> None:
    """A shadow of the new version by itself compares nothing and looks well."""
    with pytest.raises(ValidationError, match="shadow"):
        LoymaxSettings.model_validate(own_settings("http://x.test", shadow=True))
    assert CONNECTOR.manifest.key == "loymax"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param({"a": 100.0}, {"a": 100}, id="decimals"),
        pytest.param({"a": "2025-03-11T09:20:00Z"}, {"a": "2025-03-11T09:20:00"}, id="zone"),
        pytest.param(
            {"a": "2025-03-11T09:20:00Z"}, {"a": "2025-03-11T12:20:00.000+03:00"}, id="offset"
        ),
        pytest.param({"a": None}, {}, id="null and absent"),
        pytest.param(None, {}, id="empty data"),
        pytest.param([{"id": 2}, {"id": 1}], [{"id": 1}, {"id": 2}], id="order by id"),
        pytest.param(
            [{"currency": {"id": 2}}, {"currency": {"id": 1}}],
            [{"currency": {"id": 1}}, {"currency": {"id": 2}}],
            id="order by currency",
        ),
        pytest.param({"a": 1}, {"a": 1, "historyVersion": "V2", "userUid": "x"}, id="newer fields"),
    ],
)
def test_what_may_differ_is_no_difference(one: Any, other: Any) -> None:  # noqa: ANN401
    """A hundred differences that are none hide the one that counts."""
    assert differences(one, other) == []


@pytest.mark.parametrize(
    ("one", "other", "paths"),
    [
        pytest.param({"balance": 1}, {"balance": 2}, ["balance"], id="sum"),
        pytest.param({"a": {"state": "x"}}, {"a": {"state": "y"}}, ["a/state"], id="state"),
        pytest.param([1, 2], [1], ["#"], id="length"),
        pytest.param([{"id": 1, "block": True}], [{"id": 1}], ["/0/block"], id="flag"),
    ],
)
def test_what_differs_is_named(one: Any, other: Any, paths: list[str]) -> None:  # noqa: ANN401
    """The switch is made, and then a sum is another."""
    assert differences(one, other) == paths


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.sampled_from(["", "ё", "2025-01-01T"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=8,
)


@given(_JSON)
def test_answer_never_differs_from_itself(value: Any) -> None:  # noqa: ANN401
    """A comparison that invents differences is switched off by its readers."""
    assert differences(value, value) == []
