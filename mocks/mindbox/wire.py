"""The two body formats: JSON without a root, XML with ``operation`` and ``result`` (section 6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from lxml import etree

from mocks.mindbox.errors import ProtocolRefused
from mocks.mindbox.reading import Json, text

JSON_TYPE = "application/json; charset=utf-8"
XML_TYPE = "application/xml; charset=utf-8"

# The child element of each list; in JSON the list is an array (section 6).
_CHILDREN: Mapping[str, str] = {
    "appliedPromotions": "appliedPromotion",
    "balanceChanges": "balanceChange",
    "balances": "balance",
    "bonusPoints": "bonusPoint",
    "bonusPointsChanges": "bonusPointsChange",
    "bonusPointsInfo": "bonusPointInfo",
    "coupons": "coupon",
    "couponsInfo": "couponInfo",
    "customerActions": "customerAction",
    "customerBalanceChanges": "customerBalanceChange",
    "customerMerges": "customerMerge",
    "customerSegmentations": "customerSegmentation",
    "customersToMerge": "customer",
    "discountCards": "discountCard",
    "discounts": "discount",
    "issuedCoupons": "issuedCoupon",
    "lines": "line",
    "limits": "limit",
    "mergedCustomers": "customer",
    "orders": "order",
    "payments": "payment",
    "paymentsInfo": "paymentInfo",
    "personalOffers": "personalOfferItem",
    "placeholders": "placeholder",
    "productList": "productListItem",
    "promoCodes": "promoCode",
    "requestedPromotions": "requestedPromotion",
    "returnedPayments": "payment",
    "segmentations": "segmentation",
    "subscriptions": "subscription",
    "urls": "url",
    "validationMessages": "validationMessage",
}
# A list in one operation, an object with ``items`` in another (section 18).
_MIXED = frozenset({"productList"})


def decode(body: bytes, content_type: str) -> Json:
    """Read a request body.

    Raises:
        ProtocolRefused: broken, or of a type that the interface does not take.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/xml":
        return _from_xml(body)
    if kind != "application/json":
        msg = "Content-Type должен быть application/json или application/xml"
        raise ProtocolRefused(msg)
    if not body.strip():
        return {}
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        msg = "Тело запроса не является корректным JSON"
        raise ProtocolRefused(msg) from None
    if not isinstance(found, dict):
        msg = "Тело запроса должно быть объектом JSON"
        raise ProtocolRefused(msg)
    return found


def encode(answer: Mapping[str, Any], accept: str) -> tuple[bytes, str]:
    """Return the body and type of an answer; ``Accept`` decides, not the request (2.3)."""
    if "xml" in accept and "json" not in accept:
        root = etree.Element("result")
        _fill(root, answer)
        return etree.tostring(root, encoding="utf-8", xml_declaration=True), XML_TYPE
    return orjson.dumps(answer), JSON_TYPE


def _from_xml(body: bytes) -> Json:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        msg = "Тело запроса не является корректным XML"
        raise ProtocolRefused(msg) from None
    if root.tag != "operation":
        msg = "Корневой элемент запроса должен быть operation"
        raise ProtocolRefused(msg)
    found = _value(root)
    return found if isinstance(found, dict) else {}


def _value(element: etree._Element) -> Any:
    children = list(element.iterchildren("*"))
    name = str(element.tag)
    is_list = name in _CHILDREN and not (
        name in _MIXED and any(child.tag == "items" for child in children)
    )
    if is_list or (name == "items" and children):
        return [_value(child) for child in children]
    if not children:
        return (element.text or "").strip()
    values: Json = {}
    for child in children:
        key, value = str(child.tag), _value(child)
        if key not in values:
            values[key] = value
        elif isinstance(values[key], list):
            values[key].append(value)
        else:
            values[key] = [values[key], value]
    return values


def _fill(element: etree._Element, value: Any) -> None:
    if isinstance(value, Mapping):
        for key, item in value.items():
            _fill(etree.SubElement(element, str(key)), item)
    elif isinstance(value, list):
        name = _CHILDREN.get(str(element.tag), "item")
        for item in value:
            _fill(etree.SubElement(element, name), item)
    else:
        element.text = text(value)
