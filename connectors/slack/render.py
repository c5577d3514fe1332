"""Rendering: what was found as blocks; one person is one, and so is one order (5.4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from gateway.contract import SupportCustomer, SupportFound, SupportOrder

from .translator import escaped, shortened

MOST_BLOCKS = 50
"""Blocks of one message (unconfirmed in 5.4, so it is kept to)."""

ZONE = ZoneInfo("Europe/Moscow")
WORDS: Mapping[str, Mapping[str, str]] = {
    "ru": {
        "help": "`{customer} ТЕЛЕФОН` — покупатель, баллы и заказы; почта и карта тоже подойдут\n"
        "`{order} НОМЕР` — заказ, его баллы и покупатель",
        "found": "Найдено",
        "forbidden": "Вам здесь нельзя спрашивать о покупателях: нужен администратор шлюза.",
        "nothing": "Ничего не найдено. Проверьте номер и попробуйте ещё раз.",
        "late": "Не успели найти за отведённое время. Попробуйте ещё раз через минуту.",
        "no_name": "имя неизвестно",
        "balance": "{programme}: доступно {available}, неактивно {pending}, в резерве {blocked}",
        "tier": "уровень {tier}",
        "stale": "это последние известные баллы: {names} не отвечает",
        "unfreeze": "{at} станут доступны {points}",
        "unfreezes": "Когда разморозятся:",
        "orders": "Заказы:",
        "earned": "начислено {points}",
        "spent": "списано {points}",
        "no_orders": "заказов нет",
        "more": "показаны последние, есть и более ранние",
        "order": "заказ {number}",
    },
    "en": {
        "help": "`{customer} PHONE`: a customer, points and orders; e-mail or card do as well\n"
        "`{order} NUMBER`: an order, its points and its customer",
        "found": "Found",
        "forbidden": "You may not ask about customers here. Ask the gateway's administrator.",
        "nothing": "Nothing was found. Check the number and try again.",
        "late": "It was not found in time. Try again in a minute.",
        "no_name": "name unknown",
        "balance": "{programme}: {available} available, {pending} inactive, {blocked} reserved",
        "tier": "tier {tier}",
        "stale": "these are the last points known: {names} does not answer",
        "unfreeze": "{points} become available on {at}",
        "unfreezes": "What unfreezes:",
        "orders": "Orders:",
        "earned": "{points} earned",
        "spent": "{points} spent",
        "no_orders": "no orders",
        "more": "the last ones, there are earlier ones",
        "order": "order {number}",
    },
}


def found_blocks(found: SupportFound, language: str) -> list[dict[str, Any]]:
    """Return the blocks of an answer."""
    texts = [
        *("\n".join(_order(one, language)) for one in found.orders),
        *("\n".join(_customer(one, language)) for one in found.customers),
    ]
    return [
        {"type": "section", "text": {"type": "mrkdwn", "text": shortened(text)}}
        for text in texts[:MOST_BLOCKS]
    ]


def _customer(one: SupportCustomer, language: str) -> Iterator[str]:
    words = WORDS[language]
    yield f"*{escaped(one.name or words['no_name'])}*"
    contacts = [*one.phones, *one.emails, *one.cards]
    if contacts:
        yield escaped(", ".join(contacts))
    for held in one.balances:
        figures = {
            name: _points(getattr(held, name)) for name in ("available", "pending", "blocked")
        }
        line = words["balance"].format(programme=escaped(held.programme), **figures)
        tier = f", {words['tier'].format(tier=escaped(held.tier))}" if held.tier else ""
        yield line + tier
    if one.silent:
        yield f"_{words['stale'].format(names=escaped(', '.join(one.silent)))}_"
    if one.unfreezes:
        yield words["unfreezes"]
    for free in one.unfreezes:
        order = f" ({words['order'].format(number=escaped(free.order))})" if free.order else ""
        line = words["unfreeze"].format(at=_day(free.at), points=_points(free.points))
        yield f"• {line}{order}"
    yield from _orders(one.orders, words, more=one.more_orders)


def _orders(
    orders: Sequence[SupportOrder], words: Mapping[str, str], *, more: bool
) -> Iterator[str]:
    yield words["orders"] if orders else words["no_orders"]
    for one in orders:
        yield f"• {_order_line(one, words)}"
    if more:
        yield f"_{words['more']}_"


def _order(one: SupportOrder, language: str) -> Iterator[str]:
    words = WORDS[language]
    yield f"*{words['order'].format(number=escaped(one.number))}*"
    yield _order_line(one, words)


def _order_line(one: SupportOrder, words: Mapping[str, str]) -> str:
    parts = [one.number, _day(one.placed_at) if one.placed_at else "", one.status]
    if one.total is not None:
        parts.append(f"{one.total.amount} {one.total.currency}")
    if one.shop:
        parts.append(one.shop)
    if one.earned is not None:
        parts.append(words["earned"].format(points=_points(one.earned)))
    if one.spent:
        parts.append(words["spent"].format(points=_points(one.spent)))
    return escaped(" · ".join(part for part in parts if part))


def _points(value: Decimal | None) -> str:
    return "—" if value is None else f"{value.normalize():f}"


def _day(at: datetime) -> str:
    return at.astimezone(ZONE).strftime("%d.%m.%Y")
