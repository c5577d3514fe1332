"""Till door, SOAP: the server's part of ``DiscountService`` of Розница 2.x.

The WSDL stands behind the same login, at the same address with ``?wsdl``. Operations are found by
the element of the body. Sources: vendor reference, 3.1 to 3.3, 3.8.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from gateway.canonical import BonusAccount, Money, OrderLine, ProductRef
from gateway.contract import (
    Clock,
    ConnectorError,
    PromoState,
    Sale,
    TillBusy,
    TillRefused,
    TillReply,
    TillRequest,
    TillService,
)

from . import till_words as words
from .config_till import DiscountServer, Till
from .till_discountservice_documents import Documents
from .till_discountservice_types import (
    ANSWER_ROWS,
    FILE,
    NAME,
    NAMESPACE,
    OPERATIONS,
    RECORDS,
    ROWS,
)
from .till_login import Visitor
from .till_loyaltyservice_cards import account_of
from .till_soap import (
    TYPES,
    Operation,
    SoapFault,
    answer,
    fault,
    read_call,
    read_values,
    version_of,
)
from .till_wsdl import wsdl

_FILES = frozenset({f"ws/{FILE}", f"ws/{NAME}"})
_WORKS = frozenset({PromoState.APPLIED, PromoState.NOT_APPLIED})
_EMPTY_DATE = datetime(1, 1, 1)  # noqa: DTZ001 - 1C's empty date
_NOW, _PENDING = "Сейчас", "Ожидают начисления"

Given = Mapping[str, Any]
Work = Callable[[Visitor, Given, TillService], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class DiscountServiceDoor:
    """The operations, for one account."""

    account: str
    till: Till
    settings: DiscountServer
    documents: Documents
    clock: Clock

    async def answer(
        self, visitor: Visitor, request: TillRequest, service: TillService
    ) -> TillReply:
        """Answer one call."""
        if request.path.strip("/") not in _FILES:
            return words.text_reply("Not Found", HTTPStatus.NOT_FOUND)
        if request.method == "GET":
            if "wsdl" not in {name.lower() for name in request.query}:
                return words.text_reply("Method Not Allowed", HTTPStatus.METHOD_NOT_ALLOWED)
            content = wsdl(
                NAME, NAMESPACE, RECORDS, tuple(OPERATIONS.values()), self._address(request)
            )
            return TillReply(content, headers={"Content-Type": "text/xml; charset=utf-8"})
        return await self._called(visitor, request, service)

    async def _called(
        self, visitor: Visitor, request: TillRequest, service: TillService
    ) -> TillReply:
        version = version_of(request.headers.get("content-type", ""))
        try:
            call = read_call(request.body)
            version = call.version
            operation = _operation(call.name)
            given = read_values(call.element, operation.takes)
            value = await self._works()[call.name](visitor, given, service)
            content, status = answer(call, operation, NAMESPACE, value), HTTPStatus.OK
        except SoapFault as error:
            content = fault(version, error.reason, is_sender=error.is_sender)
            status = HTTPStatus.INTERNAL_SERVER_ERROR
        except TillBusy:
            content, status = fault(version, words.BUSY), HTTPStatus.INTERNAL_SERVER_ERROR
        except TillRefused as error:
            content = fault(version, words.reason_of(error))
            status = HTTPStatus.INTERNAL_SERVER_ERROR
        except ConnectorError:
            # The directory of cards is the account's own base, and it is away.
            content, status = fault(version, words.AWAY), HTTPStatus.INTERNAL_SERVER_ERROR
        return TillReply(content, status=status, headers={"Content-Type": TYPES[version]})

    def _works(self) -> Mapping[str, Work]:
        return {
            "ПолучитьСуммуНакопления": self._nothing,
            "ПолучитьДанныеПоследнейПокупки": self._nothing,
            "ПолучитьОстатокБонусов": self._balance,
            "ПолучитьОстатокБонусовРасширенный": self._balance_long,
            "ОбновитьДанныеОПродажах": self._sales,
            "ОбновитьДанныеОБонусах": self._points,
            "ОбновитьДанныеОКупонах": self._coupons,
            "ПолучитьСкидкиПоКупону": self._coupon,
        }

    async def _nothing(self, visitor: Visitor, given: Given, service: TillService) -> object:
        """Answer without a row: nobody behind the service sums purchases for the till's rules."""
        del visitor, given, service
        return {ANSWER_ROWS: []}

    async def _balance(self, visitor: Visitor, given: Given, service: TillService) -> object:
        told = await self._spendable(visitor, given, service)
        if told is None:
            return None
        at = given["ДатаЗапроса"] or _EMPTY_DATE
        return {ANSWER_ROWS: [{"ДатаОперации": at, "КоличествоБаллов": told[0]}]}

    async def _balance_long(self, visitor: Visitor, given: Given, service: TillService) -> object:
        told = await self._spendable(visitor, given, service)
        if told is None:
            return None
        points, account = told
        rows = [_row(_NOW, points, Decimal(0), is_current=True)]
        pending = account.pending.points if account is not None and account.pending else Decimal(0)
        if pending > 0:
            rows.append(_row(_PENDING, points + pending, pending, is_current=False))
        return {ANSWER_ROWS: rows}

    async def _spendable(
        self, visitor: Visitor, given: Given, service: TillService
    ) -> tuple[Decimal, BonusAccount | None] | None:
        """Return what a card may spend; ``None`` for a card of nobody.

        Raises ``SoapFault`` while the processor is away: a till spends what it is told here.
        """
        key = await self.documents.member(given["ИдентификаторКарты"])
        if key is None:
            return None
        told = await service.identify(visitor.caller, key)
        if told.degraded is not None:
            raise SoapFault(words.AWAY)
        if told.member is None:
            return None
        account = account_of(self.till, told.member.customer)
        points = account.available.points if account is not None and account.available else None
        if points is None or not told.allowed.spending or told.allowed.code_needed:
            return Decimal(0), account
        return max(Decimal(0), points), account

    async def _sales(self, visitor: Visitor, given: Given, service: TillService) -> object:
        del service
        rows = given["ТаблицаТоваров"][ROWS]
        return self.documents.note(visitor.caller, given["ИдентификаторДокумента"], rows)

    async def _points(self, visitor: Visitor, given: Given, service: TillService) -> object:
        rows = [one for one in given["ТаблицаБонусов"][ROWS] if one]
        document = given["ИдентификаторДокумента"]
        return await self.documents.settle(visitor.caller, document, rows, service)

    async def _coupons(self, visitor: Visitor, given: Given, service: TillService) -> object:
        """Say yes: the processor counts its codes itself, and a till repeats until it hears so."""
        del visitor, given, service
        return True

    async def _coupon(self, visitor: Visitor, given: Given, service: TillService) -> object:
        code = str(given["КодКупона"] or "").strip()
        if self.settings.coupon_discount is None or not code:
            return {ROWS: []}
        sale = Sale(
            id=f"1p.{visitor.mark('promo', code)}",
            lines=(self._anything(),),
            at=self.clock.now(),
            promo_codes=(code,),
            shop=visitor.caller.shop or None,
            till=visitor.caller.name,
        )
        quoted = await service.quote(visitor.caller, sale)
        state = dict(quoted.quote.promo_codes).get(code, PromoState.UNKNOWN)
        if quoted.degraded is not None or state not in _WORKS:
            return {ROWS: []}
        row = {
            "Период": given["ДатаЗапроса"] or _EMPTY_DATE,
            "ИдентификаторСкидки": self.settings.coupon_discount.lower(),
            "КодКупона": code,
            "Состояние": "Активна",
            "ИдентификаторМагазина": "00000000-0000-0000-0000-000000000000",
            "ПериодДействия": _EMPTY_DATE,
        }
        return {ROWS: [row]}

    def _anything(self) -> OrderLine:
        """Return a line to ask with: a processor tells of a code only with goods."""
        price = Money(amount=Decimal(1), currency=self.documents.account.currency)
        return OrderLine(
            id="1",
            product=ProductRef(name="Проверка купона"),
            quantity=Decimal(1),
            base_price=price,
            price=price,
        )

    def _address(self, request: TillRequest) -> str:
        """Return where tills shall call: what the settings say, else where they asked."""
        if self.settings.address is not None:
            return self.settings.address
        scheme = request.headers.get("x-forwarded-proto", "http").partition(",")[0].strip()
        host = request.headers.get("host", "localhost")
        return f"{scheme}://{host}/till/{self.account}/ws/{FILE}"


def _operation(name: str) -> Operation:
    found = OPERATIONS.get(name)
    if found is None:
        reason = "Операция не найдена"
        raise SoapFault(reason, is_sender=True)
    return found


def _row(title: str, points: Decimal, change: Decimal, *, is_current: bool) -> Given:
    return {
        "ПредставлениеПериода": title,
        "КоличествоБаллов": points,
        "Изменение": change,
        "ТекущийОстаток": is_current,
    }
