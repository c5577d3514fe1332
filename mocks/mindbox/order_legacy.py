"""The distributed transaction, removed by the vendor in 2024, behind its switch (13.3)."""

from __future__ import annotations

from mocks.mindbox import coupons, gift_cards, order_effects
from mocks.mindbox.call import Answer, Call
from mocks.mindbox.errors import ProtocolRefused
from mocks.mindbox.order import Order, bind, read_ids
from mocks.mindbox.order_save import save_order
from mocks.mindbox.project import Project
from mocks.mindbox.reading import node, text


def begin(call: Call) -> Answer:
    """Open a transaction: the order's points and codes are taken at once."""
    mode = _mode(call)
    project = call.project
    transaction = _transaction(call)
    if mode == "classic" and _open(project, transaction) is not None:
        msg = "/order/transaction: транзакция уже открыта"
        raise ProtocolRefused(msg)
    if not node(call.body, "order", "ids"):
        call.body["order"]["ids"] = {project.settings.order_id_keys[0]: transaction}
    answer = save_order(call)
    if not answer.is_done:
        return answer
    number = answer.blocks["order"]["ids"]["mindboxId"]
    order = project.orders[number]
    order.transaction, order.is_open = transaction, mode == "classic"
    return answer


def commit(call: Call) -> Answer:
    """Close a transaction: the sale is done."""
    if _mode(call) == "beginCreatesOrder":
        return Answer({})
    order = _existing(call)
    bind(call.project, order, read_ids(call.project, node(call.body, "order", "ids")))
    order.is_open = False
    paid = _status_of(call.project, "paid")
    order_effects.change_status(
        call.project, order, order.lines, status=paid, at=call.at, place=call.place
    )
    return Answer({}, "changed", str(order.id))


def rollback(call: Call) -> Answer:
    """Give up a transaction: points, codes and gift cards come back and no order remains."""
    if _mode(call) == "beginCreatesOrder":
        return Answer({})
    project, order = call.project, _existing(call)
    order.is_open = False
    cancelled = _status_of(project, "cancelled")
    order_effects.change_status(
        project, order, order.lines, status=cancelled, at=call.at, place=call.place
    )
    coupons.release(project, order)
    gift_cards.refund(project, order)
    return Answer({}, "changed", str(order.id))


def _mode(call: Call) -> str:
    mode = call.project.settings.legacy_transaction
    if mode == "off":
        msg = "Шаг операции удалён: используйте создание заказа и изменение статуса"
        raise ProtocolRefused(msg)
    return mode


def _transaction(call: Call) -> str:
    found = text(node(call.body, "order", "transaction", "ids").get("externalId"))
    if not found:
        msg = "/order/transaction/ids/externalId: не передан обязательный параметр"
        raise ProtocolRefused(msg)
    return found


def _open(project: Project, transaction: str) -> Order | None:
    for order in project.orders.values():
        if order.transaction == transaction and order.is_open:
            return order
    return None


def _existing(call: Call) -> Order:
    order = _open(call.project, _transaction(call))
    if order is None:
        msg = "/order/transaction: транзакция не найдена"
        raise ProtocolRefused(msg)
    return order


def _status_of(project: Project, category: str) -> str:
    return next(name for name, found in project.settings.statuses.items() if found == category)
