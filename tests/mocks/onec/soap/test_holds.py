"""Holds and repeated requests of LoyaltyExchange (vendor reference, 3.7)."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mocks.onec.app import OneCSettings
from mocks.onec.hs.cards import CardBook
from mocks.onec.hs.points import PointBook
from mocks.onec.infobase import Infobase
from mocks.onec.seeding import seed
from mocks.onec.soap.loyalty import LoyaltyExchange
from tests.mocks.onec.hs.services import CARD, ROWS, Services
from tests.mocks.onec.soap.envelopes import loyalty, same
from tests.mocks.onec.soap.points import RECEIPT, REQUEST, accrue, available, cancel, commit, hold


async def test_hold_then_commit_less(services: Services) -> None:
    """The rest of a hold is free again after the commit."""
    held = (await hold(services, 1, "100.00")).text("HoldID")
    assert await available(services) == ("250", "100", "0")
    committed = await commit(services, 2, held, 60)
    assert committed.text("return") == "true"
    assert await available(services) == ("290", "0", "0")
    closed = [(await commit(services, 3, held, 1)).text("ErrorCode")]
    closed.append((await cancel(services, 4, held)).text("ErrorCode"))
    assert closed == ["HOLD_CLOSED", "HOLD_CLOSED"]


async def test_commit_of_more_than_held(services: Services) -> None:
    """The hold stays as it was."""
    held = (await hold(services, 1, 100)).text("HoldID")
    assert (await commit(services, 2, held, 101)).text("ErrorCode") == "AMOUNT_INVALID"
    assert await available(services) == ("250", "100", "0")


async def test_cancelled_hold(services: Services) -> None:
    """A cancel of a cancelled hold is true, a commit is not possible."""
    held = (await hold(services, 1, 100)).text("HoldID")
    flags = [(await cancel(services, number, held)).text("return") for number in (2, 3)]
    assert flags == ["true", "true"]
    assert (await commit(services, 4, held, 1)).text("ErrorCode") == "HOLD_CLOSED"
    assert (await available(services))[0] == "350"


async def test_expired_hold(services: Services) -> None:
    """After half an hour the points are free; the commit comes too late, the cancel does not."""
    held = (await hold(services, 1, 100)).text("HoldID")
    await services.at("2026-02-03T18:40:01")
    assert (await commit(services, 2, held, 1)).text("ErrorCode") == "HOLD_EXPIRED"
    assert (await cancel(services, 3, held)).text("return") == "true"
    assert await available(services) == ("350", "0", "0")


async def test_unknown_hold(services: Services) -> None:
    """A number that was never given."""
    assert (await cancel(services, 1, RECEIPT)).text("ErrorCode") == "HOLD_NOT_FOUND"


async def test_percent_of_a_known_receipt(services: Services) -> None:
    """When the receipt is in the base, its sum bounds what points may pay."""
    receipt = {"Ref_Key": RECEIPT, "СуммаДокумента": 300}
    await services.door("seed", rows={"Document_ЧекККМ": [receipt]})
    assert (await hold(services, 1, "90.01")).text("ErrorCode") == "OVER_PERCENT"
    assert (await hold(services, 2, 90)).text("return") == "true"


async def test_repeated_request_returns_the_first_answer(services: Services) -> None:
    """The same id holds once, also when the number is written in capitals; a refusal repeats."""
    first = await hold(services, 1, 100)
    again = await hold(services, 1, 100)
    upper = await loyalty(
        services,
        "HoldBonuses",
        RequestID=REQUEST.format(1).upper(),
        CardID=CARD,
        Amount="100.00",
        ReceiptID=RECEIPT,
    )
    assert first.text("HoldID") == again.text("HoldID") == upper.text("HoldID")
    assert await available(services) == ("250", "100", "0")
    refused = await hold(services, 2, 1000)
    assert same(refused.body, (await hold(services, 2, 1000)).body)


async def test_same_id_with_other_data(services: Services) -> None:
    """A conflict changes nothing."""
    await hold(services, 1, 100)
    assert (await hold(services, 1, 50)).text("ErrorCode") == "REQUEST_CONFLICT"
    assert (await accrue(services, 1, 100)).text("ErrorCode") == "REQUEST_CONFLICT"
    assert await available(services) == ("250", "100", "0")


async def test_request_id_must_be_a_guid(services: Services) -> None:
    """The code converts it to a UUID, and the exception is a fault."""
    values = {"CardID": CARD, "Status": "Действует"}
    answer = await loyalty(services, "SetCardStatus", RequestID="1", **values)
    assert answer.status == 500


STEPS = st.lists(
    st.tuples(st.sampled_from(["hold", "commit", "cancel", "repeat"]), st.integers(1, 400)),
    max_size=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS)
def test_points_are_neither_made_nor_lost(steps: list[tuple[str, int]]) -> None:
    """Whatever the order of calls: available + held + spent is what there was."""
    infobase = Infobase(OneCSettings(demo_data=False))
    seed(infobase, {"rows": ROWS})
    infobase.clock.freeze("2026-02-03T18:10:00")
    service = LoyaltyExchange(PointBook(CardBook(infobase))).service().by_name
    holds: list[str] = []
    spent = 0
    for number, (step, amount) in enumerate(steps):
        request: dict[str, object] = {
            "RequestID": REQUEST.format(number if step != "repeat" else 0)
        }
        if step in {"hold", "repeat"}:
            asked = request | {"CardID": CARD, "Amount": Decimal(amount), "ReceiptID": RECEIPT}
            answer = service["HoldBonuses"].handler(asked)
            if answer["return"] and answer["HoldID"] not in holds:
                holds.append(answer["HoldID"])
        elif holds and step == "commit":
            asked = request | {"HoldID": holds[amount % len(holds)], "Amount": Decimal(amount)}
            spent += amount if service["CommitHold"].handler(asked)["return"] else 0
        elif holds:
            asked = request | {"HoldID": holds[amount % len(holds)]}
            assert "return" in service["CancelHold"].handler(asked)
    balance = service["GetBalance"].handler({"CardID": CARD, "AtDate": None})["return"]
    assert balance["Available"] + balance["Held"] + spent == 350
    assert balance["Available"] >= 0
