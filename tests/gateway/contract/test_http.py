"""Requests and answers of the HTTP client, with respx mounted as its transport."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import httpx
import pytest
import respx

from gateway.contract import ConfigInvalid, Rejected
from gateway.contract.http import TransportClient, build_client
from tests.gateway.contract.fakes import FakeBudget, FakeClock, FakeLog

BASE = "https://shop.example.ru/rest/1/s3cr3t"


class Bench:
    """A client over respx, and everything that it was given."""

    def __init__(self, *, headers: Mapping[str, str] | None = None) -> None:
        self.router = respx.Router(assert_all_called=False)
        self.budget = FakeBudget()
        self.log = FakeLog()
        self.calls: list[tuple[str, str, int | None]] = []
        self.clock = FakeClock()
        self.client: TransportClient = build_client(
            f"{BASE}/",
            account="shop",
            budget=self.budget,
            clock=self.clock,
            log=self.log,
            headers=headers,
            transport=httpx.MockTransport(self.router.async_handler),
            on_call=self.on_call,
        )

    def on_call(self, *, account: str, operation: str, status: int | None, seconds: float) -> None:
        """Keep what metrics would count."""
        assert seconds >= 0
        self.calls.append((account, operation, status))

    async def sent(
        self, method: str = "POST", path: str = "crm.add", **what: object
    ) -> httpx.Request:
        """Make one call and return the request that the vendor would see."""
        route = self.router.route().respond(200)
        await self.client.call(method, path, operation="crm.add", repeatable=True, **what)  # type: ignore[arg-type]
        request: httpx.Request = route.calls.last.request
        return request


async def test_a_form_keeps_the_order_of_its_pairs_and_escapes_them() -> None:
    """Nested forms of PHP vendors are read in order; a plus in a phone would become a space."""
    request = await Bench().sent(
        form=[("fields[PHONE][0][VALUE]", "+79161234567"), ("fields[NAME]", "Алёна"), ("a", "1 2")]
    )
    assert request.content == (
        b"fields%5BPHONE%5D%5B0%5D%5BVALUE%5D=%2B79161234567"
        b"&fields%5BNAME%5D=%D0%90%D0%BB%D1%91%D0%BD%D0%B0&a=1+2"
    )
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert request.headers["Content-Length"] == str(len(request.content))


async def test_query_pairs_are_percent_encoded_in_order() -> None:
    """A plus would arrive as a space, and a space as a plus where the vendor does not expect it."""
    request = await Bench().sent("GET", query=[("filter[>ID]", "+7 9"), ("b", "ё"), ("a", "1")])
    assert request.url.raw_path == (
        b"/rest/1/s3cr3t/crm.add?filter%5B%3EID%5D=%2B7%209&b=%D1%91&a=1"
    )


@pytest.mark.parametrize(
    ("value", "digits"),
    [
        pytest.param(Decimal("12.50"), b"12.50", id="kopecks keep their zero"),
        pytest.param(Decimal("0.1"), b"0.1", id="no binary tail"),
        pytest.param(Decimal("1E+3"), b"1000", id="no exponent"),
        pytest.param(Decimal("-0.0001"), b"-0.0001", id="small and negative"),
        pytest.param(Decimal("12345678901234567890.12"), b"12345678901234567890.12", id="long"),
    ],
)
async def test_a_decimal_is_a_json_number_with_exactly_its_digits(
    value: Decimal, digits: bytes
) -> None:
    """Money that passes through a float arrives a kopeck short, or as text that is refused."""
    request = await Bench().sent(json={"sum": value, "имя": "Ё"})
    assert request.content == b'{"sum":' + digits + ',"имя":"Ё"}'.encode()
    assert request.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), {1, 2}, object()])
async def test_what_json_cannot_hold_is_refused_before_sending(value: object) -> None:
    """A null in place of a sum would be accepted by the vendor and lose money silently."""
    bench = Bench()
    with pytest.raises(TypeError):
        await bench.sent(json={"sum": value})
    assert bench.budget.acquired == 0


async def test_headers_of_account_and_call_are_merged_and_the_call_wins() -> None:
    """A call could not set its own content type, or would lose the account's key."""
    request = await Bench(headers={"X-Key": "k", "Accept": "a/b"}).sent(
        json={}, headers={"Accept": "c/d", "Content-Type": "x/json"}
    )
    wanted = {"X-Key": "k", "Accept": "c/d", "Content-Type": "x/json", "Host": "shop.example.ru"}
    assert {name: request.headers[name] for name in wanted} == wanted


@pytest.mark.parametrize("value", ["s3cr3t\r\nX-Other: 1", "s3cr3t\0", "s3cr3t-Ё"])
async def test_a_header_that_cannot_be_sent_is_refused_without_its_value(value: str) -> None:
    """An id with a line break would smuggle in headers, or the error would quote a key."""
    bench = Bench(headers={"X-Key": "k"})
    with pytest.raises(Rejected) as caught:
        await bench.sent(headers={"Idempotency-Key": value})
    assert "s3cr3t" not in str(caught.value) + repr(caught.value)
    assert (bench.budget.acquired, bench.router.calls.call_count) == (0, 0)


@pytest.mark.parametrize(
    "bodies",
    [
        pytest.param({"form": [], "json": {}}, id="form and JSON"),
        pytest.param({"form": [], "content": b""}, id="form and content"),
        pytest.param({"json": {}, "content": b""}, id="JSON and content"),
    ],
)
async def test_two_bodies_are_refused(bodies: Mapping[str, Any]) -> None:
    """One of two bodies would be dropped without a word."""
    with pytest.raises(ValueError, match="give one of them"):
        await Bench().sent(**bodies)


async def test_content_goes_as_it_is() -> None:
    """An XML document in windows-1251 would be sent in another encoding than it says."""
    text = "<Имя>Ёж</Имя>".encode("windows-1251")

    request = await Bench().sent(content=text, headers={"Content-Type": "text/xml"})

    assert request.content == text
    assert request.headers["Content-Type"] == "text/xml"


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        pytest.param("/crm.add", b"/rest/1/s3cr3t/crm.add", id="leading slash"),
        pytest.param("a/б?c#d", b"/rest/1/s3cr3t/a/%D0%B1%3Fc%23d", id="no query smuggled in"),
        pytest.param("a%2Fb", b"/rest/1/s3cr3t/a%2Fb", id="encoded stays encoded"),
        pytest.param("", b"/rest/1/s3cr3t", id="the base itself"),
    ],
)
async def test_a_path_is_joined_below_the_base(path: str, sent: bytes) -> None:
    """An id with a question mark in it would call something else with parameters of its choice."""
    assert (await Bench().sent(path=path)).url.raw_path == sent


@pytest.mark.parametrize("path", ["../admin", "a/../../b", "a/%2e%2e/b", "..", "a/..\\b", "./a"])
async def test_a_path_that_climbs_out_is_refused(path: str) -> None:
    """An external id made by a stranger would reach any other call of the vendor."""
    bench = Bench()
    with pytest.raises(Rejected):
        await bench.sent(path=path)
    assert bench.budget.acquired == 0


@pytest.mark.parametrize(
    "base",
    [
        "ftp://example.ru/s3cr3t",
        "s3cr3t",
        "https:///s3cr3t",
        "http://[s3cr3t",
        "https://a.ru/?s3cr3t",
        "https://u:s3cr3t@example.ru/",
    ],
)
def test_a_base_that_is_no_plain_address_is_refused_at_start(base: str) -> None:
    """A wrong address would be found at the first delivery, or the error would quote it."""
    with pytest.raises(ConfigInvalid) as caught:
        build_client(base, account="shop", budget=FakeBudget(), clock=FakeClock(), log=FakeLog())
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize("status", [200, 302, 400, 404, 429, 500, 503])
async def test_every_status_is_returned_with_its_body(status: int) -> None:
    """The vendor's own code stands in the body of a refusal; raising would lose it."""
    bench = Bench()
    bench.router.route().respond(status, json={"error": "QUERY_LIMIT_EXCEEDED"})
    answer = await bench.client.call("GET", "x", operation="x", repeatable=True)
    assert (answer.status_code, answer.json()) == (status, {"error": "QUERY_LIMIT_EXCEEDED"})
    assert bench.calls == [("shop", "x", status)]


@pytest.mark.parametrize("charset", ["utf-8", "windows-1251"])
async def test_text_is_decoded_by_the_charset_that_the_vendor_names(charset: str) -> None:
    """Cyrillic answers of older vendors would come out as question marks."""
    bench = Bench()
    body = gzip.compress("Принято, Алёна".encode(charset))
    headers = {"Content-Type": f"text/plain; charset={charset}", "Content-Encoding": "gzip"}
    bench.router.route().respond(200, content=body, headers=headers)
    answer = await bench.client.call("GET", "x", operation="x", repeatable=True)
    assert answer.text == "Принято, Алёна"


@pytest.mark.parametrize(
    ("status", "retry_after", "rests"),
    [
        pytest.param(429, "7", [7.0], id="as asked"),
        pytest.param(503, "7", [7.0], id="503 that names a time is a limit"),
        pytest.param(429, None, [1.0], id="a limit without a time rests a little"),
        pytest.param(503, None, [], id="an outage is the circuit's business"),
        pytest.param(429, "86400", [60.0], id="a day would hold tasks, not deliveries"),
        pytest.param(429, "Wed, 25 Nov 2026 12:00:05 GMT", [5.0], id="a date"),
        pytest.param(200, "7", [], id="no limit, no rest"),
    ],
)
async def test_the_budget_rests_as_the_vendor_asks(
    status: int, retry_after: str | None, rests: list[float]
) -> None:
    """Calls that go on after "not now" get an account blocked."""
    bench = Bench()
    headers = {"Retry-After": retry_after} if retry_after else {}
    bench.router.route().respond(status, headers=headers)
    await bench.client.call("GET", "x", operation="x", repeatable=True)
    assert bench.budget.rests == rests


async def test_each_call_takes_one_from_the_budget_before_it_leaves() -> None:
    """A call beside the budget breaks the vendor's limit for all users of the key."""
    bench = Bench()
    seen: list[int] = []

    def answer(_: httpx.Request) -> httpx.Response:
        seen.append(bench.budget.acquired)
        return httpx.Response(200)

    bench.router.route().mock(side_effect=answer)
    for _ in range(2):
        await bench.client.call("GET", "x", operation="x", repeatable=True)
    assert seen == [1, 2]


async def test_a_logged_call_has_sizes_and_no_content() -> None:
    """Logs that quote path, query or body hold the account's secret and the customer's phone."""
    bench = Bench()
    bench.router.route().respond(200, text="Алёна")
    await bench.client.call(
        "POST",
        "crm.add",
        operation="crm.add",
        repeatable=False,
        query=[("token", "s3cr3t")],
        form=[("phone", "89161234567")],
    )
    assert bench.log.lines == [
        (
            "vendor.called",
            {
                "operation": "crm.add",
                "status": 200,
                "duration_ms": 0.0,
                "sent_bytes": 17,
                "received_bytes": 10,
            },
        )
    ]
