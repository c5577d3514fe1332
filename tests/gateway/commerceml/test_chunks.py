"""A stream may come in any pieces: sockets and archives cut where they like."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.commerceml import CommerceMlReader, Sender
from gateway.contract import RejectedRecord, TranslationFailed

from .files import MAPPING, Trickle, commerce, offers
from .samples import FROM_ONEC, FROM_SITE
from .test_read_products import CATALOGUE, PRICE

GOODS = {
    "catalogue, BOM": b"\xef\xbb\xbf" + commerce(CATALOGUE),
    "catalogue, 1251": commerce(CATALOGUE, encoding="windows-1251"),
    "offers": offers(
        *(f"<Ид>a#{n}</Ид><Цены>{PRICE.format(f'{n},50', '')}</Цены>" for n in range(9)),
        "<Ид>bad</Ид><Количество>\x01x</Количество>",
        "<Ид>last</Ид>",
    ),
    "broken": offers("<Ид>a</Ид>", "<Ид>b</Ид>")[:-80] + b"<x></y>",
}
ORDERS = commerce(FROM_SITE + FROM_ONEC + "<Документ><Ид>1</Ид><Дата>x</Дата></Документ>")


def told(reader: Any) -> list[object]:  # noqa: ANN401 - of either kind
    """Return what a reader says, and the fault at which it ends."""
    seen: list[object] = []
    try:
        for record in reader:
            if isinstance(record, RejectedRecord):
                seen.append((record.external_id, record.error.path))
            else:
                shown = record.entity.model_dump(mode="json", exclude_unset=True)
                seen.append((record.external_id, shown, record.remarks))
    except TranslationFailed as fault:
        seen.append(fault.reason)
    return seen


@pytest.mark.parametrize("name", GOODS)
@given(sizes=st.lists(st.integers(1, 700), min_size=1, max_size=30))
def test_pieces_of_goods_change_nothing(name: str, sizes: list[int]) -> None:
    """A cut inside a character, a tag or the declaration would lose or change a record."""
    data = GOODS[name]
    whole = told(CommerceMlReader(MAPPING).products(Trickle(data, iter([len(data)]))))
    parts = told(CommerceMlReader(MAPPING).products(Trickle(data, iter(sizes))))
    assert parts == whole
    assert whole


@given(sizes=st.lists(st.integers(1, 900), min_size=1, max_size=30))
def test_pieces_of_orders_change_nothing(sizes: list[int]) -> None:
    """The same for documents, which are the largest records."""
    whole = told(CommerceMlReader(MAPPING).orders(Trickle(ORDERS, iter([])), sender=Sender.SITE))
    parts = told(CommerceMlReader(MAPPING).orders(Trickle(ORDERS, iter(sizes)), sender=Sender.SITE))
    assert parts == whole
    assert len(whole) == 3


def test_one_byte_at_a_time() -> None:
    """The smallest pieces of all."""
    data = GOODS["offers"]
    parts = told(CommerceMlReader(MAPPING).products(Trickle(data, iter([1] * len(data)))))
    assert len(parts) == 11
