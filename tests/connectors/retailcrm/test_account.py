"""The account: probe, custom fields, settings, limits and secrets."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.retailcrm import CONNECTOR
from connectors.retailcrm.codes import CodeMap
from connectors.retailcrm.config import RetailCrmSettings
from gateway.canonical import Kind
from gateway.contract import AuthRejected, Failed, RateLimited, Written
from mocks.retailcrm.settings import ALL_SCOPES, ApiKey

from .conftest import KEY, Bench, Copy, OpenBench, failures, own_settings
from .samples import CUSTOMER_KEY, customer


async def test_a_sound_account_passes_the_probe(bench: Bench) -> None:
    """A probe that complains about a good account would keep it from starting."""
    report = await bench.connector.probe()
    assert report.ok
    assert report.notes == ()
    assert report.facts == {"site": "shop-ru", "time_zone": "Europe/Moscow"}


@pytest.mark.parametrize(
    ("own", "word"),
    [
        ({"time_zone": "Asia/Omsk"}, "time_zone"),
        ({"currency": "KZT"}, "currency"),
        ({"preferred_statuses": {"new": "brand-new"}}, "brand-new"),
        ({"fallback_payment_type": "barter"}, "barter"),
        ({"delivery_types": {"drone": "drone"}}, "drone"),
    ],
)
async def test_the_probe_names_what_does_not_fit(
    open_bench: OpenBench, own: dict[str, Any], word: str
) -> None:
    """A wrong time zone or code would show as wrong data weeks later."""
    bench = await open_bench(own)
    report = await bench.connector.probe()
    assert not report.ok
    assert word in report.notes[0]


async def test_the_probe_names_missing_rights(open_bench: OpenBench) -> None:
    """A key without a right would fail at the first order instead of at start."""
    scopes = frozenset(ALL_SCOPES) - {"order_write"}
    bench = await open_bench(
        prepare=False, keys=(ApiKey("gateway", KEY, scopes=scopes, sites=("shop-ru",)),)
    )
    report = await bench.connector.probe()
    assert (report.ok, report.notes) == (False, ("api_key: give it the rights order_write",))


async def test_the_probe_changes_nothing(open_bench: OpenBench) -> None:
    """A check of the configuration must be safe at any time."""
    bench = await open_bench(prepare=False)
    report = await bench.connector.probe()
    assert report.notes == ("custom field card_number of order is absent and will be made",)
    assert {effect for _, effect in await bench.calls()} == {"none"}


async def test_custom_fields_are_made_once(open_bench: OpenBench) -> None:
    """An order with a promo code would be refused by an account without the field."""
    own = {
        "order_fields": {"edit_mark": "gw_mark"},
        "customer_attributes": {"store": "gw_store"},
    }
    bench = await open_bench(own, prepare=False)
    await bench.connector.prepare()
    await bench.connector.prepare()
    made = [op for op, effect in await bench.calls() if effect == "created"]
    assert made == ["custom-fields/{entity}/create"] * 3


async def test_a_wrong_key_parks_the_account(bench: Bench, open_bench: OpenBench) -> None:
    """A withdrawn key would be tried for ever, or count as each record's own fault."""
    other = await open_bench(prepare=False, keys=(ApiKey("other", "0ther"),))
    with pytest.raises(AuthRejected):
        await other.connector.probe()
    change = bench.change(Kind.CUSTOMER, Copy(CUSTOMER_KEY), customer())
    assert failures(await other.connector.writers[Kind.CUSTOMER].write([change])) == [
        "AuthRejected"
    ]


@pytest.mark.parametrize("answer", ["503_json", "503_html", "429_json"])
async def test_the_limit_is_an_error_that_waits(open_bench: OpenBench, answer: str) -> None:
    """A call over the limit would be taken for a refusal or for an unknown outcome."""
    bench = await open_bench(rate_limit_answer=answer, rate_limit=3, retry_after="2")
    writer = bench.connector.writers[Kind.ORDER]
    together = asyncio.gather(*(writer.find(["o-none00000001"]) for _ in range(5)))
    with pytest.raises(RateLimited) as caught:
        await together
    assert caught.value.retry_after_s == 2


async def test_a_batch_is_few_calls(bench: Bench) -> None:
    """Fifty new customers one by one would take five seconds of the account's budget."""
    changes = [
        bench.change(Kind.CUSTOMER, Copy(f"c-01jd7fhq3v9m{n:04}"), customer()) for n in range(50)
    ]
    before = len(await bench.calls())
    outcomes = await bench.connector.writers[Kind.CUSTOMER].write(changes)
    assert all(isinstance(one, Written) and one.created for one in outcomes)
    assert len(await bench.calls()) - before == 1
    edits = [
        replace(change, external_id=one.external_id, assign_key=True, changed=frozenset())
        for change, one in zip(changes, outcomes, strict=True)
        if isinstance(one, Written)
    ]
    assert not failures(await bench.connector.writers[Kind.CUSTOMER].write(edits))
    assert len(await bench.calls()) - before == 2


async def test_a_fault_of_one_edit_hides_no_other(bench: Bench) -> None:
    """One broken connection would count for the whole batch."""
    copies = [Copy(f"c-01jd7fhq3v9m000{n}") for n in range(3)]
    for copy in copies:
        await bench.tell(Kind.CUSTOMER, copy, customer())
    await bench.faults({"kind": "cut_after", "path": "/edit", "times": 1})
    changes = [bench.change(Kind.CUSTOMER, copy, customer(birth_date=None)) for copy in copies]
    outcomes = await bench.connector.writers[Kind.CUSTOMER].write(changes)
    assert failures(outcomes) == ["OutcomeUnknown"]
    assert sum(isinstance(one, Failed) for one in outcomes) == 1


async def test_nothing_personal_or_secret_is_logged(bench: Bench) -> None:
    """A log is read by many; names, phones and keys must not stand in it."""
    await bench.tell(Kind.CUSTOMER, Copy(CUSTOMER_KEY), customer())
    told = repr(bench.log.lines)
    assert "customers/upload" in told
    assert not any(word in told for word in ("Алёна", "7916", "alena", KEY, "2900000000017"))
    assert KEY not in repr(own_settings("http://127.0.0.1"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "ftp://crm.example"},
        {"url": "https://crm.example/api/v5"},
        {"time_zone": "Moscow"},
        {"statuses": {"new": "fresh"}},
        {"unknown": 1},
        {"timeout_s": 3},
        {"site": "shop ru"},
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, Any]) -> None:
    """A mistake in the configuration would be found out at the first message."""
    with pytest.raises(ValidationError):
        own_settings(**{"url": "https://crm.example", **wrong})


def test_a_code_map_keeps_what_is_finer() -> None:
    """A coarse meaning would replace the operator's finer choice."""
    codes = CodeMap({"a": "one", "b": "one", "c": "two"}, {"two": "d"})
    assert [codes.code(one) for one in ("one", "two", "three", None)] == ["a", "d", None, None]
    assert (codes.meaning("d"), codes.meaning("x")) == ("two", None)
    assert codes.reduced("one", "one") == "one"
    assert codes.reduced("three", "one") == "one"
    assert codes.reduced("two", "one") == "two"
    assert codes.with_groups({"x": "two", "a": "two"}).meaning("x") == "two"
    assert codes.with_groups({"x": "two", "a": "two"}).meaning("a") == "one"


def test_the_factory_names_its_settings() -> None:
    """The registry would read the account's part of the configuration with another model."""
    assert CONNECTOR.settings is RetailCrmSettings
    assert CONNECTOR.manifest.key == "retailcrm"
    assert CONNECTOR.manifest.probes == frozenset({Kind.CUSTOMER, Kind.ORDER})
