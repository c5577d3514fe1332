"""System of record: which account owns which field, and what happens when two disagree.

A rule is looked up by the most specific pattern: ``lines/quantity`` before ``lines`` before ``*``.
Patterns are field paths without the keys of items (``gateway.canonical.paths.pattern``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.canonical import Kind, OrderStatus, PaymentState, may_follow
from gateway.canonical.paths import pattern


class RuleKind(StrEnum):
    """How a field's value is decided."""

    OWNER = "owner"
    NEWEST = "newest"
    FORWARD = "forward"
    UNION = "union"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``account`` is the owner for ``OWNER``."""

    kind: RuleKind
    account: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.account}" if self.account else str(self.kind)


NEWEST = Rule(RuleKind.NEWEST)

SAFE_DEFAULTS: Mapping[Kind, Mapping[str, Rule]] = {
    Kind.CUSTOMER: {
        "phones": Rule(RuleKind.UNION),
        "cards": Rule(RuleKind.UNION),
        "registered_at": Rule(RuleKind.UNION),
    },
    Kind.CARD: {},
    Kind.PRODUCT: {},
    Kind.ORDER: {
        "status": Rule(RuleKind.FORWARD),
        "payments": Rule(RuleKind.UNION),
        "payments/state": Rule(RuleKind.FORWARD),
    },
}
"""Rules that hold where the configuration is silent: nothing that is known is lost by default."""


@dataclass(frozen=True, slots=True)
class Ownership:
    """The rules of all kinds.

    Shape: ``rules[kind][pattern]``; ``priority`` lists accounts, the first wins a tie of times.
    """

    rules: Mapping[Kind, Mapping[str, Rule]] = field(default_factory=dict)
    priority: Sequence[str] = ()

    def rule(self, kind: Kind, path: str) -> Rule:
        """Return the rule for a field path; ``newest`` where nothing is said."""
        wanted = pattern(path, kind)
        for table in (self.rules.get(kind, {}), SAFE_DEFAULTS[kind]):
            prefix = wanted
            while prefix:
                if prefix in table:
                    return table[prefix]
                prefix = prefix.rpartition("/")[0]
        return self.rules.get(kind, {}).get("*", NEWEST)

    def outranks(self, challenger: str, holder: str) -> bool:
        """Tell whether ``challenger`` wins over ``holder`` when their times are equal."""
        order = {account: place for place, account in enumerate(self.priority)}
        last = len(order)
        return (order.get(challenger, last), challenger) <= (order.get(holder, last), holder)


_PAYMENT_STAGE = {str(state): stage for stage, state in enumerate(PaymentState)}


def goes_forward(kind: Kind, path: str, new: object, current: object) -> bool:
    """Tell whether a staged value may go from ``current`` to ``new``.

    Only order status and payment state have stages; for other fields only filling an empty one is
    forward.
    """
    if current is None:
        return new is not None
    if new is None:
        return False
    wanted = pattern(path, kind)
    if kind is Kind.ORDER and wanted == "status":
        return may_follow(OrderStatus(str(new)), OrderStatus(str(current)))
    if kind is Kind.ORDER and wanted == "payments/state":
        return _PAYMENT_STAGE[str(new)] > _PAYMENT_STAGE[str(current)]
    return False
