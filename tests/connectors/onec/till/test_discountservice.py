"""``DiscountService``, called by zeep as it comes and by requests that no client would send."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
import zeep
from lxml import etree

from gateway.contract import Allowed, PromoState
from mocks.onec.hs.cards import CardBook
from mocks.onec.hs.points import PointBook
from mocks.onec.hs.till_discount import call_discount_server
from mocks.onec.infobase import Infobase
from mocks.onec.settings import OneCSettings as DoubleSettings
from mocks.onec.soap.discount import DiscountServer

from .retail import CARD_REF, PATH, SOLD_AT, Directory, RetailTill
from .rules import busy
from .stage import LOGIN, PASSWORD, SETTINGS, Stage, TillClient

COUPON = "0d150002-2222-11ee-8c3a-00155d010203"
ASK = (
    '<soap:Envelope xmlns:soap="{soap}"><soap:Body><m:{operation} '
    'xmlns:m="http://localhost/rt2discountservice">{values}</m:{operation}></soap:Body>'
    "</soap:Envelope>"
)
SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
BALANCE = (
    f"<m:ИдентификаторКарты>{CARD_REF}</m:ИдентификаторКарты>"
    "<m:ДатаЗапроса>2026-02-03T18:10:00</m:ДатаЗапроса>"
)


def asked(values: str, soap: str = SOAP11, operation: str = "ПолучитьОстатокБонусов") -> bytes:
    """Return an envelope."""
    return ASK.format(soap=soap, operation=operation, values=values).encode()


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """A gateway whose account knows the cards of its base."""
    async with Stage(cards=Directory()).opened() as opened:
        yield opened


@pytest.mark.parametrize("port", ["ДисконтныйСерверSoap", "ДисконтныйСерверSoap12"])
async def test_unmodified_client_reads_the_description_and_calls(stage: Stage, port: str) -> None:
    """A Cyrillic action or an undeclared type stops every client that is not 1C itself."""
    till = RetailTill(stage.url, port)
    assert await till.balance() == 350
    assert await till.balance("cccc0009-2222-11ee-8c3a-00155d010203") is None
    long = await till.call(
        "ПолучитьОстатокБонусовРасширенный", ИдентификаторКарты=CARD_REF, ДатаЗапроса=SOLD_AT
    )
    (row,) = long
    assert (row["ПредставлениеПериода"], row["КоличествоБаллов"]) == ("Сейчас", 350)
    assert (row["Изменение"], row["ТекущийОстаток"]) == (0, True)


async def test_till_of_the_double_calls_it(stage: Stage) -> None:
    """A witness that knows nothing of ours cannot read what we write."""
    service = DiscountServer(PointBook(CardBook(Infobase(DoubleSettings())))).service()
    values = {"ИдентификаторКарты": CARD_REF, "ДатаЗапроса": "2026-02-03T18:10:00"}
    told = await call_discount_server(
        service,
        {
            "url": f"{stage.url}{PATH}",
            "user": LOGIN,
            "password": PASSWORD,
            "operation": "ПолучитьОстатокБонусов",
            "values": values,
        },
    )
    assert told["is_error"] is False
    assert told["answer"]["return"]["РезультатЗапроса"]["КоличествоБаллов"] == "350"


async def test_sums_of_purchases_are_not_known(stage: Stage) -> None:
    """A till gives a discount for purchases that nobody counted."""
    till = RetailTill(stage.url)
    rest = {"ИдентификаторСегмента": "", "ИдентификаторИсключаемогоДокументта": ""}
    sums = await till.call(
        "ПолучитьСуммуНакопления",
        ИдентификаторКарты=CARD_REF,
        ДатаНачала="0001-01-01T00:00:00",
        ДатаОкончания=SOLD_AT,
        **rest,
    )
    last = await till.call(
        "ПолучитьДанныеПоследнейПокупки", ИдентификаторКарты=CARD_REF, ДатаРасчета=SOLD_AT, **rest
    )
    # zeep's word for an answer without a row; nil would be an empty list (3.3).
    assert (sums, last) == (None, None)


async def test_points_that_cannot_be_spent_are_none(stage: Stage) -> None:
    """A till spends by the balance that it is told, without asking again."""
    till = RetailTill(stage.url)
    for allowed in (Allowed(spending=False), Allowed(code_needed=True)):
        stage.ledger.allowed = allowed
        assert await till.balance() == 0
    stage.ledger.away = True
    with pytest.raises(zeep.exceptions.Fault):
        await till.balance()


@pytest.mark.parametrize(
    ("state", "found"), [(PromoState.APPLIED, [COUPON]), (PromoState.EXPIRED, [])]
)
async def test_coupon_of_the_processor_is_a_discount_of_the_till(
    stage: Stage, state: PromoState, found: list[str]
) -> None:
    """A good coupon gives nothing at the till, or a used one a discount."""
    stage.settings = {"till": {**SETTINGS["till"], "discountservice": {"coupon_discount": COUPON}}}
    stage.restart()
    stage.ledger.promo["К-1"] = state
    till = RetailTill(stage.url)
    rows = await till.call("ПолучитьСкидкиПоКупону", КодКупона="К-1", ДатаЗапроса=SOLD_AT)
    assert [one["ИдентификаторСкидки"] for one in rows or []] == found
    done = await till.call(
        "ОбновитьДанныеОКупонах",
        ТипДокумента="ЧекККМ",
        ИдентификаторДокумента=CARD_REF,
        ТаблицаКупонов=None,
    )
    assert done is True


async def test_description_needs_the_login_and_names_where_to_call(stage: Stage) -> None:
    """A till behind a proxy calls an inner address, or anybody reads the service."""
    stranger, till = TillClient(stage.url, "nobody"), TillClient(stage.url)
    assert (await stranger.send("GET", f"{PATH}?wsdl"))[0] == 401
    assert (await till.send("GET", PATH))[0] == 405
    for header, scheme in (("", "http"), ("X-Forwarded-Proto: https\r\n", "https")):
        status, text = await till.send("GET", f"{PATH}?WSDL", headers=header)
        assert status == 200
        ports = etree.fromstring(text.encode()).iterfind(".//{*}port/{*}address")
        host = stage.url.removeprefix("http://")
        assert {one.get("location") for one in ports} == {f"{scheme}://{host}{PATH}"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "soap:Client"),
        (b"<a>", "soap:Client"),
        (asked(BALANCE)[:-20], "soap:Client"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + asked("&x;"), "soap:Client"),
        (b"<!DOCTYPE a>" + asked(BALANCE), "soap:Client"),
        (asked("").replace(b"soap:Body", b"soap:Other"), "soap:Client"),
        (asked(BALANCE, "http://example.org/"), "soap:Client"),
        (asked(BALANCE, operation="УдалитьВсё"), "soap:Client"),
        (asked(BALANCE.partition("<m:Дата")[0]), "soap:Client"),
        (asked(BALANCE.replace("2026-02-03T18:10:00", "вчера")), "soap:Client"),
    ],
)
async def test_what_is_no_call_is_a_fault(stage: Stage, body: bytes, code: str) -> None:
    """A file of the server is told to a stranger, or a till gets a page instead of a fault."""
    status, text = await TillClient(stage.url).send("POST", PATH, body)
    assert status == 500
    fault = etree.fromstring(text.encode())[0][0]
    assert etree.QName(fault).localname == "Fault"
    assert fault.findtext("faultcode") == code
    assert "root:" not in text


async def test_fault_has_the_version_of_the_call(stage: Stage) -> None:
    """A client of SOAP 1.2 cannot read why it was refused."""
    stage.ledger.fail["identify"] = [busy()]
    status, text = await TillClient(stage.url).send("POST", PATH, asked(BALANCE, SOAP12))
    fault = etree.fromstring(text.encode())[0][0]
    assert (status, etree.QName(fault).namespace) == (500, SOAP12)
    assert fault.findtext(f"{{{SOAP12}}}Code/{{{SOAP12}}}Value") == "soap:Receiver"


async def test_prefixes_order_and_zones_do_not_matter(stage: Stage) -> None:
    """Another release of 1C writes the same call in another way, and is refused."""
    card, mark, moment = BALANCE.partition("<m:Дата")
    moved = BALANCE.replace("18:10:00", "18:10:00.123+03:00").replace("m:", "z:")
    body = asked(moved).replace(b"<m:", b"<z:").replace(b"</m:", b"</z:").replace(b":m=", b":z=")
    for one in (body, asked(mark + moment + card), asked(BALANCE + "<m:Лишнее>1</m:Лишнее>")):
        status, text = await TillClient(stage.url).send("POST", PATH, one)
        assert (status, "<m:КоличествоБаллов>350<" in text) == (200, True)


async def test_directory_is_asked_once_for_a_card() -> None:
    """Each scan at a till waits for the base behind."""
    directory = Directory()
    async with Stage(cards=directory).opened() as stage:
        till = RetailTill(stage.url)
        assert [await till.balance(), await till.balance()] == [Decimal(350)] * 2
    assert directory.asked == 1


async def test_without_a_directory_the_reference_is_the_number() -> None:
    """A processor that knows cards by 1C's references cannot be used."""
    async with Stage().opened() as stage:
        stage.person.cards = (CARD_REF,)
        assert await RetailTill(stage.url).balance(CARD_REF.upper()) == 350
