"""Orders without computation: deferred sales (14.2) and orders without processing (14.3)."""

from __future__ import annotations

from mocks.mindbox import order_effects
from mocks.mindbox.calculation import Wish
from mocks.mindbox.call import Answer, Call
from mocks.mindbox.customer import Customer
from mocks.mindbox.customer_calls import created
from mocks.mindbox.customers import existing, fill, find
from mocks.mindbox.errors import ProtocolRefused
from mocks.mindbox.order import (
    EARNING,
    RETURNED,
    Order,
    OrderLine,
    bind,
    category,
    lookup,
    read_ids,
)
from mocks.mindbox.order_lines import line_status, product_of, read_parts, read_quantity
from mocks.mindbox.parts import Discount, Part
from mocks.mindbox.project import Project
from mocks.mindbox.promotions import Promotion, accrued
from mocks.mindbox.reading import Json, camels, hundredths, node, number, rows, text


def save_offline(call: Call) -> Answer:
    """Store a sale that was made without Mindbox: no points spent, no codes, accrual only."""
    project, sent = call.project, call.required("order")
    customer = buyer(call)
    parts = read_parts(project, sent, needs_numbers=True)
    lines = []
    wish = Wish(project, {}, call.place, customer)
    for part in parts:
        line = _line(part, _requested(project, part))
        if customer is not None:
            line.earned = _earned(wish, part.product, line.total)
        lines.append(line)
    return _store(call, customer, lines, template="OfflineZakaz")


def create_plain(call: Call) -> Answer:
    """Store an order as told; one that exists is refused (14.3)."""
    ids = read_ids(call.project, node(call.required("order"), "ids"))
    if ids and lookup(call.project, ids) is not None:
        msg = "/order/ids: заказ уже существует"
        raise ProtocolRefused(msg)
    return update_plain(call)


def update_plain(call: Call) -> Answer:
    """Store an order as told, new or not (14.3)."""
    customer = buyer(call)
    lines = [
        _plain_line(call.project, row, at)
        for at, row in enumerate(rows(call.required("order"), "lines"))
    ]
    return _store(call, customer, lines, template="OformlenieZakaza")


def buyer(call: Call) -> Customer | None:
    """Return the order's customer, created from contacts when unknown.

    Raises:
        ProtocolRefused: ids only, and nobody has them.
    """
    sent = node(call.body, "customer")
    if not sent:
        return None
    found = find(call.project, sent)
    if found.customer is not None:
        fill(call.project, found.customer, {k: v for k, v in sent.items() if k != "ids"})
        return found.customer
    has_contact = bool(text(sent.get("mobilePhone")) or text(sent.get("email")))
    if found.status == "NotFound" and has_contact and "mindboxId" not in node(sent, "ids"):
        return created(call.project, sent)
    return existing(call.project, sent)


def _store(
    call: Call, customer: Customer | None, lines: list[OrderLine], *, template: str
) -> Answer:
    project, sent = call.project, call.required("order")
    ids = read_ids(project, node(sent, "ids"))
    if not ids:
        msg = "/order/ids: не передан идентификатор заказа"
        raise ProtocolRefused(msg)
    order = lookup(project, ids)
    is_new = order is None
    if is_new and any(category(project, line.status) == RETURNED for line in lines):
        msg = "/order/lines/status: новый заказ не может быть возвращён"
        raise ProtocolRefused(msg)
    if order is None:
        order = Order(project.next_id("order"), call.at, project.now())
        project.orders[order.id] = order
    bind(project, order, ids)
    _copy(call, order)
    order.customer_id = customer.id if customer is not None else order.customer_id
    changes = order_effects.take_back(project, order, order.lines)
    order.lines = lines
    earning = [line for line in lines if category(project, line.status) in EARNING]
    changes += order_effects.accrue(project, order, earning, call.at)
    if order.customer_id is not None:
        project.act(
            template,
            order.customer_id,
            at=call.at,
            place=order.place,
            order_id=order.id,
            changes=tuple(changes),
        )
    project.tell("orderSaved", order=order, customer=customer)
    key = next(iter(order.ids.values()), str(order.id))
    return Answer({}, "created" if is_new else "changed", key)


def _copy(call: Call, order: Order) -> None:
    """Keep what the caller tells about an order."""
    project, sent = call.project, call.required("order")
    order.changed = project.now()
    order.place = call.place or order.place
    order.area = text(node(sent, "area", "ids").get("externalId")) or order.area
    order.payments = rows(sent, "payments") or order.payments
    order.custom |= camels(node(sent, "customFields"))
    order.delivery = hundredths(sent.get("deliveryCost"), "/order/deliveryCost")
    stated = text(sent.get("totalPrice"))
    order.stated_total = hundredths(stated, "/order/totalPrice") if stated else None


def _line(part: Part, discounts: list[Discount]) -> OrderLine:
    return OrderLine(
        line_id=text(part.line.get("lineId")) or str(part.number),
        number=part.number,
        product=node(part.line, "product", "ids"),
        quantity=part.quantity,
        price=part.price,
        floor=part.floor,
        status=line_status(part.line) or "Paid",
        total=part.base - sum(one.amount for one in discounts),
        discounts=discounts,
        custom=node(part.line, "customFields"),
        quantity_type=text(part.line.get("quantityType")) or "int",
    )


def _requested(project: Project, part: Part) -> list[Discount]:
    """Return the discounts that were really given; their promotions must exist (18)."""
    found = []
    where = f"/order/lines/{part.index}/requestedPromotions"
    for row in rows(part.line, "requestedPromotions"):
        if text(row.get("type")) != "discount":
            continue
        external_id = text(node(row, "promotion", "ids").get("externalId"))
        promotion = project.promotions.get(external_id)
        if promotion is None or promotion.benefit != "external":
            msg = f"{where}/promotion/ids/externalId: промоакция {external_id} не найдена"
            raise ProtocolRefused(msg)
        found.append(Discount(promotion, hundredths(row.get("amount"), f"{where}/amount")))
    return found


def _earned(wish: Wish, product: str, total: int) -> int:
    tick = 100 if wish.project.balance_type.is_integer else 1
    for promotion in wish.promotions:
        if promotion.benefit == "cashback":
            return accrued(total, product, promotion, tick)
    return 0


def _plain_line(project: Project, row: Json, at: int) -> OrderLine:
    """Read a line of an operation without processing: discounts are told, not computed."""
    where = f"/order/lines/{at}"
    product_of(project, row, where)
    quantity = read_quantity(row, where)
    price = hundredths(row.get("basePricePerItem"), f"{where}/basePricePerItem")
    discounts = [_told(one, f"{where}/discounts") for one in rows(row, "discounts")]
    stated = text(row.get("discountedPricePerLine"))
    total = int(quantity * price) - sum(one.amount for one in discounts)
    if stated:
        total = hundredths(stated, f"{where}/discountedPricePerLine")
    status = line_status(row) or "CheckedOut"
    category(project, status, f"{where}/status")
    position = number(row.get("lineNumber"), f"{where}/lineNumber", at + 1)
    return OrderLine(
        line_id=text(row.get("lineId")) or str(position),
        number=position,
        product=node(row, "product", "ids"),
        quantity=quantity,
        price=price,
        floor=0,
        status=status,
        total=total,
        discounts=discounts,
        custom=node(row, "customFields"),
        quantity_type=text(row.get("quantityType")) or "int",
    )


def _told(row: Json, where: str) -> Discount:
    kind = text(row.get("type"))
    if kind == "promoCode":
        code = text(node(row, "promoCode", "ids").get("code"))
        promotion = Promotion(None, "", "Промокод", "external")
        return Discount(promotion, hundredths(row.get("amount"), where), code)
    if kind != "externalPromoAction":
        msg = f"{where}/type: неизвестный тип скидки {kind}"
        raise ProtocolRefused(msg)
    external_id = text(node(row, "externalPromoAction", "ids").get("externalId"))
    promotion = Promotion(None, external_id, external_id, "external")
    return Discount(promotion, hundredths(row.get("amount"), where))
