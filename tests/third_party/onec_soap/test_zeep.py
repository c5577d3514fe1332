"""The unmodified SOAP client zeep straight on the WSDL of the double (vendor reference, 3.3)."""

from __future__ import annotations

import asyncio
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
import zeep
from zeep.exceptions import Fault

from tests.mocks.onec.hs.services import BARCODE, CARD, USER, open_services

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.mocks.onec.hs.services import Services

# Whatever the client makes of a WSDL; the assertions are its types.
Made: TypeAlias = Any
CLIENTS: Made = zeep

BINDINGS = ("Soap", "Soap12")
REQUEST = "401d0000-2b3d-11f0-8c11-00155d0a0b0c"


class Utf8Headers(zeep.Plugin):
    """Sends header values as UTF-8 bytes, because the action may be Cyrillic."""

    def egress(
        self, envelope: Made, http_headers: dict[str, Any], operation: Made, binding_options: Made
    ) -> Made:
        """Encode all values."""
        return envelope, {name: str(value).encode() for name, value in http_headers.items()}


@pytest.fixture
async def services() -> AsyncIterator[Services]:
    """The seeded double."""
    async with open_services() as running:
        yield running


def client(services: Services, name: str, **options: Any) -> Made:
    """A client that loaded the WSDL behind the login of a Cyrillic user."""
    transport = CLIENTS.Transport(timeout=10, operation_timeout=10)
    transport.session.auth = (USER[0].encode(), USER[1].encode())
    return CLIENTS.Client(f"{services.url}/ut/ws/{name}?wsdl", transport=transport, **options)


async def using(work: Callable[[], Made]) -> Made:
    """Run the blocking client beside the double's loop."""
    return await asyncio.wait_for(asyncio.to_thread(work), timeout=60)


@pytest.mark.parametrize("port", BINDINGS)
async def test_all_operations_of_loyalty_exchange(services: Services, port: str) -> None:
    """Ten operations through either binding: objects, nil, decimals, business errors."""

    def _work() -> list[Any]:
        calls = client(services, "LoyaltyExchange.1cws").bind(
            "LoyaltyExchange", f"LoyaltyExchange{port}"
        )
        card = calls.FindCard(CardCode=BARCODE, Phone=None)["return"]
        types = {"Barcode": BARCODE, "CardTypeID": card.CardTypeID, "Phone": "89991234567"}
        issued = calls.IssueCard(RequestID=REQUEST, CardData=types)
        balance = calls.GetBalance(CardID=CARD, AtDate=datetime(2026, 2, 3, 18, 4))["return"]  # noqa: DTZ001 - local
        hold = calls.HoldBonuses(REQUEST[:-1] + "1", CARD, Decimal("100.50"), "r1")
        commit = calls.CommitHold(REQUEST[:-1] + "2", hold.HoldID, Decimal(100))
        cancel = calls.CancelHold(REQUEST[:-1] + "3", hold.HoldID)
        accrual = calls.AccrueBonuses(REQUEST[:-1] + "4", CARD, 5, None, None, "ёлка")
        start, end = "2026-01-01T00:00:00", "2026-12-31T00:00:00"
        moves = calls.GetMovements(CARD, start, end, 0, 100)["return"]
        status = calls.SetCardStatus(REQUEST[:-1] + "5", CARD, "Действует")
        return [
            calls.Ping(),
            card.FullName,
            issued.AlreadyExists,
            balance.Available,
            hold["return"],
            commit["return"],
            (cancel["return"], cancel.ErrorCode),
            accrual["return"],
            (moves.Total, [row.Kind for row in moves.Item]),
            (status["return"], status.ErrorMessage),
        ]

    assert await using(_work) == ALL_ANSWERS


ALL_ANSWERS = [
    None,
    "Лапина Вера Олеговна",
    True,
    Decimal(350),
    True,
    True,
    (False, "HOLD_CLOSED"),
    True,
    (5, ["Accrual", "Spend", "Spend", "Accrual", "Expire"]),
    (True, None),
]


@pytest.mark.parametrize("port", BINDINGS)
async def test_fault_carries_the_reason(services: Services, port: str) -> None:
    """An exception of the service's code reaches the caller as zeep's Fault."""

    def _work() -> str:
        calls = client(services, "LoyaltyExchange").bind(
            "LoyaltyExchange", f"LoyaltyExchange{port}"
        )
        with pytest.raises(Fault) as caught:
            calls.SetCardStatus(RequestID="17", CardID=CARD, Status="Действует")
        return str(caught.value.message)

    assert "УникальныйИдентификатор" in await using(_work)


async def test_wsdl_without_login(services: Services) -> None:
    """The load itself fails with the status."""

    def _work() -> None:
        with pytest.raises(OSError, match="401 Client Error"):
            CLIENTS.Client(f"{services.url}/ut/ws/LoyaltyExchange?wsdl")

    await using(_work)


@pytest.mark.parametrize("port", BINDINGS)
async def test_cyrillic_operation(services: Services, port: str) -> None:
    """With headers as bytes the Cyrillic action passes, in both bindings."""

    def _work() -> Made:
        loaded = client(
            services, "DiscountService.1cws", plugins=[Utf8Headers()],
            settings=zeep.Settings(strict=False),
        )  # fmt: skip
        calls = loaded.bind("ДисконтныйСервер", f"ДисконтныйСервер{port}")
        sums = calls["ПолучитьСуммуНакопления"](
            ИдентификаторКарты=CARD,
            ДатаНачала="2026-01-01T00:00:00",
            ДатаОкончания="2026-12-31T00:00:00",
            ИдентификаторСегмента="",
            ИдентификаторИсключаемогоДокументта="",
        )
        return [(row["СуммаНакопления"], row["КоличествоНакопления"]) for row in sums]

    assert await using(_work) == [(Decimal(0), Decimal(0))]


async def test_cyrillic_operation_without_the_plugin(services: Services) -> None:
    """The trap itself: an unaided client cannot send the action."""

    def _work() -> None:
        calls = client(services, "DiscountService.1cws").service
        with pytest.raises(UnicodeEncodeError):
            calls["ПолучитьОстатокБонусов"](CARD, "2026-02-03T18:04:00")

    await using(_work)


async def test_exchange_of_files(services: Services) -> None:
    """Bytes go in and come out, out parameters have names, a missing part is None."""

    def _work() -> list[Any]:
        calls = client(services, "EnterpriseDataExchange_1_0_1_1").service
        tested = calls.TestConnection("Шлюз", "XX")
        put = calls.PutFilePart(FileID=REQUEST, PartNumber=None, PartData=b"PK")
        part = calls.GetDataPart(FileID=REQUEST, PartNumber=1)
        job = calls.PutDataActionResult(OperationID=REQUEST)
        return [tested["return"], put.ErrorMessage, part["return"], job["return"]]

    assert await using(_work) == [False, None, None, "Canceled"]


async def test_array_of_core_types(services: Services) -> None:
    """The versions of an interface come as a list of strings."""

    def _work() -> Made:
        return client(services, "InterfaceVersion").service.GetVersions("EnterpriseDataUpload")

    assert await using(_work) == ["1.0.1.1"]
