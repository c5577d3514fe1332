"""The reference's purchase (16.8) through the door, document by document."""

from __future__ import annotations

from decimal import Decimal

import pytest
from lxml import etree

from gateway.contract import Stage

from .till_stage import BUYER, PURCHASE, SAMPLES, FaithfulTill, Till, cheque

SALE = (
    "balance",
    "calculate",
    "available amount (reduced line sums, no coupons)",
    "payment",
    "discount (accrual)",
    "confirm",
)
KEY = ("tills.till-1", PURCHASE)
OURS = frozenset({"Id", "VersionId", "ExternalId", "TransactionID", "AuthCode"})
"""What the canonical model has no place for, or what each server makes for itself."""


def plain(answer: etree._Element) -> str:
    """Return the canonical text without what no two servers share.

    The offer that lets points be spent is the vendor's own; who spends them is told by PayAmount.
    """
    for one in answer.iter():
        for name in OURS & set(one.attrib):
            del one.attrib[name]
    for one in list(answer.iter("PaymentResponse")):
        for offers in list(one.iter("AppliedOffers")):
            parent = offers.getparent()
            assert parent is not None
            parent.remove(offers)
    return etree.tostring(answer, method="c14n").decode()


async def test_the_documented_purchase_holds_document_by_document() -> None:
    """A till that changed its address would read other numbers than before."""
    till = Till()
    for name in SALE:
        answer = await till.root(SAMPLES[name]["request"])
        assert plain(answer) == plain(etree.fromstring(SAMPLES[name]["answer"])), name
    sold = till.service.sales[KEY]
    assert till.service.effects() == {KEY: (Stage.COMMITTED, Decimal(100))}
    assert isinstance(till.service, FaithfulTill)
    assert till.service.reckoned(sold).points_earned.points == Decimal(45)
    assert [(one.method, one.amount.amount) for one in sold.payments if one.amount] == [
        ("card", Decimal(900))
    ]


async def test_the_till_s_own_ids_are_the_keys() -> None:
    """A repeat after a restart would have a key of its own, and an effect of its own."""
    till = Till()
    for name in SALE:
        await till.send(SAMPLES[name]["request"])
    other = await till.code("Calculate", BUYER + cheque("100"), purchase="f" * 32)
    assert (other, await till.code("CancelPurchase", purchase="f" * 32, operation="8")) == (
        "0",
    ) * 2
    keys = {key[-1] for _, key in till.service.asked if len(key) == len(PURCHASE)}
    assert keys == {"4", "6", "8"}


async def test_the_discount_is_given_once() -> None:
    """The service would take the sums after the discount for prices, and lower them again."""
    till = Till()
    for name in SALE:
        await till.send(SAMPLES[name]["request"])
    lines = till.service.sales[KEY].lines
    assert [(one.price.amount, one.quantity) for one in lines if one.price] == [
        (Decimal(300), Decimal(2)),
        (Decimal(460), Decimal(1)),
    ]


async def test_the_documented_cancel_and_refusals_hold() -> None:
    """A till would take a refusal for a success, or the other way round."""
    till = Till()
    await till.send(SAMPLES["calculate"]["request"])
    sample = SAMPLES["cancel"]
    assert plain(await till.root(sample["request"])) == plain(etree.fromstring(sample["answer"]))
    balance = SAMPLES["balance"]["request"].replace("79000005012", "79999999999")
    balance = balance.replace("0" * 31 + "1", "0" * 31 + "9")
    confirm = SAMPLES["confirm"]["request"].replace(PURCHASE, "f" * 32)
    confirm = confirm.replace("0" * 31 + "6", "0" * 31 + "7")
    for name, sent in (
        ("balance of an unknown card", balance),
        ("confirm of an unknown purchase", confirm),
    ):
        assert plain(await till.root(sent)) == plain(etree.fromstring(SAMPLES[name]["answer"]))


@pytest.mark.parametrize("name", SALE)
async def test_a_repeated_document_is_answered_byte_by_byte(name: str) -> None:
    """A till that lost an answer would print another one."""
    till = Till()
    for one in SALE:
        first = await till.send(SAMPLES[one]["request"])
        if one == name:
            break
    done = till.service.effects()
    again = await till.send(SAMPLES[name]["request"])
    assert again.body == first.body
    assert till.service.effects() == done
