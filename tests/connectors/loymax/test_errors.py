"""Errors: what each code and each state of an answer stands for, whatever text comes with it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from connectors.loymax.errors import CODES, data_of, operation_of, token_error
from gateway.contract import (
    AuthRejected,
    ConnectorError,
    Missing,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unavailable,
)
from tests.connectors.bench import Bench

from .world import balance, loyalty, sale

LATER = {"SystemError", "PurchaseOperationConflict"}
SET_UP = {
    "ApplicationDeviceGrant",
    "DeviceNotFound",
    "DeviceBlocked",
    "SignatureError",
    "SignatureNotFound",
    "CertificateError",
}


def answer(body: object, status: int = 200) -> httpx.Response:
    """Return an answer."""
    return httpx.Response(status, json=body)


def enveloped(state: str, message: str | None = None, **result: Any) -> httpx.Response:
    """Return an answer with a state."""
    return answer({"data": None, "result": {"state": state, "message": message, **result}})


def failed(response: httpx.Response, *, repeatable: bool = True) -> ConnectorError:
    """Return the error that an answer stands for."""
    with pytest.raises(ConnectorError) as caught:
        data_of(response, operation="op", repeatable=repeatable)
    return caught.value


@pytest.mark.parametrize("code", sorted(CODES | {"SomethingNew"}))
def test_code_of_processing_says_what_to_do(code: str) -> None:
    """A buyer's empty card is tried for hours, or a busy register is told as final."""
    expected: type[ConnectorError] = Rejected
    if code in LATER:
        expected = Unavailable
    elif code in SET_UP:
        expected = AuthRejected
    with pytest.raises(ConnectorError) as caught:
        operation_of([{"code": code, "errorMessage": "79000005012"}], operation="op")

    assert type(caught.value) is expected
    assert caught.value.vendor_code == code
    assert "79000005012" not in str(caught.value)


@pytest.mark.parametrize("data", [None, [], {}, "Ok", [None]])
def test_processing_without_a_result_is_unknown(data: object) -> None:
    """An answer without a result is taken for a sale."""
    with pytest.raises(OutcomeUnknown):
        operation_of(data, operation="op")


@pytest.mark.parametrize("code", ["PurchaseOperationConflict", "SystemError"])
async def test_register_that_is_busy_is_tried_later(base: Bench, code: str) -> None:
    """A conflict of a moment is told to the buyer as final."""
    await base.act("processing.refuse", code=code)
    with pytest.raises(Unavailable):
        await loyalty(base).reserve(sale(points=100), key="r-1")

    await loyalty(base).reserve(sale(points=100), key="r-1")
    assert await balance(base) == (310, 100)


@pytest.mark.parametrize(
    "code", ["CardBlocked", "CardExpired", "LimitGained", "DivisibilityError", "WrongPin"]
)
async def test_refusal_reaches_the_till_by_its_code(base: Bench, code: str) -> None:
    """The cashier sees that it failed, and cannot tell the buyer why."""
    await base.act("processing.refuse", code=code)
    with pytest.raises(Rejected) as caught:
        await loyalty(base).reserve(sale(points=100), key="r-1")

    assert caught.value.vendor_code == code


async def test_system_that_failed_is_tried_later(base: Bench) -> None:
    """State Fail comes with HTTP 200, and is taken for success."""
    await base.act("api.fail", times=1)
    with pytest.raises(Unavailable):
        await base.connector.probe()

    assert (await base.connector.probe()).ok


@pytest.mark.parametrize(("repeatable", "expected"), [(True, Unavailable), (False, OutcomeUnknown)])
def test_failure_of_the_system(*, repeatable: bool, expected: type[ConnectorError]) -> None:
    """What may have happened is called failed, and done again."""
    response = enveloped("Fail", "Идентификатор ошибки: 8d7e", messageCode="Business.Base")
    assert type(failed(response, repeatable=repeatable)) is expected
    no_json = httpx.Response(200, text="<html>")
    assert type(failed(no_json, repeatable=repeatable)) is expected
    assert type(failed(answer([]), repeatable=repeatable)) is expected
    assert type(failed(httpx.Response(502), repeatable=repeatable)) is expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Не найдена карта.", Missing),
        ("Пользователь не найден.", Missing),
        ("Купон не найден или принадлежит другому клиенту.", Missing),
        ("Не найдено значение атрибута.", Missing),
        ("Не удалось привязать карту.", Rejected),
        ("Выдача виртуальных карт по запросу не предусмотрена.", Rejected),
        ("Проверьте правильность введенных данных. Осталось 4 попытки.", Rejected),
        ("Процесс по смене адреса электронной почты не начат", Rejected),
        ("На номер 79000005012 отправлено SMS-сообщение", Rejected),
        (None, Rejected),
    ],
)
def test_business_refusal(message: str | None, expected: type[ConnectorError]) -> None:
    """A card that is not there is taken for a fault of the call, or a phone stands in the log."""
    error = failed(enveloped("Error", message, httpCode=400))

    assert type(error) is expected
    assert "79000005012" not in f"{error!s} {error!r}"


@pytest.mark.parametrize(("minutes", "seconds"), [(30, 1800), (5, 300)])
def test_lock_tells_how_long(minutes: int, seconds: int) -> None:
    """A lock of half an hour is tried every second, and never ends."""
    text = (
        "Отправка кода подтверждения заблокирована. "
        f"Разблокировка произойдет через {minutes} минут."
    )
    error = failed(enveloped("Error", text))

    assert isinstance(error, RateLimited)
    assert error.retry_after_s == seconds


def test_fields_at_fault_are_named_without_values() -> None:
    """Nobody learns which field the vendor refused."""
    errors = [{"field": "phoneNumber", "errorMessages": ["79000005012"]}]
    told = failed(enveloped("ValidationError", None, validationErrors=errors))
    assert "phoneNumber" in str(told)
    assert "79000005012" not in str(told)

    data = {"errors": [{"idQuestion": "4", "errors": ["Недопустимые символы"]}]}
    told = failed(answer({"data": data, "result": {"state": "Error"}}))
    assert "question 4" in str(told)


@pytest.mark.parametrize(
    "body", [{"data": [1]}, {"data": [1], "result": None}, {"data": [1], "result": {}}]
)
def test_answer_without_a_state_is_a_success(body: object) -> None:
    """An old server that says nothing of the state is called broken."""
    assert data_of(answer(body), operation="op", repeatable=True) == [1]


def test_status_of_transport_counts_beside_the_state() -> None:
    """HTTP 201 of a new card, or 404 of a path, is taken for the other thing."""
    body = {"data": {"id": 1}, "result": {"state": "Success", "httpCode": 200}}
    assert data_of(answer(body, 201), operation="op", repeatable=True) == {"id": 1}
    assert isinstance(failed(answer({"message": "Метод не найден."}, 404)), Missing)
    assert isinstance(failed(answer({"message": "нет"}, 403)), AuthRejected)


@pytest.mark.parametrize(
    ("status", "error", "expected"),
    [
        (400, "IncorrectLoginOrPassword", AuthRejected),
        (400, "invalid_grant", AuthRejected),
        (400, "Приложение не найдено", AuthRejected),
        (400, "Blocked", RateLimited),
        (400, "Error", Unavailable),
        (500, "", Unavailable),
        (503, "", RateLimited),
        (429, "", RateLimited),
    ],
)
def test_refusal_of_the_token_service(
    status: int, error: str, expected: type[ConnectorError]
) -> None:
    """A service that is down parks the account, or a wrong password is tried for ever."""
    body = {"error": error, "error_description": "Осталось 9 попыток 79000005012"}
    told = token_error(answer(body, status), operation="op")

    assert type(told) is expected
    assert "79000005012" not in f"{told!s} {told!r}"
