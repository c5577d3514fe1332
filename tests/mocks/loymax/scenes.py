"""The documented samples sorted into scenes: the state each needs and the order they come in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.mocks.loymax.stand import NOW, OLEG_CARD, OLEG_ROW, SYSTEM, WORLD

Do = Mapping[str, Any]


@dataclass(frozen=True)
class Scene:
    """Samples in their order; a mapping between them is something done at the side door."""

    name: str
    steps: tuple[str | Do, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    seed: Mapping[str, Any] | None = field(default_factory=lambda: WORLD)
    ignore: frozenset[str] = frozenset()
    needs: str = ""


FREE = {**WORLD, "cards": [], "coupons": []}
TWO = {
    **WORLD,
    "customers": [*WORLD["customers"], OLEG_ROW],
    "cards": [*WORLD["cards"], OLEG_CARD],
}
SALE = ("proc.calculate", "proc.payment", "proc.bonus", "proc.confirm")
OPERATOR = "operator"
CUSTOMER = "customer"
MEMBER = "member"
CHEQUE = {"number": "46", "date": NOW, "lines": [{"position": 1, "quantity": 1, "amount": 100}]}
OPEN_46 = {
    "call": ("POST", "Processing/Purchases/SHOP100046/Calculate", CUSTOMER),
    "body": {"operationId": "46-C1", "operationDate": NOW, "cheque": CHEQUE},
}
TOO_MUCH = {
    "call": ("PUT", SYSTEM + "deposit", OPERATOR),
    "body": {
        "type": "Withdraw",
        "operations": [{"identifierType": "Phone", "identifier": "79000005012", "amount": 99999}],
        "legal": {"id": 5},
        "currency": {"id": 1},
        "loyaltyProgram": {"id": 1},
        "partner": {"id": 2},
    },
}
POLL = {"call": ("GET", SYSTEM + "deposit/9002/progress", OPERATOR)}

SET_PASSWORD = {
    "call": ("POST", SYSTEM + "users/5014/SetRandomPassword?needNotify=false", OPERATOR)
}

SCENES = (
    Scene("password", ("auth.password", "auth.refresh", "auth.refresh.expired", "api.401")),
    Scene("wrong password", ("auth.password.wrong",)),
    Scene(
        "code login",
        (
            "auth.2fa.unknown_user",
            "auth.2fa.start",
            "auth.2fa.bad_code",
            "auth.2fa.bad_token",
            "auth.2fa.resend",
            "auth.2fa.confirm",
        ),
        {"two_factor": "on", "password_required": "off"},
    ),
    Scene(
        "code sending limit",
        ("auth.2fa.start", "auth.2fa.resend.limit"),
        {"two_factor": "on", "code_sends": 1},
    ),
    Scene("operator", ("auth.operator",)),
    Scene(
        "shop for a customer",
        ("auth.anonymous", "auth.authorize.unknown", "auth.authorize", "auth.code"),
    ),
    Scene(
        "envelope",
        ("api.validation", {"act": {"action": "api.fail"}}, "api.fail"),
        needs=MEMBER,
    ),
    Scene(
        "registration",
        (
            "reg.begin",
            "reg.actions",
            "reg.phone.state",
            "reg.phone.bad_code",
            "reg.phone.confirm",
            "reg.offer",
            "reg.answers.bad",
            "reg.answers",
            "reg.email.not_started",
            "reg.email.set",
            "reg.email.confirm",
            "reg.subs",
            "reg.finish.incomplete",
            "reg.password",
            "reg.finish",
            "reg.begin.completed",
        ),
        seed=None,
    ),
    Scene(
        "registration blocked",
        ("reg.begin.blocked",),
        seed={"customers": [{"phone": "79000005012", "registrationBlocked": True}]},
    ),
    Scene(
        "profile",
        (
            "user.get",
            "user.get.payload",
            "user.logins",
            "attr.list",
            "attr.get.unset",
            "attr.set",
            "subs.get",
            "subs.set",
            "phone.change.cancel",
            "phone.change",
            "phone.change.confirm",
        ),
        needs=MEMBER,
    ),
    Scene(
        "cards",
        (
            "cards.list",
            "cards.qr.unknown",
            "cards.set.refused",
            "cards.attach",
            "cards.attach.state",
            "cards.attach.confirm",
            "cards.block",
        ),
        seed=TWO,
        needs=MEMBER,
    ),
    Scene("card code", ("cards.qr",), needs=MEMBER, ignore=frozenset({"code"})),
    Scene(
        "card emission",
        ("cards.emit",),
        seed=FREE,
        needs=MEMBER,
        ignore=frozenset({"number", "barCode"}),
    ),
    Scene("card emission off", ("cards.emit.refused",), {"virtual_cards": "off"}, needs=MEMBER),
    Scene(
        "free card",
        ("cards.set",),
        seed={**FREE, "cards": [{**WORLD["cards"][0], "owner": None}]},
        needs=MEMBER,
    ),
    Scene("coupons and offers", ("coupons.list", "coupons.unknown", "offers.list"), needs=MEMBER),
    Scene(
        "coupon issue",
        ("coupons.issue",),
        seed={
            **WORLD,
            "coupons": [{"id": 71, "code": "SPRING25", "emission": 11, "state": "Created"}],
        },
        needs=CUSTOMER,
    ),
    Scene("balance", ("balance", "balance.detailed", "balance.operations"), needs=MEMBER),
    Scene(
        "history",
        (*SALE, "history", "history.empty", "history.sums"),
        needs="customer member",
        ignore=frozenset({"id", "transactionId"}),
    ),
    Scene(
        "find a customer",
        ("sys.find.phone", "sys.find.none", "sys.find.email", "sys.person", "sys.find.card"),
        needs=OPERATOR,
    ),
    Scene(
        "registration by the operator",
        (
            "sys.reg.begin",
            "sys.reg.actions",
            "sys.reg.offer",
            "sys.reg.phone",
            "sys.reg.answers",
            {
                "call": (
                    "POST",
                    "/systemapi/api/Users/5014/SetRandomPassword?needNotify=false",
                    OPERATOR,
                )
            },
            "sys.reg.finish",
            "sys.email",
            "sys.emit",
            "sys.card.set",
            "sys.card.block",
            "sys.attr",
            "sys.subs",
            "sys.merge",
        ),
        seed={
            **WORLD,
            "customers": [*WORLD["customers"], {"id": 5013}],
            "cards": [*WORLD["cards"], {**OLEG_CARD, "owner": None}],
        },
        needs=OPERATOR,
    ),
    Scene(
        "deposit",
        (
            {"clock": {"freeze": "2025-02-04T08:00:00Z"}},
            {"login": OPERATOR},
            "sys.deposit",
            "sys.deposit.running",
            "sys.deposit.done",
            "sys.deposit.rows",
            "sys.deposit.find",
            TOO_MUCH,
            POLL,
            "sys.deposit.failed",
        ),
    ),
    Scene(
        "purchases for the operator",
        (
            *SALE,
            "sys.purchases",
            "sys.purchase.ops",
            "sys.purchase.lines",
            OPEN_46,
            "sys.purchase.confirm",
        ),
        needs="customer operator",
        # The samples name one offer in all discounts of a line, which their own purchase denies.
        ignore=frozenset({"offer", "creationDate"}),
    ),
    Scene(
        "purchase",
        (
            "proc.balance",
            "proc.calculate",
            "proc.calculate.coupon",
            "proc.available",
            "proc.payment",
            "proc.payment.repeat",
            "proc.bonus",
            "proc.confirm",
            "proc.confirm.repeat",
            "proc.confirm.unknown",
            "proc.refund",
            "proc.refund.confirm",
        ),
        needs=CUSTOMER,
    ),
    Scene(
        "payments refused",
        ("proc.calculate", "proc.payment.too_much", "proc.payment.no_money"),
        needs=CUSTOMER,
    ),
    Scene(
        "payment code",
        ("proc.calculate", "proc.payment.code"),
        {"payment_code_over": 50},
        needs=CUSTOMER,
    ),
    Scene(
        "payment undone", ("proc.calculate", "proc.payment", "proc.payment.undo"), needs=CUSTOMER
    ),
    Scene("purchase cancelled", (OPEN_46, "proc.cancel"), needs=CUSTOMER),
    Scene("no device", ("proc.no_device",), needs="shop-2"),
    Scene(
        "refusal as a state",
        ("proc.calculate", "proc.state_style"),
        {"processing_error_style": "state"},
        needs=CUSTOMER,
    ),
)
