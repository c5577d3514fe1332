"""Telemetry: planted personal data never comes out."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from gateway.contract import GatewayError, Unavailable
from gateway.telemetry import (
    LogForm,
    adopt_stdlib,
    build_log,
    mask_email,
    mask_name,
    mask_phone,
    redacted,
)

PHONES = [
    "+79161234567",
    "79161234567",
    "89161234567",
    "9161234567",
    "8 (916) 123-45-67",
    "8(916)1234567",
    "+7 916 123 45 67",
    "+7 (916) 123-45-67",
    "8-916-123-45-67",
    "8.916.123.45.67",
    "8\u00a0916\u00a0123\u201145\u201167",
    "8 – 916 – 123 – 45 – 67",
    "8 (495) 123-45-67",
    "+375 29 123-45-67",
]
OTHERS = [
    "a.petrova+shop@example.ru",
    "Алёна.Ёлкина@почта.рф",
    "4276 3800 1234 5678",
    "4276-3800-1234-5678",
    "2200380012345678901",
    "4606224012345",
]
SECRETS = [
    "https://shop.bitrix24.ru/rest/1/a1b2c3d4e5f6/crm.contact.list?auth=zz",
    "https://user:s3cr3t@example.ru/",
    "/rest/1/a1b2c3d4e5f6/crm.contact.list",
    "apiKey=ab12cd34",
    "secret_key=Zz",
    "Authorization: Bearer ab12cd34",
]
TELLING_KEYS = [
    "phone",
    "clientPhone",
    "PHONE_MOBILE",
    "email",
    "firstName",
    "LAST_NAME",
    "name",
    "card_number",
    "access_token",
    "password",
    "client_secret",
    "Authorization",
    "api_key",
    "apiKey",
    "body",
    "base_url",
    "callbackURL",
    "ФИО",
    "Фамилия",
    "телефон",
    "address",
    "birthday",
    "payload",
]


def tail(planted: str) -> str:
    """Return a part of the planted value that must not survive."""
    for part in ("a1b2c3d4e5f6", "s3cr3t", "ab12cd34", "=Zz", "petrova", "лкина"):
        if part in planted:
            return part
    return planted[-5:]


@pytest.mark.parametrize("planted", PHONES + OTHERS + SECRETS)
@pytest.mark.parametrize(
    "wrap",
    [
        pytest.param(lambda v: v, id="alone"),
        pytest.param(lambda v: f"клиент {v}, заказ 12", id="in a sentence"),
        pytest.param(lambda v: {"a": [{"b": ("x", v)}]}, id="nested"),
        pytest.param(lambda v: {v: 1}, id="as a key"),
        pytest.param(lambda v: {"event": f"тел{v}"}, id="glued to a word"),
    ],
)
def test_what_looks_personal_or_secret_is_masked_anywhere(
    planted: str, wrap: Callable[[str], object]
) -> None:
    """One spelling of a phone that slips through fills the logs with it."""
    assert tail(planted) not in json.dumps(redacted(wrap(planted)), ensure_ascii=False)


@pytest.mark.parametrize("key", TELLING_KEYS)
def test_a_telling_key_hides_its_value_whatever_it_is(key: str) -> None:
    """Names have no pattern: only the key says what they are."""
    shown = redacted({"outer": [{key: "Алёна"}, {key: 7}, {key: ["Алёна"]}, {key: {"x": "Алёна"}}]})
    assert shown == {"outer": [{key: "***"}] * 4}


@pytest.mark.parametrize(
    "value",
    [
        {
            "operation": "crm.contact.add",
            "status": 200,
            "duration_ms": 12.5,
            "received_bytes": 1400,
        },
        {"correlation_id": "8c5f1f1e-7a37-4f4b-9c1e-891612345678", "account": "shop"},
        {"at": "2026-11-25T12:00:00.123456Z", "day": "2026-11-25"},
        {"content_type": "application/json", "operation_name": "x", "phone": None, "email": True},
        "order 12345: 1000.50 RUB, 3 lines",
        "sync.merged",
    ],
)
def test_what_an_operator_needs_stays(value: object) -> None:
    """Logs that hide ids, times and sums help nobody at night."""
    assert redacted(value) == value


@dataclass
class Customer:
    """An object whose text is personal."""

    name: str = "Алёна"


def test_values_become_plain_and_unknown_objects_their_type() -> None:
    """An object that prints itself would take its content into the log."""
    shown = redacted(
        [
            Customer(),
            b"\xff",
            Decimal("1.50"),
            datetime(2026, 1, 2, tzinfo=UTC),
            UUID(int=7),
            89161234567,
        ]
    )
    assert shown == [
        "<Customer>",
        "<bytes>",
        "1.50",
        "2026-01-02 00:00:00+00:00",
        "00000000-0000-0000-0000-000000000007",
        "***",
    ]


def test_endless_nesting_ends() -> None:
    """A value that holds itself would hang the process that logs it."""
    loop: list[object] = []
    loop.append(loop)
    assert "<list>" in json.dumps(redacted(loop))


@pytest.mark.parametrize(
    ("mask", "given", "wanted"),
    [
        (mask_phone, "8 (916) 123-45-67", "+7916***4567"),
        (mask_phone, "+79161234567", "+7916***4567"),
        (mask_phone, "9161234567", "+7916***4567"),
        (mask_phone, "12345", "***"),
        (mask_phone, None, "***"),
        (mask_email, "alyona@example.ru", "a***@example.ru"),
        (mask_email, "@example.ru", "***"),
        (mask_email, "нет", "***"),
        (mask_email, None, "***"),
        (mask_name, "Ёлкина Алёна", "Ё*** А***"),
        (mask_name, " ", "***"),
        (mask_name, None, "***"),
    ],
)
def test_displays_show_enough_to_recognise_and_no_more(
    mask: Callable[[str | None], str], given: str | None, wanted: str
) -> None:
    """An operator could not tell two customers apart, or could copy a phone from the screen."""
    assert mask(given) == wanted


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    """Parse JSON lines."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def fail_on_a_record() -> None:
    """Fail as foreign code does: with the record in the message and in the chain."""
    try:
        int("8 916 123-45-67 Алёна")
    except ValueError as error:
        msg = "Алёна"
        raise KeyError(msg) from error


@pytest.mark.parametrize("form", LogForm)
def test_planted_data_never_reach_a_line(form: LogForm) -> None:
    """Whatever way in is forgotten becomes the way in which personal data leak."""
    stream = io.StringIO()
    log = build_log(stream, form=form, safe_errors=(GatewayError,)).bind(client_name="Алёна")
    log.info("sync.merged клиент 8 916 123-45-67", record={"lastName": "Алёна"}, x=Customer())
    try:
        fail_on_a_record()
    except KeyError:
        log.exception("deliver.dead", operation="crm.add")
    text = stream.getvalue()
    assert not [part for part in ("Алёна", "45-67", "916 123") if part in text]
    assert [part for part in ("KeyError", "ValueError", "fail_on_a_record") if part in text]


def test_our_own_errors_keep_their_words() -> None:
    """An operator would see that a delivery failed and not why."""
    stream = io.StringIO()
    error = Unavailable("the connection was not made", operation="crm.add")
    build_log(stream, safe_errors=(GatewayError,)).warning("deliver.retried", exc_info=error)
    (line,) = lines(stream)
    assert (line["error"], line["reason"]) == ("Unavailable", "the connection was not made")


def test_lines_below_the_level_are_not_written() -> None:
    """A level that is ignored makes a busy account pay for lines that nobody reads."""
    stream = io.StringIO()
    log = build_log(stream, level=logging.WARNING)
    log.info("vendor.called")
    log.warning("vendor.down", account="shop")
    assert [line["event"] for line in lines(stream)] == ["vendor.down"]


def test_records_of_libraries_are_redacted_too() -> None:
    """A driver that logs its statement with arguments would write customers past the net."""
    stream = io.StringIO()
    undo = adopt_stdlib(stream)
    try:
        fail_on_a_record()
    except KeyError:
        logging.getLogger("kombu").exception("cannot send %s", {"phone": "+79161234567"})
    finally:
        undo()
    (line,) = lines(stream)
    assert (line["event"], line["logger"], line["error"]) == (
        "cannot send {'phone': '***'}",
        "kombu",
        "KeyError",
    )
    assert "Алёна" not in stream.getvalue()
