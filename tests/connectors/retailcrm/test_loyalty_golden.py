"""Golden exchanges of the vendor reference (27.3 to 27.6): what is sent, and what is read of it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from gateway.canonical import (
    BonusOperationKind,
    Kind,
)
from gateway.contract import (
    CodePurpose,
    MemberKey,
    Operation,
    Rejected,
)
from gateway.contract.operations import BONUS_POST

from .golden import (
    CARD,
    CHECK,
    CUSTOMERS,
    FOUND_WAITING,
    L4_REFUSALS,
    L6_FOUND,
    L9_NOBODY,
    L14,
    NO_CUSTOMERS,
    OPERATIONS,
    PAGES,
    PERSON,
    PHONE,
    VERIFICATION,
    WAITING,
)
from .scripted import Answer, Vendor


def _loyalty(vendor: Vendor) -> Any:  # noqa: ANN401 - the one of a scripted connector
    return vendor.connector().services.loyalty


def _codes(vendor: Vendor) -> Any:  # noqa: ANN401 - the one of a scripted connector
    return vendor.connector().services.codes


async def test_l3_l4_a_registration_waits_for_its_sms() -> None:
    """L3: the participation; L4: the activation that sends an SMS."""
    made = {"active": False, "id": 71, "status": "not_confirmed", "customer": {"id": 9001}}
    vendor = Vendor(
        {
            "loyalty/accounts": [L9_NOBODY, L9_NOBODY, FOUND_WAITING],
            "customers": [NO_CUSTOMERS, CUSTOMERS],
            "loyalty/account/create": [
                (200, {"success": True, "site": "shop-ru", "loyaltyAccount": made, "warnings": []})
            ],
            "loyalty/account/71/activate": [
                (200, {"success": True, "loyaltyAccount": WAITING, "verification": VERIFICATION})
            ],
        }
    )
    member = await _loyalty(vendor).register(PERSON, key="c-01jd7fhq3v9m2x4k")
    assert member.external_id == "9001"
    assert vendor.form("POST loyalty/account/create") == {
        "site": "shop-ru",
        "loyaltyAccount": {
            "phoneNumber": PHONE,
            "cardNumber": CARD,
            "customer": {"id": 9001},
        },
    }


@pytest.mark.parametrize("outcome", ["active", "unfilled", "done"])
async def test_l4_other_outcomes_of_an_activation(outcome: str) -> None:
    """Done already is done; unfilled fields are named to the cashier."""
    vendor = Vendor(
        {
            "loyalty/accounts": [FOUND_WAITING, L6_FOUND],
            "customers": [CUSTOMERS],
            "loyalty/account/71/activate": [L4_REFUSALS[outcome]],
        }
    )
    registering = _loyalty(vendor).register(PERSON, key="c-01jd7fhq3v9m2x4k")
    if outcome == "unfilled":
        with pytest.raises(Rejected, match="Last name, Email"):
            await registering
    else:
        assert (await registering).external_id == "9001"


async def test_l3_again_is_looked_up() -> None:
    """L3, second answer: who takes part already is who was meant."""
    taken = {"loyalty": "The customer is in this loyalty program already"}
    refusal = {"success": False, "errorMsg": "Errors in the entity format", "errors": taken}
    vendor = Vendor(
        {
            "loyalty/accounts": [L9_NOBODY, L9_NOBODY, L6_FOUND],
            "customers": [NO_CUSTOMERS, CUSTOMERS],
            "loyalty/account/create": [(400, refusal)],
        }
    )
    member = await _loyalty(vendor).register(PERSON, key="c-01jd7fhq3v9m2x4k")
    assert member.external_id == "9001"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((200, {"success": True, "verification": {**VERIFICATION, "verifiedAt": "x"}}), True),
        (
            (
                400,
                {
                    "success": False,
                    "errorMsg": "Errors in the entity format",
                    "errors": {"code": "Verification code is wrong or expired"},
                },
            ),
            False,
        ),
        ((404, {"success": False, "errorMsg": "Not found"}), False),
    ],
    ids=["right", "wrong", "L6-unknown"],
)
@pytest.mark.parametrize("prefix", ["", "pos-1-000123|"], ids=["phone", "spending"])
async def test_l5_a_code_is_confirmed(answer: Answer, prefix: str, *, expected: bool) -> None:
    """L5: the check and the code, whatever the reference names beside it."""
    vendor = Vendor({"verification/sms/confirm": [answer]})
    told = await _codes(vendor).confirm(
        MemberKey(phone=PHONE), "1234", purpose=CodePurpose.PHONE, reference=f"{prefix}{CHECK}"
    )
    assert told is expected
    form = vendor.form("POST verification/sms/confirm")
    assert form["verification"] == {"code": "1234", "checkId": CHECK}


async def test_l8_l9_a_member_is_found_at_the_till() -> None:
    """L9: the phone as text, the programme and the shop."""
    vendor = Vendor({"loyalty/accounts": [L6_FOUND, L9_NOBODY], "customers": [CUSTOMERS]})
    loyalty = _loyalty(vendor)
    member = await loyalty.identify(MemberKey(phone=PHONE))
    assert (member.external_id, member.customer.tier) == ("9001", "Silver")
    assert vendor.form("GET loyalty/accounts") == {
        "filter[phoneNumber]": PHONE,
        "filter[loyalties][]": "2",
        "filter[sites][]": "shop-ru",
        "limit": "100",
    }
    assert await loyalty.identify(MemberKey(phone=PHONE)) is None


@pytest.mark.parametrize(
    ("kind", "way", "fields"),
    [
        (
            "accrue",
            "credit",
            {"points": "300", "reason": "Welcome", "active_from": "2026-03-09T00:00:00+03:00",
             "expires_at": "2026-06-09T00:00:00+03:00"},
        ),
        ("redeem", "charge", {"points": "24", "reason": "Correction"}),
    ],
    ids=["L10", "L12"],
)  # fmt: skip
async def test_l10_l12_points_are_posted(kind: str, way: str, fields: dict[str, Any]) -> None:
    """L10, L12: a plain positive amount, days, and our mark in the comment."""
    vendor = Vendor(
        {
            "loyalty/accounts": [L6_FOUND],
            "loyalty/account/71/bonus/operations": [L14],
            f"loyalty/account/71/bonus/{way}": [(200, {"success": True})],
        }
    )
    payload = {"customer_external_id": "9001", "kind": kind, **fields}
    performer = vendor.connector().operations[BONUS_POST]
    told = await performer.perform(Operation("gw-c-1", BONUS_POST, payload))
    assert told == {"account": 71, "way": way, "before": False}
    form = vendor.form(f"POST loyalty/account/71/bonus/{way}")
    assert form == {
        "site": "shop-ru",
        "amount": fields["points"],
        "comment": f"{fields['reason']} [op:gw-c-1]",
    } | ({"activationDate": "2026-03-09", "expireDate": "2026-06-09"} if way == "credit" else {})


async def test_l14_postings_of_a_member() -> None:
    """L14: newest first; moments are the account's own."""
    vendor = Vendor({"loyalty/accounts": [L6_FOUND], "loyalty/account/71/bonus/operations": [L14]})
    page = await _loyalty(vendor).history("9001", cursor=None, limit=20)
    assert page.cursor is None
    assert [(one.kind, one.points.points, one.order_number) for one in page.items] == [
        (BonusOperationKind.CANCEL, Decimal(-44), "pos-1-000123"),
        (BonusOperationKind.CANCEL, Decimal(20), "pos-1-000123"),
        (BonusOperationKind.REDEEM, Decimal(-24), None),
        (BonusOperationKind.ACCRUE, Decimal(44), "pos-1-000123"),
        (BonusOperationKind.REDEEM, Decimal(-20), "pos-1-000123"),
        (BonusOperationKind.ACCRUE, Decimal(300), None),
    ]
    assert page.items[-1].at == datetime(2026, 3, 9, 7, 5, tzinfo=UTC)
    assert page.items[-1].active_from == datetime(2026, 3, 8, 21, 0, tzinfo=UTC)


async def test_l15_postings_of_all_by_cursor() -> None:
    """L15: one reading of the participation, and the cursor kept where nothing is new."""
    rows = [{**row, "loyaltyAccount": {"id": 71}, "loyalty": {"id": 2}} for row in OPERATIONS[::-1]]
    minted = "WzYyMCwiMjAyNi0wMy0wOSAxMjowMDowMCswMzowMCJd"
    empty = {"success": True, "history": [], "pagination": PAGES}
    vendor = Vendor(
        {
            "customers/history": [(200, empty)],
            "loyalty/bonus/operations": [
                (200, {"pagination": {"nextCursor": minted}, "bonusOperations": rows}),
                (200, {"success": True, "pagination": {}, "bonusOperations": []}),
            ],
            "loyalty/accounts": [L6_FOUND],
        }
    )
    reader = vendor.connector().readers[Kind.CUSTOMER]
    page = await reader.pull('{"feed":"{\\"sinceId\\":1}"}', limit=20)
    (item,) = page.items
    assert (item.external_id, item.changed_at) == (
        "9001",
        datetime(2026, 3, 9, 9, 0, tzinfo=UTC),
    )
    assert minted in page.cursor
    again = await reader.pull(page.cursor, limit=20)
    assert (list(again.items), again.has_more, minted in again.cursor) == ([], False, True)
    assert vendor.asked[-1][1]["cursor"] == minted
