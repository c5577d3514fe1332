"""Stock reference books and custom fields of a fresh account (reference, sections 14 and 15)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mocks.retailcrm.settings import RetailCrmSettings

Book = dict[str, dict[str, Any]]

_GROUPS = (
    ("new", "Новый", False),
    ("approval", "Согласование", True),
    ("assembling", "Комплектация", True),
    ("delivery", "Доставка", True),
    ("complete", "Выполнен", False),
    ("cancel", "Отменен", False),
)
_STATUSES = (
    ("new", "new", "Новый"),
    ("availability-confirmed", "approval", "Наличие подтверждено"),
    ("offer-analog", "approval", "Предложить замену"),
    ("client-confirmed", "approval", "Согласовано с клиентом"),
    ("prepayed", "approval", "Предоплата поступила"),
    ("send-to-assembling", "assembling", "Передано в комплектацию"),
    ("assembling", "assembling", "Комплектуется"),
    ("assembling-complete", "assembling", "Укомплектован"),
    ("send-to-delivery", "delivery", "Передан в доставку"),
    ("delivering", "delivery", "Доставляется"),
    ("redirect", "delivery", "Доставка перенесена"),
    ("delivered", "delivery", "Доставлен"),
    ("complete", "complete", "Выполнен"),
    ("no-call", "cancel", "Недозвон"),
    ("no-product", "cancel", "Нет в наличии"),
    ("already-buyed", "cancel", "Купил в другом месте"),
    ("delyvery-did-not-suit", "cancel", "Не устроила доставка"),
    ("prices-did-not-suit", "cancel", "Не устроила цена"),
    ("cancel-other", "cancel", "Отменен"),
)
_METHODS = (
    ("phone", "По телефону"),
    ("shopping-cart", "Через корзину"),
    ("one-click", "В один клик"),
    ("price-decrease-request", "Запрос на понижение цены"),
    ("landing-page", "Заявка с посадочной страницы"),
    ("offline", "Офлайн"),
    ("app", "Мобильное приложение"),
    ("live-chat", "Онлайн-консультант"),
    ("terminal", "Терминал"),
    ("missed-call", "Пропущенный звонок"),
    ("messenger", "Мессенджеры"),
)
_PAYMENT_TYPES = (
    ("cash", "Наличные"),
    ("bank-card", "Банковская карта"),
    ("bank-transfer", "Банковский перевод"),
    ("credit", "Оформление кредита"),
    ("e-money", "Электронные деньги"),
)
_PAYMENT_STATUSES = (
    ("not-paid", "Не оплачен"),
    ("invoice", "Выставлен счет"),
    ("payment-start", "Платеж проведен"),
    ("credit-check", "Проверка документов"),
    ("credit-approved", "Кредит одобрен"),
    ("paid", "Оплачен"),
    ("fail", "Не прошел"),
)
_ITEM_STATUSES = (
    ("new", "Новый", False),
    ("confirming", "Подтверждение наличия", False),
    ("in-reserve", "В резерве", False),
    ("assembly-delivery", "Доставка на комплектацию", False),
    ("ready-for-assembly", "Готов к комплектации", False),
    ("completed", "Укомплектован", False),
    ("saled", "Продан", False),
    ("out-of-stock", "Нет в наличии", True),
    ("failure", "Отказ", True),
    ("product-is-damaged", "Поврежден", True),
    ("assembly-not-delivery", "Не доставлен на комплектацию", True),
    ("lost", "Утерян", True),
    ("returned", "Возврат", True),
)
# The stock account refuses credit with a courier, so that the trap of reference 24.19 can be met.
_COURIER_PAYMENTS = ["cash", "bank-card", "bank-transfer", "e-money"]

STOCK_FIELDS: dict[str, Book] = {
    "order": {
        "promo_code": {
            "name": "Промокод",
            "code": "promo_code",
            "type": "string",
            "entity": "order",
        }
    },
    "customer": {
        "favourite_store": {
            "name": "Любимый магазин",
            "code": "favourite_store",
            "type": "string",
            "entity": "customer",
        }
    },
}


def _row(code: str, name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "code": code, "active": True, **more}


def _statuses() -> Book:
    place: dict[str, int] = {}
    rows: Book = {}
    for code, group, name in _STATUSES:
        place[group] = place.get(group, 0) + 10
        rows[code] = _row(code, name, ordering=place[group], group=group)
    return rows


def _groups() -> Book:
    rows: Book = {}
    for index, (code, name, process) in enumerate(_GROUPS):
        members = [status for status, group, _ in _STATUSES if group == code]
        rows[code] = _row(code, name, ordering=10 * (index + 1), process=process, statuses=members)
    return rows


def _payment_types(statuses: list[str]) -> Book:
    rows: Book = {}
    for code, name in _PAYMENT_TYPES:
        deliveries = (
            ["courier", "self-delivery"] if code in _COURIER_PAYMENTS else ["self-delivery"]
        )
        rows[code] = _row(
            code,
            name,
            defaultForCrm=code == "cash",
            defaultForApi=code == "bank-card",
            deliveryTypes=deliveries,
            paymentStatuses=list(statuses),
        )
    return rows


def _delivery(code: str, name: str, payments: list[str], *, default: bool) -> dict[str, Any]:
    automatic = (
        "isDynamicCostCalculation",
        "isAutoCostCalculation",
        "isAutoNetCostCalculation",
        "isCostDependsOnRegionAndWeightAndSum",
        "isCostDependsOnDateTime",
    )
    return {
        **dict.fromkeys(automatic, False),
        "currency": "RUB",
        **_row(code, name, defaultCost=0, defaultNetCost=0, description=""),
        "paymentTypes": list(payments),
        "deliveryServices": [],
        "defaultForCrm": default,
        "deliveryPaymentTypes": [{"code": one, "cod": False} for one in payments],
    }


def _sites(settings: RetailCrmSettings) -> Book:
    return {
        shop.code: {
            "id": shop.id,
            "name": shop.name,
            "url": f"https://{shop.code}.example.com",
            "code": shop.code,
            "description": "",
            "defaultForCrm": index == 0,
            "loadFromYml": False,
            "contragent": {"contragentType": "legal-entity", "countryIso": shop.country_iso},
            "countryIso": shop.country_iso,
            "currency": shop.currency,
            "ordering": 990,
            "catalogId": str(shop.id),
            "isCatalogMainSite": True,
            "isDemo": False,
        }
        for index, shop in enumerate(settings.shops)
    }


def _order_books() -> dict[str, Book]:
    return {
        "order-types": {
            "eshop-individual": _row(
                "eshop-individual",
                "Физическое лицо",
                defaultForCrm=True,
                defaultForApi=True,
                ordering=10,
            ),
            "eshop-legal": _row(
                "eshop-legal",
                "Юридическое лицо",
                defaultForCrm=False,
                defaultForApi=False,
                ordering=20,
            ),
        },
        "order-methods": {
            code: _row(
                code,
                name,
                defaultForCrm=code == "phone",
                defaultForApi=code == "shopping-cart",
                isFromPos=False,
            )
            for code, name in _METHODS
        },
    }


def _payment_statuses(types: list[str]) -> Book:
    return {
        code: _row(
            code,
            name,
            defaultForCrm=code == "not-paid",
            defaultForApi=code == "not-paid",
            paymentComplete=code == "paid",
            ordering=10 * (index + 1),
            paymentTypes=list(types),
        )
        for index, (code, name) in enumerate(_PAYMENT_STATUSES)
    }


def _goods_books() -> dict[str, Book]:
    return {
        "product-statuses": {
            code: _row(code, name, ordering=10 * (index + 1), cancelStatus=cancel)
            for index, (code, name, cancel) in enumerate(_ITEM_STATUSES)
        },
        "units": {"pc": _row("pc", "Штука", sym="шт.", default=True)},
        "stores": {
            "main": _row(
                "main", "Основной склад", type="store-type-warehouse", inventoryType="integer"
            )
        },
        "price-types": {
            "base": _row("base", "Базовая", id=1, default=True, currency="RUB", ordering=991)
        },
        "legal-entities": {},
        "currencies": {"RUB": {"id": 1, "code": "RUB", "isBase": True, "isAutoConvert": False}},
    }


def stock_references(settings: RetailCrmSettings) -> dict[str, Book]:
    """Return the reference books of a fresh account, by the name in their path."""
    payment_codes = [code for code, _ in _PAYMENT_TYPES]
    status_codes = [code for code, _ in _PAYMENT_STATUSES]
    return {
        "sites": _sites(settings),
        "statuses": _statuses(),
        "status-groups": _groups(),
        **_order_books(),
        "payment-types": _payment_types(status_codes),
        "payment-statuses": _payment_statuses(payment_codes),
        "delivery-types": {
            "courier": _delivery("courier", "Доставка курьером", _COURIER_PAYMENTS, default=False),
            "self-delivery": _delivery("self-delivery", "Самовывоз", payment_codes, default=True),
        },
        "delivery-services": {},
        **_goods_books(),
        "couriers": {},
        "countries": {},
        "cost-items": {},
        "cost-groups": {},
        "mg-channels": {},
    }
