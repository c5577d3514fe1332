"""The fields that any customary step reads, for the switch ``unknownField`` (27, trap 16)."""

from __future__ import annotations

from mocks.mindbox.errors import ProtocolRefused
from mocks.mindbox.reading import Json, node, rows

_TOP = frozenset(
    {
        "customer",
        "order",
        "executionDateTimeUtc",
        "pointOfContact",
        "orderLinesStatus",
        "smsConfirmation",
        "authentificationCode",
        "page",
        "balanceChanges",
        "promoCode",
        "promotion",
        "discountCard",
        "oldDiscountCard",
        "newDiscountCard",
        "customersToMerge",
        "resultingCustomer",
        "segmentations",
        "productList",
        "setProductCountInList",
        "addProductToList",
        "removeProductFromList",
        "viewProduct",
        "viewProductCategory",
        "product",
        "productGroup",
        "productCategory",
        "exportId",
        "exportOutput",
        "sinceDateTimeUtc",
        "tillDateTimeUtc",
        "segment",
        "customerMergesPage",
    }
)
_CUSTOMER = frozenset(
    {
        "ids",
        "email",
        "mobilePhone",
        "firstName",
        "lastName",
        "middleName",
        "fullName",
        "birthDate",
        "sex",
        "password",
        "area",
        "timeZone",
        "customFields",
        "subscriptions",
        "discountCard",
        "authenticationTicket",
        "isAuthorized",
    }
)
_ORDER = frozenset(
    {
        "ids",
        "area",
        "deliveryCost",
        "totalPrice",
        "bonusPoints",
        "coupons",
        "payments",
        "cashdesk",
        "email",
        "mobilePhone",
        "customFields",
        "lines",
        "requestedPromotions",
        "returnedPayments",
        "transaction",
    }
)
_LINE = frozenset(
    {
        "lineId",
        "lineNumber",
        "product",
        "quantity",
        "quantityType",
        "basePricePerItem",
        "minPricePerItem",
        "costPricePerItem",
        "status",
        "customFields",
        "requestedPromotions",
        "giftCard",
        "discounts",
        "discountedPricePerLine",
        "payments",
        "cashdesk",
        "price",
        "pricePerItem",
    }
)


def check_fields(body: Json) -> None:
    """Refuse a request with a field that no step reads.

    Raises:
        ProtocolRefused: the text names the field.
    """
    _check(body, _TOP, "")
    _check(node(body, "customer"), _CUSTOMER, "/customer")
    order = node(body, "order")
    _check(order, _ORDER, "/order")
    for at, line in enumerate(rows(order, "lines")):
        _check(line, _LINE, f"/order/lines/{at}")


def _check(found: Json, known: frozenset[str], where: str) -> None:
    for key in found:
        if key not in known:
            msg = f"{where}/{key}: неизвестный параметр"
            raise ProtocolRefused(msg)
