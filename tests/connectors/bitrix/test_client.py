"""The client: the form of what is sent, and what each answer means."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from connectors.bitrix.batch import Answer, Command, Ref
from connectors.bitrix.client import BitrixClient
from connectors.bitrix.errors import TABLE, Refusal, VendorRefused, error_for
from gateway.contract import (
    AuthRejected,
    ConnectorError,
    Missing,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    StaleWrite,
    Unavailable,
)
from gateway.contract.encoding import json_body
from tests.connectors.bitrix.world import StillClock


@dataclass
class Scripted:
    """An HTTP client that answers from a list and keeps what was sent."""

    answers: list[httpx.Response]
    sent: list[tuple[str, Any]] = field(default_factory=list)

    async def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Answer with the next response."""
        assert method == "POST"
        self.sent.append((path, json.loads(json_body(options["json"]))))
        return self.answers.pop(0)

    async def close(self) -> None:
        """Do nothing."""


def client_with(*answers: httpx.Response) -> tuple[BitrixClient, Scripted]:
    """Return a client and the script behind it."""
    http = Scripted(list(answers))
    return BitrixClient(http, StillClock()), http


def ok(result: object, **beside: object) -> httpx.Response:
    """Return a success envelope."""
    return httpx.Response(200, json={"result": result, **beside})


def batch_ok(result: object, errors: object = ()) -> httpx.Response:
    """Return a batch's envelope; empty maps are lists there."""
    parts = {"result": result or [], "result_error": errors or [], "result_time": []}
    return ok(parts)


async def test_a_batch_is_encoded_as_the_vendor_reads_it() -> None:
    """A plus, a nested row or a Cyrillic name would arrive as something else."""
    client, http = client_with(batch_ok({"c0": {"order": {"id": 51}}, "c1": True}))
    add = Command("sale.order.add", {"fields": {"lid": "s1", "xmlId": "o-1"}})
    item = Command(
        "sale.basketitem.add",
        {
            "fields": {
                "orderId": Ref(add, ("order", "id")),
                "name": "Ёлка & +1",
                "price": Decimal("640.50"),
                "props": [{"id": 1}, {"id": 2}],
            }
        },
    )
    await client.run([add, item], repeatable=False)
    path, body = http.sent[0]
    assert (path, body["halt"]) == ("batch", 0)
    method, _, query = body["cmd"]["c1"].partition("?")
    assert method == "sale.basketitem.add"
    assert " " not in query
    assert dict(parse_qsl(query)) == {
        "fields[orderId]": "$result[c0][order][id]",
        "fields[name]": "Ёлка & +1",
        "fields[price]": "640.50",
        "fields[props][0][id]": "1",
        "fields[props][1][id]": "2",
    }


async def test_more_than_fifty_commands_make_several_batches_with_references() -> None:
    """The 51st command would be refused, or would refer to a batch that is over."""
    first = {f"c{n}": {"order": {"id": 100 + n}} for n in range(50)}
    client, http = client_with(batch_ok(first), batch_ok({"c0": True, "c1": True}))
    adds = [Command("sale.order.add", {"n": n}) for n in range(50)]
    more = [Command("sale.payment.add", {"orderId": Ref(adds[n], ("order", "id"))}) for n in (3, 4)]
    results = await client.run([*adds, *more], repeatable=False)
    assert len(results) == 52
    assert http.sent[1][1]["cmd"] == {
        "c0": "sale.payment.add?orderId=103",
        "c1": "sale.payment.add?orderId=104",
    }


@pytest.mark.parametrize("value", [None, [], "см. $result[c0][user][phone]"])
async def test_what_a_query_cannot_carry_travels_alone(value: object) -> None:
    """A cleared field would be dropped, or a text would read another customer's data."""
    client, http = client_with(ok({"id": 1}), ok({"id": 2}))
    commands = [Command("a.get", {"id": 1}), Command("a.update", {"fields": {"x": value}})]
    results = await client.run(commands, repeatable=False)
    assert [path for path, _ in http.sent] == ["a.get", "a.update"]
    assert http.sent[1][1] == {"fields": {"x": value}}
    assert all(isinstance(result, Answer) for result in results)


async def test_a_refused_command_does_not_hide_its_neighbours() -> None:
    """One bad record would fail the forty-nine beside it."""
    errors = {"c1": {"error": "200540400001", "error_description": "order is not exists"}}
    client, _ = client_with(batch_ok({"c0": 1, "c2": 3}, errors))
    results = await client.run([Command("x", {"n": n}) for n in range(3)], repeatable=True)
    assert isinstance(results[1], VendorRefused)
    with pytest.raises(Missing):
        client.value(results[1])
    assert [client.value(results[n]) for n in (0, 2)] == [1, 3]


async def test_what_was_done_before_a_later_call_failed_is_told() -> None:
    """Orders of the first batch would be made again because the second one failed."""
    first = {f"c{n}": True for n in range(50)}
    client, _ = client_with(batch_ok(first), httpx.Response(502, text="<html>Bad gateway</html>"))
    results = await client.run([Command("x", {"n": n}) for n in range(52)], repeatable=False)
    assert isinstance(results[49], Answer)
    assert isinstance(results[51], OutcomeUnknown)


async def test_dependents_of_a_refused_command_are_not_sent_later() -> None:
    """A row would be added to no order, or to another one."""
    errors = {"c0": {"error": "0"}}
    client, http = client_with(batch_ok({f"c{n}": 1 for n in range(1, 50)}, errors), batch_ok({}))
    bad = Command("sale.order.add", {"n": 0})
    rest = [Command("x", {"n": n}) for n in range(1, 50)]
    late = [Command("sale.payment.add", {"orderId": Ref(bad, ("order", "id"))})]
    results = await client.run([bad, *rest, *late], repeatable=False)
    assert isinstance(results[50], VendorRefused)
    assert len(http.sent) == 1


async def test_numbers_are_read_exactly() -> None:
    """A price would come through a float and change by a kopeck."""
    client, _ = client_with(httpx.Response(200, text='{"result": {"sum": 0.1, "n": 3}}'))
    assert await client.call("x") == {"sum": Decimal("0.1"), "n": 3}


async def test_an_error_with_status_200_is_an_error() -> None:
    """A refusal would be read as an empty success."""
    client, _ = client_with(httpx.Response(200, json={"error": "ACCESS_DENIED"}))
    with pytest.raises(AuthRejected):
        await client.call("x")


@pytest.mark.parametrize(
    ("status", "repeatable", "expected"),
    [
        (200, False, OutcomeUnknown),
        (200, True, Unavailable),
        (502, False, OutcomeUnknown),
        (502, True, Unavailable),
        (503, False, RateLimited),
        (302, True, AuthRejected),
    ],
)
async def test_answers_that_are_not_json(
    status: int, *, repeatable: bool, expected: type[ConnectorError]
) -> None:
    """A maintenance page would be a success, or a write of unknown outcome would be repeated."""
    page = httpx.Response(status, text="<html>Технические работы</html>", headers={"Location": "/"})
    client, _ = client_with(page)
    with pytest.raises(expected):
        await client.call("x", repeatable=repeatable)


async def test_a_spent_operating_time_rests_until_it_is_freed() -> None:
    """The method would be called every second for ten minutes and stay blocked."""
    clock = StillClock()
    freed = int(clock.now().timestamp()) + 240
    spent = httpx.Response(429, json={"error": "OPERATION_TIME_LIMIT"})
    client, _ = client_with(ok(1, time={"operating_reset_at": freed}), spent)
    await client.call("sale.order.list")
    with pytest.raises(RateLimited) as limited:
        await client.call("sale.order.list")
    assert limited.value.retry_after_s == 240


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("QUERY_LIMIT_EXCEEDED", RateLimited),
        ("INVALID_CREDENTIALS", AuthRejected),
        ("insufficient_scope", AuthRejected),
        ("ERROR_METHOD_NOT_FOUND", AuthRejected),
        ("200540400001", Missing),
        ("0", Rejected),
        ("GW_VERSION", StaleWrite),
        ("GW_IN_PROGRESS", Unavailable),
        ("INTERNAL_SERVER_ERROR", OutcomeUnknown),
        ("SOMETHING_NEW", Rejected),
    ],
)
def test_codes_decide_in_any_case(code: str, expected: type[ConnectorError]) -> None:
    """The vendor spells codes in both cases and changes their statuses between versions."""
    for spelling in (code.lower(), code.upper()):
        refusal = Refusal(spelling.lower(), {}, 400)
        error = error_for(refusal, operation="x", repeatable=False)
        assert type(error) is expected


def test_every_row_of_the_table_makes_an_error_without_the_vendors_words() -> None:
    """A row that cannot be raised, or one that repeats what was sent, would show too late."""
    for code in TABLE:
        extra = {"argument": "fields.phone", "field": "phone", "ids": [7]}
        error = error_for(Refusal(code, extra, 400), operation="x", repeatable=True)
        assert isinstance(error, ConnectorError)
        assert error.vendor_code == code.upper()
        assert (error.retry_after_s is not None) == isinstance(error, RateLimited)
