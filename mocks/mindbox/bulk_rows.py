"""What the rows of each import mean (20.1 to 20.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from mocks.mindbox import customers
from mocks.mindbox.balance_calls import credit
from mocks.mindbox.clock import read
from mocks.mindbox.customer import Customer
from mocks.mindbox.errors import ProtocolRefused
from mocks.mindbox.order import DELIVERED, Order, OrderLine, bind, category, lookup
from mocks.mindbox.project import Project
from mocks.mindbox.promo_calls import add_code, add_pool
from mocks.mindbox.reading import Json, camel, flag, hundredths
from mocks.mindbox.stock import Card, GiftCard

Row = dict[str, str]
_PLAIN_COLUMNS = ("FirstName", "LastName", "MiddleName", "MobilePhone", "Email", "BirthDate", "Sex")
_SERVICE_COLUMNS = frozenset(
    {*_PLAIN_COLUMNS, "SourceDateTimeUtc", "SourcePointOfContact", "IsSubscribed"}
)
_CARD_COLUMNS = frozenset({"CardNumber", "CardType", "Status", "StatusChangeDateTimeUtc"})


@dataclass(frozen=True)
class Importer:
    """One kind of import: columns it cannot do without, and what a row, or a group of them, does.

    Rows with the same ``group`` column are one entity.
    """

    load: Callable[[Project, list[Row], Mapping[str, str]], None]
    required: tuple[str, ...] = ()
    group_prefix: str = ""

    def groups(self, rows: list[Row]) -> Iterator[tuple[int, list[Row]]]:
        """Yield the row number (from 1, without the header) and the rows of each entity."""
        if not self.group_prefix:
            yield from ((number, [row]) for number, row in enumerate(rows, 1))
            return
        found: dict[str, tuple[int, list[Row]]] = {}
        for number, row in enumerate(rows, 1):
            key = _prefixed(row, self.group_prefix)[1]
            found.setdefault(key, (number, []))[1].append(row)
        yield from found.values()


def load_customer(project: Project, group: list[Row], query: Mapping[str, str]) -> None:
    """Create or change a customer (20.1)."""
    del query
    _customer(project, group[0])


def load_order(project: Project, group: list[Row], query: Mapping[str, str]) -> None:
    """Store a historical order from its lines (20.2)."""
    del query
    first = group[0]
    key, value = _prefixed(first, "OrderIds")
    ids = {key: value}
    customer_key, customer_value = _prefixed(first, "CustomerIds")
    customer = customers.existing(project, {"ids": {customer_key: customer_value}})
    created = read(first.get("OrderCreationDateTimeUtc") or "", "OrderCreationDateTimeUtc")
    changed = first.get("OrderLastUpdateDateTimeUtc")
    order = lookup(project, ids)
    if order is None:
        order = Order(project.next_id("order"), created, created)
        project.orders[order.id] = order
    lines = [_order_line(project, row, at) for at, row in enumerate(group)]
    bind(project, order, ids)
    order.created = created
    order.changed = read(changed) if changed else created
    order.customer_id, order.place = customer.id, first.get("PointOfContact", "")
    order.lines = lines
    stated = first.get("OrderTotalPrice", "")
    delivered = sum(one.total for one in lines if category(project, one.status) == DELIVERED)
    order.stated_total = hundredths(stated, "OrderTotalPrice") if stated else delivered
    if first.get("OrderPaymentType"):
        order.payments = [{"type": first["OrderPaymentType"]}]


def load_balance(project: Project, group: list[Row], query: Mapping[str, str]) -> None:
    """Change a balance (20.3)."""
    del query
    row = group[0]
    identity, number = row.get("CustomerIdentity", ""), row.get("DiscountCard", "")
    if bool(identity) == bool(number):
        msg = "Ожидалось ровно одно из CustomerIdentity и DiscountCard"
        raise ProtocolRefused(msg)
    keys: Json = {"discountCard": {"ids": {"number": number}}} if number else {}
    customer = customers.existing(project, keys) if number else _by_identity(project, identity)
    kind = project.balance_named(row.get("BalanceSystemName", ""))
    if kind is None:
        msg = "BalanceSystemName: счёт не найден"
        raise ProtocolRefused(msg)
    expires = row.get("ExpirationDateTimeUtc", "")
    credit(
        project,
        customer,
        kind,
        amount=hundredths(row.get("ChangeAmount"), "ChangeAmount"),
        comment=row.get("Comments", ""),
        expires=read(expires, "ExpirationDateTimeUtc") if expires else None,
        place=row.get("PointOfContactSystemName", ""),
    )


def load_pool(project: Project, group: list[Row], query: Mapping[str, str]) -> None:
    """Create or change a pool of promo codes (20.4)."""
    del query
    row = group[0]
    pool = add_pool(project, _filled(row, "ExternalId"), row.get("Name", ""))
    if row.get("IssueStartDateTimeUtc"):
        pool.issue_from = read(row["IssueStartDateTimeUtc"], "IssueStartDateTimeUtc")
    if row.get("IssueEndDateTimeUtc"):
        pool.issue_till = read(row["IssueEndDateTimeUtc"], "IssueEndDateTimeUtc")


def load_promo_code(project: Project, group: list[Row], query: Mapping[str, str]) -> None:
    """Add a promo code, or change the one with this value (20.4)."""
    del query
    row = group[0]
    value = _filled(row, "Code")
    pool = project.pools.get(row.get("CodeType", ""))
    if pool is None:
        msg = "CodeType: пул промокодов не найден"
        raise ProtocolRefused(msg)
    since, till = row.get("AvailableFromDateTimeUtc"), row.get("AvailableTillDateTimeUtc")
    bounds = (read(since) if since else None, read(till) if till else None)
    used = row.get("UsedDateTimeUtc")
    used_at = read(used) if used else None
    code = project.promo_codes.get(value) or add_code(project, pool, value)
    code.pool = pool
    code.available_from, code.available_till = bounds
    if used_at is not None:
        code.used, code.used_place = used_at, row.get("UsedPointOfContact", "")


def load_card(project: Project, group: list[Row], query: Mapping[str, str]) -> None:
    """Put a card into the pool (20.5)."""
    del query
    number = _filled(group[0], "Number")
    if number in project.cards:
        msg = f"Карта {number} уже существует"
        raise ProtocolRefused(msg)
    kind = group[0].get("Type") or "base"
    project.cards[number] = Card(number, kind, kind)


def load_customer_card(project: Project, group: list[Row], query: Mapping[str, str]) -> None:
    """Tie cards to customers (20.5); new cards only where the call allows them."""
    row = group[0]
    number = _filled(row, "CardNumber")
    card = project.cards.get(number)
    if card is None:
        if not flag(query.get("newCardCreationAllowed"), default=False):
            msg = f"Карта {number} не найдена"
            raise ProtocolRefused(msg)
        kind = row.get("CardType") or "base"
        card = Card(number, kind, kind)
    status = row.get("Status") or "Activated"
    if status not in {"Inactive", "Activated", "Blocked"}:
        msg = "Status: неизвестный статус карты"
        raise ProtocolRefused(msg)
    customer = _customer(project, {k: v for k, v in row.items() if k not in _CARD_COLUMNS})
    project.cards[number] = card
    card.customer_id, card.status = customer.id, status


def load_gift_card(project: Project, group: list[Row], query: Mapping[str, str]) -> None:
    """Add a gift card (20.5)."""
    del query
    row = group[0]
    number = _filled(row, "Number")
    if number in project.gift_cards:
        msg = f"Подарочная карта {number} уже существует"
        raise ProtocolRefused(msg)
    nominal = hundredths(row.get("Amount"), "Amount")
    product = next((value for key, value in row.items() if key.startswith("ProductId")), "")
    project.gift_cards[number] = GiftCard(number, nominal, nominal, product)


def load_place(project: Project, group: list[Row], query: Mapping[str, str]) -> None:
    """Add or rename a point of contact (20.6)."""
    del query
    project.places[_filled(group[0], "ExternalId")] = group[0].get("Name", "")


def _customer(project: Project, row: Row) -> Customer:
    sent: Json = {camel(name): row[name] for name in _PLAIN_COLUMNS if row.get(name)}
    ids, custom = _identities(project, row)
    sent |= {"ids": ids, "customFields": custom}
    if row.get("IsSubscribed"):
        is_subscribed = flag(row["IsSubscribed"], default=True)
        sent["subscriptions"] = [
            {"pointOfContact": channel, "isSubscribed": is_subscribed}
            for channel in ("Email", "Sms")
        ]
    found = customers.find(project, sent)
    if found.status == "Ambiguous":
        msg = "Найдено несколько потребителей"
        raise ProtocolRefused(msg)
    customer = found.customer
    if customer is None:
        customer = customers.create(project)
        try:
            customers.fill(project, customer, sent)
        except Exception:
            customers.unindex(project, customer)
            del project.customers[customer.id]
            raise
        return customer
    customers.fill(project, customer, sent)
    return customer


def _identities(project: Project, row: Row) -> tuple[Json, Json]:
    """Tell ids (``Websiteid``, ``ExternalIdentityWebsiteId``) from custom fields."""
    systems = {key.lower(): key for key in project.settings.customer_id_keys}
    ids: Json = {}
    custom: Json = {}
    for name, value in row.items():
        if name in _SERVICE_COLUMNS or not value:
            continue
        system = systems.get(name.removeprefix("ExternalIdentity").lower())
        if system is not None:
            ids[system] = value
        else:
            custom[name] = value
    return ids, custom


def _by_identity(project: Project, value: str) -> Customer:
    for key in project.settings.customer_id_keys:
        number = project.customer_by_id.get((key, value))
        if number is not None:
            return customers.existing(project, {"ids": {"mindboxId": number}})
    return customers.existing(project, {"ids": {"mindboxId": value}})


def _order_line(project: Project, row: Row, at: int) -> OrderLine:
    system, sku = _prefixed(row, "OrderLineProductIds")
    project.product_id(system, sku)
    total = hundredths(row.get("OrderLinePriceOfLine"), "OrderLinePriceOfLine")
    try:
        quantity = Decimal(row.get("OrderLineQuantity") or "1")
    except InvalidOperation:
        quantity = Decimal(0)
    if quantity <= 0:
        msg = "OrderLineQuantity: ожидалось положительное число"
        raise ProtocolRefused(msg)
    status = row.get("OrderLineStatus", "")
    category(project, status, "OrderLineStatus")
    return OrderLine(
        line_id=str(at + 1),
        number=at + 1,
        product={system: sku},
        quantity=quantity,
        price=int(total / quantity),
        floor=0,
        status=status,
        total=total,
    )


def _prefixed(row: Row, prefix: str) -> tuple[str, str]:
    """Return system and id of a column such as ``OrderIdswebsiteOrder``."""
    for name, value in row.items():
        if name.startswith(prefix) and value:
            return name.removeprefix(prefix), value
    msg = f"{prefix}: не передан идентификатор"
    raise ProtocolRefused(msg)


def _filled(row: Row, name: str) -> str:
    if not row.get(name):
        msg = f"{name}: не заполнено обязательное поле"
        raise ProtocolRefused(msg)
    return row[name]


IMPORTERS: Mapping[str, Importer] = {
    "DirectCrm.Customers.Import": Importer(load_customer),
    "RetailOrder.Import": Importer(load_order, ("OrderLineStatus",), "OrderIds"),
    "DirectCrm.CreateCustomerBalanceChangeOperation": Importer(load_balance, ("ChangeAmount",)),
    "DirectCrm.PromoCodeTypes.Import": Importer(load_pool, ("ExternalId",)),
    "DirectCrm.PromoCodes.Import": Importer(load_promo_code, ("Code",)),
    "DirectCrm.DiscountCards.ImportCards": Importer(load_card, ("Number",)),
    "DirectCrm.Customers.ImportCards": Importer(load_customer_card, ("CardNumber",)),
    "ImportGiftCards.OnlyNew": Importer(load_gift_card, ("Number", "Amount")),
    "DirectCrm.PointsOfContacts.Import": Importer(load_place, ("ExternalId",)),
}
