"""Сервер лояльности over HTTP (vendor reference, 2.5)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.mocks.onec.hs.services import BARCODE, CARD, KIND, PARTNER, Services

SAMPLES = Path(__file__).parent / "samples"
ROOT = "/ut/hs/loyaltyservice"

# The samples' own shape; the assertions are its types.
Sample: TypeAlias = Any


def sample(name: str) -> Sample:
    """A body of the vendor reference."""
    return json.loads(SAMPLES.joinpath(name).read_text(encoding="utf-8"))


async def get(services: Services, method: str, **query: str) -> Sample:
    """Call a question and return its JSON."""
    answer = await services.http.get(f"{ROOT}/{method}/", params=query)
    assert answer.status_code == 200
    return answer.json()


async def points(services: Services) -> float:
    """What a balance question shows."""
    found: float = (await get(services, "getclientbonuses", ClientCardID=BARCODE))["BonusCount"]
    return found


async def do(services: Services, method: str, **query: str) -> tuple[int, str]:
    """Call a write and return status and text."""
    answer = await services.http.post(f"{ROOT}/{method}/", params=query)
    return answer.status_code, answer.text


async def test_balance_is_that_of_the_reference(services: Services) -> None:
    """Names, order and numbers: whole sums have no fraction."""
    answer = await services.http.get(f"{ROOT}/getclientbonuses/", params={"ClientCardID": BARCODE})
    wanted = sample("getclientbonuses.json")
    assert answer.json() == wanted
    assert list(answer.json()) == list(wanted)
    assert '"BonusCount":350,' in answer.text


async def test_unknown_card_has_the_same_shape(services: Services) -> None:
    """Zero points, empty strings, ClientNotFound."""
    found = await get(services, "getclientbonuses", ClientCardID="000")
    assert list(found) == list(sample("getclientbonuses.json"))
    assert (found["ClientNotFound"], found["BonusCount"], found["CardRef"]) == (True, 0, "")


async def test_card_by_phone_is_that_of_the_reference(services: Services) -> None:
    """The sample's question gives the sample's answer."""
    found = await get(services, "findclientcard", Phone="79991234567", BlockBonuses="0")
    assert found == sample("findclientcard.json")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param({"CardGUID": CARD}, [CARD], id="card guid"),
        pytest.param({"ClientGUID": PARTNER}, [CARD], id="client guid"),
        pytest.param({"ClientCardID": BARCODE}, [CARD], id="number"),
        pytest.param({"Phone": "+38 (999) 123-45-67"}, [CARD], id="phone of any country"),
        pytest.param({"Email": "v.lapina@example.ru"}, [CARD], id="e-mail"),
        pytest.param({"ClientCardID": "000", "Phone": "79991234567"}, [], id="number before phone"),
        pytest.param({"Phone": "1234567"}, [], id="too few digits"),
        pytest.param({}, [], id="nothing asked"),
    ],
)
async def test_order_of_the_search(
    services: Services, query: dict[str, str], found: list[str]
) -> None:
    """GUID, number, phone, e-mail: the first that is given decides."""
    answer = await get(services, "findclientcard", **query)
    assert [row["CardGUID"] for row in answer["LoyaltyCardsList"]] == found


async def test_balance_question_blocks(services: Services) -> None:
    """The second question sees nothing until somebody unlocks."""
    assert [await points(services), await points(services)] == [350, 0]
    assert (await do(services, "unlockclientbonuses", ClientCardID=BARCODE))[0] == 200
    assert await points(services) == 350


async def test_search_blocks_on_demand(services: Services) -> None:
    """With BlockBonuses=1 and exactly one card with points; it is shown as blocked then."""
    first = await get(services, "findclientcard", ClientCardID=BARCODE, BlockBonuses="1")
    assert first["LoyaltyCardsList"][0]["IsBlocked"] is True
    assert await points(services) == 0


async def test_old_locks_are_freed_by_the_job(services: Services) -> None:
    """Older than the job's repeat period."""
    await services.door("settings", loyalty_lock_minutes=10)
    await points(services)
    await services.at("2026-02-03T18:19:59")
    assert await points(services) == 0
    await services.at("2026-02-03T18:20:00")
    assert await points(services) == 350


async def test_write_off_is_a_reserve_until_the_receipt_arrives(services: Services) -> None:
    """It frees the lock, lowers later balances, and is not taken twice when the receipt comes."""
    await points(services)
    status, text = await do(
        services, "writeoffclientbonuses", ClientCardID=BARCODE, BonusesCount="100.5"
    )
    assert (status, text) == (200, "Бонусы списаны")
    assert await points(services) == 249.5
    assert await services.act("loyalty.receipt_arrives", card=CARD) == {"settled": 100.5}
    await do(services, "unlockclientbonuses", ClientCardID=BARCODE)
    assert await points(services) == 249.5


async def test_repeated_write_off_is_written_twice(services: Services) -> None:
    """There is no request id: the caller must not repeat blindly."""
    for _ in range(2):
        await do(services, "writeoffclientbonuses", ClientCardID=BARCODE, BonusesCount="100")
    assert await points(services) == 150


async def test_write_off_of_an_unknown_card(services: Services) -> None:
    """200 and a sentence, not an error."""
    answer = await do(services, "writeoffclientbonuses", ClientCardID="000", BonusesCount="1")
    assert answer == (200, "Карта не найдена")


async def test_write_off_without_a_number(services: Services) -> None:
    """The code fails: 500 with plain text."""
    status, text = await do(
        services, "writeoffclientbonuses", ClientCardID=BARCODE, BonusesCount="сто"
    )
    assert status == 500
    assert text.startswith("{HTTPСервис.")


async def test_switched_off(services: Services) -> None:
    """200 with a plain sentence where JSON is expected."""
    await services.door("settings", loyalty_off="Сервер лояльности отключен")
    answer = await services.http.get(f"{ROOT}/findclientcard/", params={"ClientCardID": BARCODE})
    assert (answer.status_code, answer.text) == (200, "Сервер лояльности отключен")


async def test_calculation_is_that_of_the_reference(services: Services) -> None:
    """The sample's receipt comes back as in the sample, behind the three common fields."""
    await services.door("settings", cashier_message="Предложите чехол")
    asked, wanted = sample("calculatediscounts.json")
    for verb in ("POST", "GET"):
        answer = await services.http.request(verb, f"{ROOT}/calculatediscounts/", json=asked)
        found = answer.json()
        head = [found.pop(name) for name in ("Error", "ErrorMessage", "Version")]
        assert head == [False, "", "1.0.0.0"]
        assert found == wanted


@pytest.mark.parametrize("name", ["ObjectTime", "LoyaltyCardsList", "Goods", "RetailStore"])
async def test_calculation_needs(services: Services, name: str) -> None:
    """A missing required field is 200 with Error."""
    asked = sample("calculatediscounts.json")[0]
    del asked[name]
    answer = await services.http.post(f"{ROOT}/calculatediscounts/", json=asked)
    assert answer.status_code == 200
    assert answer.json()["Error"] is True
    assert name in answer.json()["ErrorMessage"]


async def test_calculation_blocks_and_bounds(services: Services) -> None:
    """A small receipt bounds the points by the programme's percent; the lock is on demand."""
    asked = sample("calculatediscounts.json")[0] | {"BlockBonuses": "1"}
    asked["Goods"][0]["Amount"] = 100.1
    answer = await services.http.post(f"{ROOT}/calculatediscounts/", json=asked)
    assert answer.json()["MaxBonusPay"] == 30.03
    assert await points(services) == 0


async def test_calculation_for_an_unknown_card(services: Services) -> None:
    """No points to accrue, none to pay."""
    asked = sample("calculatediscounts.json")[0] | {"LoyaltyCardsList": ["000"]}
    found = (await services.http.post(f"{ROOT}/calculatediscounts/", json=asked)).json()
    assert found["LoyaltyCardDescription"] == {"CardNotFound": True}
    assert (found["BonusesToAccrue"], found["MaxBonusPay"]) == ([], 0)


async def issue(services: Services, **query: str) -> Sample:
    """Issue a card."""
    status, text = await do(services, "issueclientcard", ClientCardTypeUID=KIND, **query)
    assert status == 200
    return json.loads(text)


async def test_issue_a_card(services: Services) -> None:
    """A generated number is a proper EAN-13; the client is found by his phone then."""
    data = {"Client": "Ёлкин Пётр", "Phone": "+7 (912) 555-66-77"}
    card = await issue(services, GenerateNumber="1", DateOfBirth="1985-05-09T00:00:00", **data)
    digits = [int(sign) for sign in card["Barcode"]]
    assert len(digits) == 13
    assert sum(digits[::2]) % 10 == -3 * sum(digits[1::2]) % 10
    found = await get(services, "findclientcard", Phone="89125556677")
    assert [row["CardGUID"] for row in found["LoyaltyCardsList"]] == [card["CardGUID"]]
    assert (card["ExistingCard"], card["DateOfBirth"]) == (False, "1985-05-09T00:00:00")


async def test_issue_a_card_that_exists(services: Services) -> None:
    """Its data come back; contact data of another client are told."""
    await issue(services, ClientCardID="77", Client="Сомов", Phone="79120000000")
    same = await issue(services, ClientCardID=BARCODE, Phone="79991234567")
    other = await issue(services, ClientCardID=BARCODE, Phone="79120000000")
    assert (same["ExistingCard"], same["ElseClient"]) == (True, False)
    assert (other["ExistingCard"], other["ElseClient"]) == (True, True)
