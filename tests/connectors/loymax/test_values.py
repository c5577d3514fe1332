"""Values of the wire: moments, ids, sums, postings and paths. Tables and properties."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.loymax.config import LoymaxSettings
from connectors.loymax.history import postings
from connectors.loymax.purchases import operation_id, purchase_id, sums_of, to_pay
from connectors.loymax.reference import reference, sale_of, told
from connectors.loymax.translator import CustomerTranslator
from connectors.loymax.values import day_of, moment_of, moment_text
from connectors.loymax.versions import Call, Version, path_of
from connectors.loymax.wire import (
    BalanceWire,
    HistoryRowWire,
    StepWire,
)
from gateway.canonical import (
    BonusOperationKind,
)
from gateway.contract import Kept, SaleState

from .world import own_settings

SETTINGS = LoymaxSettings.model_validate(
    own_settings("http://vendor.test", customer_attributes={"favourite": "FavoriteCategory"})
)
TRANSLATOR = CustomerTranslator(SETTINGS)


def test_currencies_are_never_added() -> None:
    """Roubles of a gift card are spent as points."""
    rows = [
        {"currency": {"code": "Gift"}, "balance": 500.0, "notActivated": 0},
        {"currency": {"code": "Currency1"}, "balance": 110.25, "notActivated": "20.0"},
    ]
    (account,) = TRANSLATOR.bonuses([BalanceWire.model_validate(row) for row in rows])
    assert account.available is not None
    assert account.available.points == Decimal("110.25")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-03-11T09:20:00Z", datetime(2025, 3, 11, 9, 20, tzinfo=UTC)),
        ("2025-03-11T12:20:00.000+03:00", datetime(2025, 3, 11, 9, 20, tzinfo=UTC)),
        ("2025-03-23T12:40:32", datetime(2025, 3, 23, 12, 40, 32, tzinfo=UTC)),
        ("", None),
        ("вчера", None),
        (None, None),
    ],
)
def test_moment_is_read_with_and_without_a_zone(
    text: str | None, expected: datetime | None
) -> None:
    """A posting moves by three hours, or stops the page."""
    assert moment_of(text) == expected


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_moment_survives_to_the_millisecond(moment: datetime) -> None:
    """A repeat is told from the first by its time."""
    again = moment_of(moment_text(moment))
    assert again is not None
    assert (moment - again).total_seconds() < 0.001


@pytest.mark.parametrize(
    ("text", "day"),
    [("1990-05-17T00:00:00Z", date(1990, 5, 17)), ("1990-05-17", date(1990, 5, 17)), ("", None)],
)
def test_day_is_read(text: str, day: date | None) -> None:
    """A birthday moves by a day."""
    assert day_of(text) == day


@given(st.text(min_size=1), st.text(min_size=1))
def test_id_of_a_purchase_fits_the_path_and_is_the_sales_own(one: str, other: str) -> None:
    """Two orders are one purchase, or an id with a slash is another path."""
    assert purchase_id(one).isascii()
    assert purchase_id(one).isalnum()
    assert len(purchase_id(one)) <= 60
    assert purchase_id(one) == purchase_id(one)
    if one.replace("-", "") != other.replace("-", ""):
        assert purchase_id(one) != purchase_id(other)


@given(st.text(), st.text())
def test_id_of_an_operation_is_its_step_and_key(one: str, other: str) -> None:
    """A confirmation is taken for the repeat of a payment."""
    ids = {operation_id(key, step) for key in {one, other} for step in "CPDKUR"}

    assert len(ids) == 6 * len({one, other})


@given(
    st.lists(st.decimals(0, 10**6, places=2), min_size=1, max_size=5),
    st.decimals(0, 10**6, places=2),
)
def test_reference_keeps_the_sums(sums: list[Decimal], paid: Decimal) -> None:
    """After a payment the vendor wants the sums to the kopeck."""
    text = reference("SHOP1", sums, paid)

    assert told(Kept(text, SaleState.RESERVED)) == (tuple(sums), paid)
    assert sale_of(text) == "SHOP1"
    assert told(Kept("SHOP1", SaleState.COMMITTED)) == ((), Decimal(0))


def test_sums_that_are_incomplete_are_none() -> None:
    """A line that the vendor did not reckon is sold for nothing."""
    lines = [{"position": 2, "amount": 460}, {"position": 1, "amount": 540, "payAmount": 54}]
    step = StepWire.model_validate({"cheque": {"lines": lines}})

    assert sums_of(step, 2) == (Decimal(540), Decimal(460))
    assert sums_of(step, 3) == ()
    assert to_pay(step) == Decimal(946)


def _row(kind: str, **data: Any) -> HistoryRowWire:
    row = {"id": "h1", "dateTime": "2025-02-03T10:15:00+00:00", "type": kind, "data": data}
    return HistoryRowWire.model_validate(row)


def _amount(amount: float) -> dict[str, Any]:
    return {"amount": amount, "currency": "бнс."}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param(
            _row("RewardData", rewardType="Bonus", amount=_amount(100)),
            [(BonusOperationKind.ACCRUE, 100)],
            id="reward",
        ),
        pytest.param(
            _row("WithdrawData", withdrawType="Withdraw", amount=_amount(-12)),
            [(BonusOperationKind.REDEEM, -12)],
            id="withdrawal",
        ),
        pytest.param(
            _row("WithdrawData", withdrawType="Expiration", amount=_amount(-5)),
            [(BonusOperationKind.EXPIRE, -5)],
            id="expiry",
        ),
        pytest.param(
            _row(
                "PurchaseData",
                rewards=[
                    {"rewardType": "Discount", "amount": _amount(60)},
                    {"rewardType": "Bonus", "amount": _amount(45)},
                ],
                withdraws=[{"withdrawType": "Bonus", "amount": _amount(-100), "moneyAmount": 100}],
                amount=_amount(1000),
            ),
            [(BonusOperationKind.ACCRUE, 45), (BonusOperationKind.REDEEM, -100)],
            id="purchase without its direct discount",
        ),
        pytest.param(_row("RewardData", rewardType="Discount", amount=_amount(60)), [], id="money"),
    ],
)
def test_postings_of_a_row(
    row: HistoryRowWire, expected: list[tuple[BonusOperationKind, int]]
) -> None:
    """Roubles of a discount are shown as points."""
    assert [(one.kind, int(one.points.points)) for one in postings(row)] == expected


@pytest.mark.parametrize(
    ("version", "call", "path"),
    [
        (Version.LEGACY, Call.ACTIONS, "systemapi/api/Users/7/RequiredActions"),
        (Version.V1_2, Call.ACTIONS, "systemapi/v1.2/users/7/RegistrationActions"),
        (Version.LEGACY, Call.FINISH, "systemapi/api/Registration/TryFinishRegistration"),
        (Version.V1_2, Call.FINISH, "systemapi/v1.2/Registration/TryFinishRegistrationCustomer"),
        (Version.LEGACY, Call.CARD_BY_NUMBER, "systemapi/api/Cards"),
        (Version.V1_2, Call.CARD_BY_NUMBER, "systemapi/v1.2/Cards/ByCardNumber"),
        (Version.LEGACY, Call.SYSTEM, "systemapi/api/deposit"),
        (Version.V1_2, Call.SYSTEM, "systemapi/v1.2/deposit"),
    ],
)
def test_path_of_a_call_is_the_versions(version: Version, call: Call, path: str) -> None:
    """One call of the old version is sent to the new one."""
    assert path_of(version, call, id="7", path="deposit") == path


def test_every_call_has_a_path_in_both_versions() -> None:
    """The switch of the version loses a call."""
    for version, call in itertools.product(Version, Call):
        assert path_of(version, call, id="7", path="x")
