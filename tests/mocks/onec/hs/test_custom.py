"""The customer's own HTTP service and its conventions (vendor reference, 2.4 and 3.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.mocks.onec.hs.services import BARCODE, CARD, Services
from tests.mocks.onec.soap.envelopes import loyalty

if TYPE_CHECKING:
    import httpx

ROOT = "/ut/hs/loyalty"
REQUEST = "401d0000-2b3d-11f0-8c11-00155d0a0b0c"


async def hold(services: Services, amount: object, request: str = REQUEST) -> httpx.Response:
    """Hold points for a receipt."""
    body = {"RequestID": request, "Amount": amount, "ReceiptID": "r-1"}
    return await services.http.post(f"{ROOT}/cards/{CARD}/holds", json=body)


async def test_card_by_code(services: Services) -> None:
    """Field names are those of the SOAP service, dates have no zone."""
    answer = await services.http.get(f"{ROOT}/cards", params={"CardCode": BARCODE})
    card = answer.json()["result"]
    assert (answer.status_code, card["CardID"], card["BirthDate"]) == (200, CARD, "1990-04-12")


async def test_balance(services: Services) -> None:
    """Whole points have no fraction in the text."""
    url = f"{ROOT}/cards/{CARD}/balance"
    answer = await services.http.get(url, params={"AtDate": "2026-02-03T18:04:00"})
    assert '"Available":350,' in answer.text
    assert answer.json()["result"]["AsOf"] == "2026-02-03T18:04:00"


async def test_hold_commit_and_repetition(services: Services) -> None:
    """A repeated hold is the first one; the commit spends and says with which document."""
    first, again = await hold(services, 100), await hold(services, "100.00")
    assert first.json() == again.json()
    number = first.json()["HoldID"]
    body = {"RequestID": REQUEST[:-1] + "1", "Amount": 60.5}
    done = await services.http.post(f"{ROOT}/holds/{number}/commit", json=body)
    assert done.json()["result"] is True
    balance = await services.http.get(f"{ROOT}/cards/{CARD}/balance")
    assert balance.json()["result"]["Available"] == 289.5


async def test_state_is_that_of_the_soap_service(services: Services) -> None:
    """A hold made here is seen and committed there."""
    number = (await hold(services, 100)).json()["HoldID"]
    seen = await loyalty(services, "GetBalance", CardID=CARD, AtDate=None)
    assert seen.text("return", "Held") == "100"
    values = {"RequestID": REQUEST[:-1] + "1", "HoldID": number, "Amount": 100}
    assert (await loyalty(services, "CommitHold", **values)).text("return") == "true"


@pytest.mark.parametrize(
    ("switch", "status", "text"),
    [
        pytest.param(
            "status",
            422,
            '{"Message":"Недостаточно баллов: доступно 350","Code":"NOT_ENOUGH"}',
            id="4xx and a message",
        ),
        pytest.param(
            "flag",
            200,
            '{"success":false,"error":"Недостаточно баллов: доступно 350","code":"NOT_ENOUGH"}',
            id="200 and a flag",
        ),
        pytest.param(
            "text", 500, "NOT_ENOUGH: Недостаточно баллов: доступно 350", id="500 and plain text"
        ),
    ],
)
async def test_conventions_of_errors(
    services: Services, switch: str, status: int, text: str
) -> None:
    """There is no standard, so a connector is told by configuration."""
    await services.door("settings", custom_errors=switch)
    answer = await hold(services, 1000)
    assert (answer.status_code, answer.text) == (status, text)


async def test_flag_of_a_success(services: Services) -> None:
    """The convention has a flag on both sides; a BOM may stand before it."""
    await services.door("settings", custom_errors="flag", custom_bom=True)
    answer = await hold(services, 10)
    assert answer.content.startswith(b'\xef\xbb\xbf{"success":true,')


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param(f"/cards/{REQUEST}/balance", 404, id="unknown card"),
        pytest.param("/cards/x/y/z", 404, id="no template"),
        pytest.param(f"/cards/{CARD}/holds", 405, id="no handler"),
        pytest.param(f"/cards/{CARD}/balance?AtDate=03.02.2026", 500, id="exception"),
    ],
)
async def test_statuses(services: Services, path: str, status: int) -> None:
    """Refusals of the service and of the platform."""
    assert (await services.http.get(ROOT + path)).status_code == status


async def test_issue_and_annul(services: Services) -> None:
    """Nested data are read by their types."""
    found = await services.http.get(f"{ROOT}/cards", params={"CardCode": BARCODE})
    kind = found.json()["result"]["CardTypeID"]
    card = {"Barcode": "77", "CardTypeID": kind, "Phone": "89120000000", "BirthDate": "1985-05-09"}
    body = {"RequestID": REQUEST, "CardData": card}
    issued = (await services.http.post(f"{ROOT}/cards", json=body)).json()
    assert (issued["AlreadyExists"], issued["result"]["BirthDate"]) == (False, "1985-05-09")
    url = f"{ROOT}/cards/{issued['result']['CardID']}/status"
    status = {"RequestID": REQUEST[:-1] + "2", "Status": "Аннулирована"}
    assert (await services.http.put(url, json=status)).json()["result"] is True
