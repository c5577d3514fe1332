"""Properties of the exchange's translators: what the site writes, it reads back (3.3-3.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from mocks.bitrix.act_orders import ACTIONS
from mocks.bitrix.exchange.documents import documents_of, read
from mocks.bitrix.exchange.order_export import orders_file
from mocks.bitrix.exchange.sale_import import SaleImport
from mocks.bitrix.exchange.session import Session, clean_name
from mocks.bitrix.exchange.xml import Unreadable, parsed
from mocks.bitrix.settings import BitrixSettings
from mocks.bitrix.site import Site

if TYPE_CHECKING:
    from tests.mocks.bitrix.shop import Json

NAMES = st.text("абвёжABC <>&\"'№€→", min_size=1, max_size=30).map(str.strip).filter(bool)
PRICES = st.integers(1, 10_000_000).map(lambda kopecks: kopecks / 100)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "name": NAMES,
            "quantity": st.integers(1, 50),
            "price": PRICES,
            "discount_price": st.sampled_from([0, 10, 60.5]),
        }
    ),
    min_size=1,
    max_size=5,
)


def _site(rows: list[Json], comment: str) -> Site:
    site = Site(BitrixSettings())
    items: list[dict[str, Any]] = [
        {**row, "product_id": 0, "product_xml_id": f"k-{n}"} for n, row in enumerate(rows)
    ]
    ACTIONS["order.place"](site, {"items": items, "comment": comment, "delivery": {"price": 10}})
    return site


def _session(version: str | None) -> Session:
    return Session("cookie", "sessid", version=version)


@settings(deadline=None)
@given(rows=ROWS, comment=NAMES, version=st.sampled_from([None, "2.08", "2.09", "2.10", "3.1"]))
def test_exported_order_reads_back(rows: list[Json], comment: str, version: str | None) -> None:
    """Any order, in any scheme and windows-1251, must read back with its rows and sums."""
    site = _site(rows, comment)
    order = site.orders.rows[51]
    root = parsed(orders_file(site, [order], _session(version)))
    document = read(documents_of(root)[0])
    assert (document.number, document.comment) == ("51", comment)
    assert document.amount == order["price"]
    goods = [row for row in document.wares or [] if not row.is_delivery]
    kept = {row.key: (row.name, row.quantity) for row in goods}
    assert kept == {f"k-{n}": (row["name"], float(row["quantity"])) for n, row in enumerate(rows)}


@settings(deadline=None)
@given(rows=ROWS, comment=NAMES)
def test_order_that_1c_returns_unchanged_keeps_its_rows(rows: list[Json], comment: str) -> None:
    """A document sent back with 1C's own keys must leave goods, prices and the sum alone."""
    site = _site(rows, comment)
    order = site.orders.rows[51]
    before = {row["productXmlId"]: (row["quantity"], row["price"]) for row in site.basket_items}
    price = order["price"]
    root = etree.fromstring(orders_file(site, [order], _session("2.09")))
    key = root.find("Документ/Ид")
    assert key is not None
    key.text = "9f1c2d3e-0000-4000-8000-000000000051"
    with site.hit("1c"):
        report = SaleImport(site).run(etree.tostring(root, encoding="utf-8"), 0, 0)
    assert report.problems == []
    after = {row["productXmlId"]: (row["quantity"], row["price"]) for row in site.basket_items}
    assert after == before
    assert order["price"] == price


@settings(deadline=None)
@given(st.text(max_size=60))
def test_upload_names_never_leave_the_folder(name: str) -> None:
    """A file's name keeps its sub-folders and never steps up or starts at a root."""
    parts = clean_name(name).split("/")
    assert ".." not in parts
    assert not clean_name(name).startswith("/")
    assert clean_name(clean_name(name)) == clean_name(name)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """Whatever is uploaded gives a tree or one refusal, never another error."""
    try:
        root = parsed(data)
    except Unreadable:
        return
    assert isinstance(root.tag, str)
