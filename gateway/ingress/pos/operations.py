"""Operations: every call of the doors, in the order in which a till meets them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.contract import Scope
from gateway.ingress.pos import batch, members, sales
from gateway.ingress.pos.answers import (
    BalanceAnswer,
    CardCheckAnswer,
    CodeSentAnswer,
    ConfirmedAnswer,
    DealAnswer,
    HistoryAnswer,
    IdentifiedAnswer,
    ProductsAnswer,
    QuoteAnswer,
)
from gateway.ingress.pos.answers_refused import BatchAnswer
from gateway.ingress.pos.operation import Nothing, Operation
from gateway.ingress.pos.reading import MOST_BATCH_BYTES
from gateway.ingress.pos.shapes import (
    CardCheckBody,
    ConfirmCodeBody,
    MemberBody,
    ProductsBody,
    RegisterBody,
    SendCodeBody,
)
from gateway.ingress.pos.shapes_sale import (
    BatchBody,
    QuoteBody,
    ReserveBody,
    ReturnBody,
    SaleBody,
)

_READ, _SELL, _REGISTER = Scope.READ, Scope.SELL, Scope.REGISTER

_REGISTERING = Operation(
    "register", "POST", "/register", _REGISTER, RegisterBody, IdentifiedAnswer,
    members.register, "Make a member, or find the one who has these contacts", is_write=True,
)  # fmt: skip
_BATCH = Operation(
    "receipts", "POST", "/receipts", _SELL, BatchBody, BatchAnswer,
    batch.receipts, "Hand in what was closed while the till was alone", is_write=True,
    most_bytes=MOST_BATCH_BYTES,
)  # fmt: skip
_CARDS = Operation(
    "check_card", "POST", "/check", Scope.CARDS, CardCheckBody, CardCheckAnswer,
    members.check_card, "Tell whether a card exists, and which discount it gives",
)  # fmt: skip
_SHARED: Sequence[Operation[Any]] = (
    Operation(
        "identify", "POST", "/identify", _READ, MemberBody, IdentifiedAnswer,
        members.identify, "Find a member by phone, card, e-mail or name of an earlier answer",
    ),
    Operation(
        "send_code", "POST", "/codes", _REGISTER, SendCodeBody, CodeSentAnswer,
        members.send_code, "Send a one-time code",
    ),
    Operation(
        "confirm_code", "POST", "/codes/confirm", _REGISTER, ConfirmCodeBody, ConfirmedAnswer,
        members.confirm_code, "Check a one-time code that somebody told",
    ),
    Operation(
        "balance", "GET", "/members/{member_id}/balance", _READ, Nothing, BalanceAnswer,
        members.balance, "Tell a member's points",
    ),
    Operation(
        "history", "GET", "/members/{member_id}/history", _READ, Nothing, HistoryAnswer,
        members.history, "Tell a member's postings, newest first", paged=True,
    ),
    Operation(
        "product_points", "POST", "/products/points", _READ, ProductsBody, ProductsAnswer,
        members.products, "Tell how many points products would bring this customer",
    ),
    Operation(
        "quote", "POST", "/quote", _READ, QuoteBody, QuoteAnswer,
        sales.quote, "Reckon a basket; changes nothing",
    ),
    Operation(
        "reserve", "POST", "/sales/{id}/reserve", _SELL, ReserveBody, DealAnswer,
        sales.reserve, "Block the points that a sale spends", is_write=True,
    ),
    Operation(
        "commit", "POST", "/sales/{id}/commit", _SELL, SaleBody, DealAnswer,
        sales.commit, "Close a sale, reserved before or not", is_write=True,
    ),
    Operation(
        "cancel", "POST", "/sales/{id}/cancel", _SELL, Nothing, DealAnswer,
        sales.cancel, "Give a sale up", is_write=True,
    ),
    Operation(
        "deal", "GET", "/sales/{id}", _SELL, Nothing, DealAnswer,
        sales.deal, "Tell what became of a sale or return",
    ),
    Operation(
        "give_back", "POST", "/returns/{id}", _SELL, ReturnBody, DealAnswer,
        sales.give_back, "Take goods back, in whole or in part", is_write=True,
    ),
)  # fmt: skip

DOORS: Mapping[str, Sequence[Operation[Any]]] = {
    "/pos/v1": (_REGISTERING, *_SHARED, _BATCH),
    "/checkout/v1": _SHARED,
    "/cards/v1": (_CARDS,),
}
ONLINE = frozenset({"/checkout/v1"})
"""Doors whose sales are made on a site."""
