"""Promo codes: issued once per key, whatever breaks, and each refusal told by its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from connectors.bitrix.coupons import MOST_CODES, PromoIssue
from gateway.contract import (
    AuthRejected,
    Blame,
    Capability,
    ConnectorError,
    Disposition,
    Operation,
    OutcomeUnknown,
    Rejected,
    TranslationFailed,
    Unavailable,
    Unsupported,
)
from gateway.contract.operations import PROMO_ISSUE
from tests.connectors.bitrix.test_client import client_with, ok
from tests.connectors.bitrix.world import World

KEY = "pool-7:0001"
CODES = ("SPRING-AB12CD", "ВЕСНА-ЁЖ", "SPRING-AB12CE")


def pool(*codes: str, **more: Any) -> dict[str, Any]:
    """Return a payload."""
    return {"codes": list(codes or CODES), "discount_id": 15, "type": "order", **more}


def performer(world: World) -> PromoIssue:
    """Return the performer as the core finds it."""
    found = world.connector.operations[PROMO_ISSUE]
    assert isinstance(found, PromoIssue)
    return found


async def issue(world: World, payload: Mapping[str, Any], key: str = KEY) -> Mapping[str, Any]:
    """Perform one operation."""
    return await performer(world).perform(Operation(key, PROMO_ISSUE, payload))


async def coupons(world: World) -> dict[str, dict[str, Any]]:
    """Return the shop's coupons by code."""
    answer = await world.shop.result("gateway.coupon.list", {"limit": 500})
    return {row["code"]: row for row in answer["items"]}


async def test_a_pool_becomes_coupons_with_all_that_was_asked(world: World) -> None:
    """A code would lack its end, its limit or its id in the loyalty system."""
    assert Capability.PROMO_POOL in world.connector.manifest.capabilities
    payload = pool(
        type="many", max_use=3, active_to="2030-04-01T00:00:00+03:00",
        external_ids=["mb-1", None, "mb-3"],
    )  # fmt: skip
    assert await issue(world, payload) == {"created": 3, "exists": 0, "refused": []}
    rows = await coupons(world)
    assert set(rows) == set(CODES)
    assert {row["discountId"] for row in rows.values()} == {15}
    assert {row["type"] for row in rows.values()} == {"many"}
    assert {row["maxUse"] for row in rows.values()} == {3}
    assert {row["activeTo"] for row in rows.values()} == {"2030-04-01T00:00:00+03:00"}
    assert [rows[code]["externalId"] for code in CODES] == ["mb-1", None, "mb-3"]


async def test_writes_carry_the_origin(world: World) -> None:
    """The shop's log would show our own codes as somebody else's change."""
    await issue(world, pool())
    seen = await world.shop.result("gateway.change.list", {"entities": ["coupon"]})
    assert {row["origin"] for row in seen["items"]} == {"gateway"}


async def test_codes_are_counted_and_refusals_told_by_place_only(world: World) -> None:
    """One bad code would hide its neighbours, or a code would stand in the journal."""
    await issue(world, pool("old-code"), "pool-6")
    result = await issue(world, pool("OLD-CODE", "NEW-CODE", "X" * 33))
    assert result == {
        "created": 1,
        "exists": 1,
        "refused": [{"index": 2, "error": "GW_ARGUMENT"}],
    }
    unknown_rule = await issue(world, pool("A-1", "A-2", discount_id=99), "pool-8")
    assert unknown_rule["refused"] == [
        {"index": 0, "error": "GW_NOT_FOUND"},
        {"index": 1, "error": "GW_NOT_FOUND"},
    ]
    assert set(await coupons(world)) == {"old-code", "NEW-CODE"}


async def test_the_shop_takes_five_hundred_codes_at_once(world: World) -> None:
    """The largest part that we promise would be refused by the shop."""
    codes = [f"C-{n:04}" for n in range(MOST_CODES)]
    assert (await issue(world, pool(*codes)))["created"] == MOST_CODES


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"codes": [f"C-{n}" for n in range(501)]}, "codes: submit them in parts of at most 500"),
        ({"codes": []}, "codes: "),
        ({"codes": 5}, "codes: "),
        ({"codes": ["SECRET-1", ""]}, "codes.1: "),
        ({"codes": ["SECRET-1", " SECRET-2"]}, "codes.1: "),
        ({"discount_id": 0}, "discount_id: "),
        ({"discount_id": "15"}, "discount_id: "),
        ({"type": "SECRET"}, "type: "),
        ({"active_to": "2030-04-01T00:00:00"}, "active_to: "),
        ({"active_to": 1_893_456_000}, "active_to: "),
        ({"max_use": -1}, "max_use: "),
        ({"external_ids": ["SECRET-3"]}, "external_ids must be as many"),
        ({"phone": "+79161234567"}, "phone: "),
    ],
)
async def test_a_wrong_payload_is_refused_before_it_is_sent(
    change: dict[str, Any], path: str
) -> None:
    """Half a pool would be issued, or the error would quote a code."""
    client, http = client_with()
    operation = Operation(KEY, PROMO_ISSUE, {**pool(), **change})
    with pytest.raises(Rejected) as refused:
        await PromoIssue(client, "gateway").perform(operation)
    text = str(refused.value)
    assert path in text
    assert "SECRET" not in text
    assert "9161234567" not in text
    assert http.sent == []


@pytest.mark.parametrize("key", ["", "k" * 65, "pool 7", "пул-7", "pool-7\n"])
async def test_a_key_that_the_shop_would_not_take_is_refused(key: str) -> None:
    """The shop's refusal would not say what is wrong with the key."""
    client, http = client_with()
    promo = PromoIssue(client, "gateway")
    with pytest.raises(Rejected, match="key: submit it under a key of 1 to 64"):
        await promo.perform(Operation(key, PROMO_ISSUE, pool()))
    assert await promo.find(key) is None
    assert http.sent == []


async def test_the_same_key_with_the_same_codes_issues_once(world: World) -> None:
    """A repeat would be counted as codes that somebody else has made."""
    first = await issue(world, pool())
    assert await issue(world, pool()) == first
    seen = await world.shop.result("gateway.change.list", {"entities": ["coupon"], "limit": 500})
    assert len(seen["items"]) == len(CODES)


async def test_a_key_used_for_other_codes_is_refused_for_good(world: World) -> None:
    """It would be repeated forever, or look as if the new codes were issued."""
    await issue(world, pool())
    with pytest.raises(Rejected, match="under a new key") as refused:
        await issue(world, pool("OTHER"))
    assert refused.value.vendor_code == "GW_KEY_REUSED"
    assert set(await coupons(world)) == set(CODES)


async def test_find_tells_what_a_key_did(world: World) -> None:
    """After a cut the issue would be held or repeated although it is known."""
    assert await performer(world).find(KEY) is None
    result = await issue(world, pool(*CODES, "X" * 33))
    assert await performer(world).find(KEY) == result


async def test_find_does_not_take_another_call_for_ours(world: World) -> None:
    """A key spent on a user would count as codes that were issued."""
    fields = {"name": "Алёна", "phone": "+79161234567"}
    await world.shop.result("gateway.user.add", {"idempotencyKey": KEY, "fields": fields})
    with pytest.raises(Rejected, match="under a new key"):
        await performer(world).find(KEY)


async def test_a_call_without_an_answer_has_an_unknown_outcome(world: World) -> None:
    """The core would repeat it without asking, or give it up."""
    for kind in ("cut_after", "cut_before"):
        await world.fault({"kind": kind, "path": "coupon.add", "times": 1})
        with pytest.raises(OutcomeUnknown):
            await issue(world, pool(), f"pool-{kind}")
    await world.fault({"kind": "cut_after", "path": "operation.get", "times": 1})
    with pytest.raises(Unavailable):
        await performer(world).find(KEY)


async def test_an_absent_extension_parks_the_account(world: World) -> None:
    """Pools would die one by one while the module is being reinstalled."""
    await world.shop.door("settings", {"extension_installed": False})
    with pytest.raises(AuthRejected):
        await issue(world, pool())
    with pytest.raises(AuthRejected):
        await performer(world).find(KEY)


def refusal(code: str, status: int) -> httpx.Response:
    """Return a refusal of the extension."""
    return httpx.Response(status, json={"error": code, "error_description": "SECRET"})


def scripted(*answers: httpx.Response) -> PromoIssue:
    """Return a performer over scripted answers."""
    client, _ = client_with(*answers)
    return PromoIssue(client, "gateway")


@pytest.mark.parametrize(
    ("answer", "kind", "what"),
    [
        (refusal("GW_IN_PROGRESS", 409), Unavailable, Disposition.RETRY),
        (refusal("GW_INTERNAL", 500), Unavailable, Disposition.RETRY),
        (refusal("GW_ARGUMENT", 400), Rejected, Disposition.DEAD_LETTER),
        (refusal("INTERNAL_SERVER_ERROR", 500), OutcomeUnknown, Disposition.RECONCILE),
        (httpx.Response(502, text="<html>"), OutcomeUnknown, Disposition.RECONCILE),
        (ok({"items": []}), OutcomeUnknown, Disposition.RECONCILE),
        (ok({"items": [{"index": 0, "status": "SECRET"}]}), OutcomeUnknown, Disposition.RECONCILE),
        (ok([]), OutcomeUnknown, Disposition.RECONCILE),
    ],
)
async def test_every_answer_says_what_to_do_next(
    answer: httpx.Response, kind: type[ConnectorError], what: Disposition
) -> None:
    """A running call would be given up, or one that may have happened taken for refused."""
    with pytest.raises(kind) as raised:
        await scripted(answer).perform(Operation(KEY, PROMO_ISSUE, pool("A")))
    assert raised.value.disposition is what
    assert "SECRET" not in str(raised.value)


async def test_a_feature_that_is_off_does_not_park_the_whole_account() -> None:
    """Orders and customers would stop because nobody switched coupons on."""
    answers = (refusal("ERROR_METHOD_NOT_FOUND", 404), ok({"features": ["user", "change"]}))
    with pytest.raises(Unsupported, match="feature coupon is switched off") as raised:
        await scripted(*answers).perform(Operation(KEY, PROMO_ISSUE, pool("A")))
    assert raised.value.blame is Blame.OPERATOR
    answers = (refusal("ERROR_METHOD_NOT_FOUND", 404), refusal("ERROR_METHOD_NOT_FOUND", 404))
    with pytest.raises(AuthRejected):
        await scripted(*answers).perform(Operation(KEY, PROMO_ISSUE, pool("A")))


async def test_a_refused_code_s_error_is_a_code_or_nothing() -> None:
    """A shop that answers in prose could quote the promo code into the journal."""
    items = [{"index": 0, "status": "error", "error": "Код SECRET уже есть"}]
    result = await scripted(ok({"items": items})).perform(Operation(KEY, PROMO_ISSUE, pool("A")))
    assert result["refused"] == [{"index": 0, "error": "unreadable"}]


async def test_a_stored_answer_that_cannot_be_read_names_its_place() -> None:
    """It would be asked for again and again without anybody knowing why."""
    stored = {"method": "gateway.coupon.add", "at": "2026-03-03T12:00:00+03:00"}
    with pytest.raises(TranslationFailed) as failed:
        await scripted(ok({**stored, "result": {"items": [{"index": 0}]}})).find(KEY)
    assert failed.value.path == "result.items.0.status"
