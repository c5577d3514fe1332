"""The catalogue: products, their offers, groups, prices and stock (reference, section 16)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from mocks.retailcrm.pricing import exact
from mocks.retailcrm.settings import Offer
from mocks.retailcrm.shapes import plain

if TYPE_CHECKING:
    from mocks.retailcrm.account import Account

PIECE = {"code": "pc", "name": "Штука", "sym": "шт."}
OFFER_EXTRA = ("vatRate", "weight", "length", "width", "height", "barcode")
PRODUCT_EXTRA = ("article", "url", "imageUrl", "description", "manufacturer")


@dataclass(slots=True)
class Stock:
    """What one store holds of an offer, as a shop sees it."""

    available: float | int
    purchase: float | int | None = None


@dataclass(slots=True)
class Good:
    """An offer with what the store methods add: prices by type, stock by shop and store."""

    offer: Offer
    product: int
    values: dict[str, Any] = field(default_factory=dict)
    prices: dict[str, float | int] = field(default_factory=dict)
    stock: dict[tuple[str, str], Stock] = field(default_factory=dict)

    @property
    def id(self) -> int:
        """The offer's id."""
        return self.offer.id

    @property
    def xml_id(self) -> str:
        """The offer's xmlId; its externalId when none was given."""
        return self.offer.xml_id or self.offer.external_id

    def quantity(self, site: str | None = None) -> float | int:
        """Return what all stores hold, for one shop or for all."""
        rows = (one.available for key, one in self.stock.items() if site in (None, key[0]))
        return plain(sum((exact(one) for one in rows), exact(0)))

    def purchase(self) -> float | int | None:
        """Return the purchase price: the offer's own, else the last one that a store was given."""
        told = [one.purchase for one in self.stock.values() if one.purchase is not None]
        return told[-1] if told else self.values.get("purchasePrice")


@dataclass(slots=True)
class Product:
    """A product of one shop's catalogue."""

    id: int
    site: str
    name: str
    updated_at: str
    external_id: str | None = None
    values: dict[str, Any] = field(default_factory=dict)
    groups: list[int] = field(default_factory=list)
    goods: list[Good] = field(default_factory=list)

    def quantity(self) -> float | int:
        """Return what is in stock of all offers."""
        return plain(sum((exact(good.quantity()) for good in self.goods), exact(0)))

    def prices(self) -> list[float | int]:
        """Return the offers' prices."""
        return [good.offer.price for good in self.goods]


class Catalogue:
    """Products by id, goods by offer id, groups by id."""

    def __init__(self, account: Account) -> None:
        """Start empty; the account's offers are kept as they come."""
        self._account = account
        self.products: dict[int, Product] = {}
        self.goods: dict[int, Good] = {}
        self.groups: dict[int, dict[str, Any]] = {}

    def keep(self, offer: Offer) -> None:
        """Take an offer; one that no product holds gets a product of its own."""
        known = self.goods.get(offer.id)
        if known is not None:
            known.offer = offer
            known.prices["base"] = offer.price
            return
        site = next(iter(self._account.shops))
        product = Product(self._account.next_id("product"), site, offer.name, self._account.now())
        product.external_id = offer.external_id
        self.products[product.id] = product
        self.attach(product, offer, {})

    def attach(self, product: Product, offer: Offer, values: Mapping[str, Any]) -> Good:
        """Put an offer under a product."""
        old = self.goods.get(offer.id)
        if old is not None:
            former = self.products[old.product]
            former.goods.remove(old)
            if not former.goods and former is not product:
                del self.products[former.id]
        good = Good(offer, product.id, dict(values), {"base": offer.price})
        self.goods[offer.id] = good
        product.goods.append(good)
        self._account.name_offer(offer)
        return good

    def find(self, locator: Mapping[str, Any]) -> Good | None:
        """Find an offer by id, externalId or xmlId."""
        for name in ("id", "externalId", "xmlId"):
            if locator.get(name) is not None:
                offer = self._account.offers.get((name, str(locator[name])))
                return self.goods[offer.id] if offer is not None else None
        return None

    def find_product(self, locator: Mapping[str, Any]) -> Product | None:
        """Find a product by id or externalId."""
        if locator.get("id") is not None:
            return self.products.get(locator["id"])
        wanted = locator.get("externalId")
        return next(
            (one for one in self.products.values() if wanted and one.external_id == wanted), None
        )

    def set_price(self, good: Good, code: str, price: float | None) -> None:
        """Set a price of an offer, or remove it; the base price is the one that orders take."""
        if price is None:
            good.prices.pop(code, None)
            return
        good.prices[code] = price
        if code == "base":
            good.offer = replace(good.offer, price=price)
            self._account.name_offer(good.offer)
        self.touch(good)

    def touch(self, good: Good) -> None:
        """Stamp the product of an offer that changed."""
        self.products[good.product].updated_at = self._account.now()

    def seed(self, groups: Iterable[Mapping[str, Any]], rows: Iterable[Mapping[str, Any]]) -> None:
        """Load groups and products in the shape of the API; ``stock`` is by store code."""
        default = next(iter(self._account.shops))
        for group in groups:
            self.groups[group["id"]] = {"site": default, "active": True, **group}
        for row in rows:
            site = row.get("site", default)
            product = Product(int(row["id"]), site, str(row["name"]), self._account.now())
            product.external_id = row.get("externalId")
            product.values = {name: row[name] for name in row if name not in _APART}
            product.groups = [group["id"] for group in row.get("groups", ())]
            for group in row.get("groups", ()):
                self.groups.setdefault(
                    group["id"], {"site": site, "active": True, "name": "", **group}
                )
            for held in row.get("offers", ()):
                self._seed_offer(product, held)
            self.products[product.id] = product

    def _seed_offer(self, product: Product, row: Mapping[str, Any]) -> None:
        external_id = str(row["externalId"])
        offer = Offer(
            int(row["id"]),
            external_id,
            str(row["name"]),
            row["price"],
            str(row.get("xmlId", external_id)),
            promo=bool(row.get("promo", False)),
        )
        apart = {"id", "externalId", "xmlId", "name", "price", "promo", "stock", "prices"}
        values = {name: value for name, value in row.items() if name not in apart}
        good = self.attach(product, offer, values)
        good.prices.update(row.get("prices", {}))
        for store, available in row.get("stock", {}).items():
            good.stock[product.site, store] = Stock(available)


_APART = frozenset({"id", "externalId", "site", "name", "groups", "offers"})
