"""Whatever operations come in whatever order, no bonus appears from nowhere (13.2)."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, get_args

from hypothesis import given
from hypothesis import strategies as st

from mocks.loymax.account import Lot
from mocks.loymax.clock import moment
from mocks.loymax.codes import Codes
from mocks.loymax.installation import Installation
from mocks.loymax.people import Person
from mocks.loymax.processing import Processing
from mocks.loymax.purchase import Line, Operation
from mocks.loymax.settings import LoymaxSettings
from tests.mocks.loymax.stand import NOW

Policy = Literal["SuppressNegative", "AllowNegative"]
POLICIES: tuple[Policy, ...] = get_args(Policy)
KINDS = ("calculate", "available", "payment", "undo", "bonus", "confirm", "cancel", "refund")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.sampled_from(["A", "B", "R1", "R2"]),
        st.integers(min_value=1, max_value=400),
        st.integers(min_value=1, max_value=3),
    ),
    max_size=25,
)


def _lines(quantity: int) -> list[Line]:
    return [
        Line(1, "tea", None, "Чай", Decimal(quantity), Decimal("333.33") * quantity),
        Line(2, "honey", None, "Мёд", Decimal(1), Decimal("100.01")),
    ]


def _world(policy: Policy) -> tuple[Processing, Person]:
    settings = LoymaxSettings(read_clock=lambda: moment(NOW), refund_negative_type=policy)
    installation = Installation(settings)
    person = installation.add_person()
    person.account.credit(Lot(Decimal(500)))
    return Processing(installation, Codes(installation)), person


@given(steps=STEPS, policy=st.sampled_from(POLICIES))
def test_spendable_blocked_and_paid_are_what_was_accrued(
    steps: list[tuple[str, str, int, int]], policy: Policy
) -> None:
    """Confirm, cancel, undo and refund only move bonuses between the three."""
    processing, person = _world(policy)
    account, now = person.account, moment(NOW)
    for number, (kind, purchase, amount, quantity) in enumerate(steps):
        processing.run(
            Operation(
                kind,
                "WEB-1",
                f"{purchase}-{number}",
                now,
                purchase,
                person=person,
                lines=_lines(quantity),
                amount=Decimal(amount) if kind == "payment" else Decimal(0),
                undone=f"{purchase}-{number - 1}",
                refunded="A",
            )
        )
        left = account.balance(now) + account.waiting(now) + account.held() + account.paid
        assert left == account.accumulated
        assert account.held() >= 0
        assert account.paid >= 0
