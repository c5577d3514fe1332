"""The answers of a calculation and of a save (12.2, 13.1)."""

from __future__ import annotations

from mocks.mindbox import coupons, customer_view
from mocks.mindbox.actions import balance_type
from mocks.mindbox.calculation import Calculation, usage_of
from mocks.mindbox.clock import midnight_after, write
from mocks.mindbox.customer import names
from mocks.mindbox.customers import Found
from mocks.mindbox.order import Order
from mocks.mindbox.order_lines import line_status
from mocks.mindbox.parts import Discount, Part
from mocks.mindbox.project import Project
from mocks.mindbox.promotions import Promotion, hint, limits
from mocks.mindbox.reading import Json, amount, camels, node, text

_POINTS_PAYMENT = {"ids": {"mindboxId": 5}, "name": "Оплата баллами", "type": "mindbox"}
_DEGRADED = {
    "personal": "PersonalDiscountsCalculationIsUnavailable",
    "all": "DiscountsCalculationIsUnavailable",
}


def calculation_blocks(found: Calculation, search: Found | None) -> Json:
    """Return the blocks of a calculation; ``search`` is None in the anonymous flavour."""
    degraded = found.wish.project.settings.degraded
    blocks: Json = {}
    if degraded in _DEGRADED:
        blocks["customer"] = {"processingStatus": "Unavailable"}
    elif search is not None:
        blocks["customer"] = _customer(found.wish.project, search)
    order: Json = {
        "processingStatus": _DEGRADED.get(degraded, "Calculated"),
        "totalPrice": amount(found.total),
    }
    if text(found.wish.sent.get("deliveryCost")):
        order["deliveryCost"] = amount(found.delivery)
    order["lines"] = [_line(found, part) for part in found.parts]
    if degraded not in _DEGRADED:
        order["appliedPromotions"] = delivery_promotions(found.delivery_discounts)
        order["placeholders"] = _placeholders(found)
    order |= _points_blocks(found)
    if found.coupons:
        order["couponsInfo"] = [
            coupons.block(use.code, use.status, use.found, use.discount) for use in found.coupons
        ]
    if node(found.wish.sent, "customFields"):
        order["customFields"] = camels(node(found.wish.sent, "customFields"))
    return blocks | {"order": order}


def save_blocks(found: Calculation, order: Order, search: Found | None, status: str) -> Json:
    """Return the blocks of a successful save."""
    blocks: Json = {}
    if search is not None:
        blocks["customer"] = search.block()
    block: Json = {"processingStatus": status, "ids": {"mindboxId": order.id}}
    if order.issued:
        block["issuedCoupons"] = [
            {
                "promotion": promotion.short(),
                "coupon": {
                    "ids": {"code": code.value},
                    "pool": code.pool.as_json(with_id=True),
                },
            }
            for promotion, code in order.issued
        ]
        block["placeholders"] = [
            {
                "ids": {"externalId": "receipt"},
                "content": [
                    {
                        "type": "text",
                        "message": promotion.message.replace("{code}", code.value),
                        "promotion": promotion.short(),
                    }
                    for promotion, code in order.issued
                ],
            }
        ]
    changes = _changes(found)
    if changes:
        block["bonusPointsChanges"] = changes
    return blocks | {"order": block}


def delivery_promotions(discounts: list[tuple[Promotion, int]]) -> list[Json]:
    """Return ``order.appliedPromotions``."""
    return [
        {"type": "deliveryDiscount", "amount": amount(taken), "promotion": promotion.short()}
        for promotion, taken in discounts
    ]


def _customer(project: Project, search: Found) -> Json:
    block = search.block()
    if search.customer is not None:
        block |= dict(names(search.customer)) | customer_view.contacts(project, search.customer)
    return block


def _line(found: Calculation, part: Part) -> Json:
    row: Json = {
        "lineId": text(part.line.get("lineId")) or str(part.number),
        "lineNumber": part.number,
        "product": {"ids": node(part.line, "product", "ids")},
        "quantity": amount(int(part.quantity * 1000) // 10),
        "basePricePerItem": amount(part.price),
    }
    if part.quantity != int(part.quantity):
        row["quantity"] = float(part.quantity)
        row["quantityType"] = "double"
    if text(part.line.get("minPricePerItem")):
        row["minPricePerItem"] = amount(part.floor)
    row["discountedPriceOfLine"] = amount(part.total)
    if line_status(part.line):
        row["status"] = {"ids": {"externalId": line_status(part.line)}}
    row["appliedPromotions"] = [_discount(found, one) for one in part.discounts] + _points(
        found, part
    )
    texts = [
        {"type": "text", "message": one.promotion.message, "promotion": one.promotion.short()}
        for one in part.discounts
        if one.promotion.message
    ]
    if texts:
        row["placeholders"] = [{"ids": {"externalId": "item"}, "content": texts}]
    return row


def _discount(found: Calculation, one: Discount) -> Json:
    promotion = one.promotion.short()
    shown = limits(one.promotion, usage_of(found.wish, one.promotion))
    if shown:
        promotion["limits"] = shown
    row: Json = {"type": "discount", "amount": amount(one.amount), "promotion": promotion}
    code = found.wish.project.promo_codes.get(one.code)
    if code is not None:
        row["coupon"] = {"ids": {"code": code.value}, "pool": code.pool.as_json(with_id=True)}
    return row


def _points(found: Calculation, part: Part) -> list[Json]:
    project = found.wish.project
    kind = balance_type(project.balance_type)
    rows: list[Json] = []
    if part.spent:
        rows.append(
            {
                "type": "spentBonusPoints",
                "amount": amount(part.spent),
                "balanceType": kind,
                "promotion": _POINTS_PAYMENT,
            }
        )
    if part.earned and found.accrual is not None:
        expires = midnight_after(project.now(), project.settings.accrual_life_days)
        rows.append(
            {
                "type": "earnedBonusPoints",
                "amount": amount(part.earned),
                "expirationDateTimeUtc": write(expires),
                "balanceType": kind,
                "promotion": found.accrual.short(),
            }
        )
    return rows


def _placeholders(found: Calculation) -> list[Json]:
    skus = {part.product for part in found.parts}
    content = [
        row
        for one in found.wish.promotions
        if one.benefit == "hint" and (not one.products or skus & set(one.products))
        for row in hint(one)
    ]
    rows: list[Json] = []
    if content:
        rows.append({"ids": {"externalId": "cashier"}, "content": content})
    if found.accrual is not None and found.accrual.message:
        message = found.accrual.message.replace("{spent}", str(amount(found.spent)))
        message = message.replace("{earned}", str(amount(found.earned)))
        receipt = {"type": "text", "message": message, "promotion": found.accrual.short()}
        rows.append({"ids": {"externalId": "receipt"}, "content": [receipt]})
    return rows


def _points_blocks(found: Calculation) -> Json:
    """Return what the answer says about points; nothing without a customer."""
    wish = found.wish
    if wish.project.settings.degraded != "off":
        kind = balance_type(wish.project.balance_type)
        return {"bonusPointsInfo": [{"status": "Unavailable", "balanceType": kind}]}
    if wish.customer is None:
        return {}
    kind = balance_type(wish.project.balance_type)
    info: Json = {
        "availableAmountForCurrentOrder": amount(found.available),
        "spentAmountForCurrentOrder": amount(found.spent),
    }
    balance = customer_view.sums(wish.project, wish.customer, wish.project.balance_type)
    blocks: Json = {
        "bonusPointsInfo": [{"status": "Success", **info, "balanceType": kind, "balance": balance}],
        "totalBonusPointsInfo": {**info, "balance": balance},
    }
    changes = _changes(found)
    if changes:
        blocks["bonusPointsChanges"] = changes
    return blocks


def _changes(found: Calculation) -> list[Json]:
    if not found.spent and not found.earned:
        return []
    return [
        {
            "balanceType": balance_type(found.wish.project.balance_type),
            "earnedAmount": amount(found.earned),
            "spentAmount": amount(found.spent),
        }
    ]
