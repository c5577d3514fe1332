"""Gift cards in orders, and the transaction that the vendor removed (sections 13.3 and 15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.mocks.mindbox.small_orders import CHANGE, CREATE, order, status

if TYPE_CHECKING:
    from tests.mocks.mindbox.project import AnyJson, Json, Project


async def test_gift_cards_pay_and_are_refunded(demo: Project) -> None:
    """State in the calculation, payment at save, refusal with the card's number (15)."""
    card = {"type": "giftCard", "giftCard": {"ids": {"number": "GC-100200"}}}
    lost = {"type": "giftCard", "giftCard": {"ids": {"number": "GC-404"}}}
    found = await demo.call("Website.CalculateAuthorizedCart", order(payments=[card, lost]))
    assert found["order"]["paymentsInfo"] == [
        {
            "type": "giftCard",
            "availableAmountForCurrentOrder": 600,
            "giftCard": {"ids": {"number": "GC-100200"}, "status": "canBeUsed"},
        },
        {
            "type": "giftCard",
            "availableAmountForCurrentOrder": 0,
            "giftCard": {"ids": {"number": "GC-404"}, "status": "notFound"},
        },
    ]
    assert await gift_message(demo, order(payments=[{**lost, "amount": 600}])) == (
        "Подарочная карта GC-404 не найдена"
    )
    await demo.call(CREATE, order(payments=[{**card, "amount": 600}]))
    assert await gift_message(demo, order("T-2", payments=[{**card, "amount": 600}])) == (
        "Подарочная карта GC-100200: недостаточно средств"
    )
    await demo.call(CHANGE, status("Cancelled"))
    await demo.call(CREATE, order("T-2", payments=[{**card, "amount": 600}]))


async def test_a_sold_gift_card_becomes_usable_when_paid(demo: Project) -> None:
    """From the pool, by the nominal; inactive until the order is complete (15)."""
    await demo.door(
        "seed", {"giftCards": [{"number": "GC-7", "amount": 300, "product": "SKU-9003"}]}
    )
    sent = order(totalPrice=300)
    sent["order"]["lines"][0] |= {"quantity": 1, "giftCard": {"getFromPool": True}}
    await demo.call(CREATE, sent)
    asked = order("T-2", payments=[{"type": "giftCard", "giftCard": {"ids": {"number": "GC-7"}}}])
    assert await gift_state(demo, asked) == "inactive"
    await demo.call(CHANGE, status("Paid"))
    assert await gift_state(demo, asked) == "canBeUsed"


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        pytest.param("off", (400, 400, 400), id="removed by the vendor"),
        pytest.param("beginCreatesOrder", (200, 200, 200), id="begin creates"),
        pytest.param("classic", (200, 400, 200), id="as it was"),
    ],
)
async def test_the_old_transaction_is_behind_its_switch(
    demo: Project, mode: str, words: tuple[int, int, int]
) -> None:
    """Begin, begin again, rollback (13.3, 32)."""
    await demo.switch(legacyTransaction=mode)
    transaction = {"ids": {"externalId": "b1c8f0d2-3a55-4d0e-8d9a-0f4d3b5b6d10"}}
    sent = order(transaction=transaction, bonusPoints=[{"amount": 100}], totalPrice=500)
    begin, rollback = "BeginAuthorizedOrderTransaction", "RollbackOrderTransaction"
    statuses = [
        (await demo.send(f"Website.{begin}", sent)).status_code,
        (await demo.send(f"Website.{begin}", sent)).status_code,
        (
            await demo.send(f"Website.{rollback}", {"order": {"transaction": transaction}})
        ).status_code,
    ]
    assert tuple(statuses) == words
    spent = {"off": 900, "beginCreatesOrder": 800, "classic": 900}
    assert (await demo.balance())[1] == spent[mode]


async def test_a_committed_transaction_accrues(demo: Project) -> None:
    """Commit pays the order; an unknown transaction is refused (13.3)."""
    await demo.switch(legacyTransaction="classic")
    transaction = {"ids": {"externalId": "b1c8f0d2-3a55-4d0e-8d9a-0f4d3b5b6d10"}}
    await demo.call("Website.BeginAuthorizedOrderTransaction", order(transaction=transaction))
    commit = {"order": {"ids": {"websiteOrder": "T-1"}, "transaction": transaction}}
    await demo.queue("Website.CommitOrderTransaction", commit)
    assert await demo.balance() == (1270, 900, 370)
    assert (await demo.refused("Website.CommitOrderTransaction", commit))[0] == 400


async def gift_message(demo: Project, sent: Json) -> str:
    """Save an order that must fail on a gift card and return the message."""
    answer: AnyJson = (await demo.send(CREATE, sent)).json()
    assert answer["status"] == "ValidationError", answer
    message: str = answer["validationMessages"][0]["message"]
    return message


async def gift_state(demo: Project, sent: Json) -> str:
    """Calculate an order and return the state of its gift card."""
    found: AnyJson = await demo.call("Website.CalculateAuthorizedCart", sent)
    word: str = found["order"]["paymentsInfo"][0]["giftCard"]["status"]
    return word
