"""Planting: one person in every table that can hold something of him, and the search for traces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import orjson
import sqlalchemy as sa

from gateway.canonical import (
    Address,
    Card,
    CardRef,
    Consent,
    Customer,
    EmailContact,
    Kind,
    Money,
    Order,
    PersonName,
    PhoneContact,
)
from gateway.canonical.order import Delivery, OrderContact, OrderLine, OrderStatus
from gateway.canonical.paths import spoken
from gateway.contract.operations import BONUS_POST
from gateway.ports import (
    ApprovalRow,
    ApprovalState,
    CodeRow,
    DeadLetter,
    DeliveryState,
    EntityRow,
    EventRow,
    HouseMemberRow,
    HouseSaleRow,
    HouseSaleState,
    JournalRow,
    LinkRow,
    MergeRow,
    MergeState,
    OperationRow,
    SaleKind,
    SaleProgress,
    SaleRow,
    Tx,
)
from gateway.store import Sealer
from gateway.store.tables import metadata
from gateway.sync.lookup import Digester
from tests.store.rows import NOON, due, later

WHO, ABSORBED, ORDER, CARD_ID = "c-1", "c-2", "o-1", "k-1"
STRANGER = "c-9"
PHONE, EMAIL, CARD = "+79161234567", "alyona.semyonova@example.ru", "2000000123457"
OLD_PHONE = "+79035556677"
LAST, FIRST, STREET = "Семёнова-Тянь", "Алёна", "Кривоколенный"
TRACES = (
    PHONE.removeprefix("+7"), OLD_PHONE.removeprefix("+7"), EMAIL, CARD, LAST, STREET, "916) 123",
)  # fmt: skip
DIGESTER = Digester(b"a secret of tests")
RAW = "8 (916) 123-45-67"


def customer() -> Customer:
    """Return the person."""
    return Customer(
        name=PersonName(last=LAST, first=FIRST),
        phones=(PhoneContact(number=PHONE, raw=RAW, rank=0),),
        emails=(EmailContact(address=EMAIL, rank=0),),
        address=Address(street=STREET),
        cards=(CardRef(number=CARD),),
        consents=(Consent(id="mailing:sms", granted=True, at=NOON, proof=f"SMS {PHONE}"),),
    )


def order(status: OrderStatus = OrderStatus.COMPLETE) -> Order:
    """Return an order of his."""
    return Order(
        number="A-17", customer_id=WHO, status=status, placed_at=NOON, card_number=CARD,
        contact=OrderContact(name=PersonName(last=LAST), phone=PHONE, email=EMAIL),
        lines=(OrderLine(id="1", price=Money.of(100)),),
        delivery=Delivery(method="courier", address=Address(street=STREET)),
        customer_comment=f"звоните {RAW}", manager_comment=f"{LAST} просила позже",
    )  # fmt: skip


def plant(tx: Tx, *, status: OrderStatus = OrderStatus.COMPLETE) -> None:
    """Put him everywhere."""
    fields, bought = spoken(customer()), spoken(order(status))
    card = spoken(Card(number=CARD, customer_id=WHO))
    rows = [
        _entity(WHO, Kind.CUSTOMER, fields),
        _entity(ORDER, Kind.ORDER, bought),
        _entity(CARD_ID, Kind.CARD, card),
    ]
    tx.put_entities(rows)
    gone = EntityRow(ABSORBED, Kind.CUSTOMER, 2, {}, {}, NOON, NOON, deleted=True)
    tx.put_entities([gone])
    tx.put_matches({row.id: DIGESTER.of_entity(row.kind, row.fields) for row in rows})
    tx.put_links(
        [
            _link(WHO, Kind.CUSTOMER, "crm", "17", fields),
            _link(WHO, Kind.CUSTOMER, "site", "170", fields),
            _link(ABSORBED, Kind.CUSTOMER, "crm", "18", {}),
            _link(ORDER, Kind.ORDER, "crm", "700", bought),
        ]
    )
    _work(tx, fields)
    _decide(tx)
    _sell(tx)


def _work(tx: Tx, fields: Any) -> None:  # noqa: ANN401 - fields
    """Leave him in what is to be done, was done, and could not be done."""
    tx.mark_due([due(WHO, "crm", cause=f"{LAST} is unknown")])
    tx.put_operations(
        [
            _operation("bonus-1", "crm", {"customer_external_id": "17"}, DeliveryState.DONE),
            _operation("note-1", "sms", {"to": PHONE, "text": "Привет"}, DeliveryState.DUE),
        ]
    )
    tx.put_events([EventRow(WHO, Kind.CUSTOMER, 1, NOON, fields)])
    tx.put_dead(
        [
            _letter("l-1", "delivery", WHO, {"name/last": LAST}),
            _letter("l-2", "operation", "note-1", {"to": PHONE}),
            _letter("l-3", "inbox", "700", {"comment": f"для {EMAIL}"}),
        ]
    )


def _decide(tx: Tx) -> None:
    """Leave him in what people decided, in his story, and in a code."""
    record = {"absorbed": {"fields": {f"phones/{OLD_PHONE}": True}, "origins": {}}}
    tx.put_merge(
        MergeRow(
            "m-1", WHO, ABSORBED, MergeState.DONE, "olga", "operator", NOON, later(9),
            record=record,
        )
    )  # fmt: skip
    asked = (WHO,)
    tx.ask_approval(
        ApprovalRow(
            "a-1", "letter.edit", ApprovalState.ASKED, "olga", NOON, later(9), asked,
            {"fields": {"name/last": LAST}, "phone": PHONE},
        )
    )  # fmt: skip
    tx.write_journal(
        [JournalRow(NOON, WHO, Kind.CUSTOMER, "crm", "remark", "said", "", {"text": LAST})]
    )
    tx.put_codes([CodeRow(f"sms:{PHONE}", f"sms:{PHONE}", "site", "phone", "d", NOON, later(9))])


def _sell(tx: Tx) -> None:
    member = HouseMemberRow(
        "m-1", NOON, NOON, "base", WHO, customer().model_dump(mode="json", exclude_none=True)
    )
    tx.put_house_member(member, digests=DIGESTER.of_entity(Kind.CUSTOMER, spoken(customer())))
    tx.put_sales(
        [
            SaleRow(
                "till:1", SaleKind.SALE, "till", "1", "", "house", SaleProgress.COMMITTED, 1, 1,
                NOON, NOON, content={"id": "1", "member": {"phone": PHONE}, "number": "17"},
                kept={"reference": "r", "note": EMAIL},
            )
        ]
    )  # fmt: skip
    tx.put_house_sales(
        [
            HouseSaleRow(
                "till:1", SaleKind.SALE, HouseSaleState.COMMITTED, NOON, NOON, NOON,
                member_id="m-1", body={"promo": f"card {CARD}"},
            )
        ]
    )  # fmt: skip


def neighbour(tx: Tx) -> None:
    """Put a stranger beside him, with an operation and a letter of his own."""
    fields = spoken(Customer(phones=(PhoneContact(number="+79990001122"),)))
    tx.put_entities([_entity(STRANGER, Kind.CUSTOMER, fields)])
    tx.put_matches({STRANGER: DIGESTER.of_entity(Kind.CUSTOMER, fields)})
    tx.put_operations(
        [_operation("note-9", "sms", {"to": "+79990001122"}, DeliveryState.DUE)],
    )
    letter = _letter("l-9", "delivery", STRANGER, {"phone": "+79990001122"})
    tx.put_dead([replace(letter, cause="refused", answer={})])


def readable(url: str, sealer: Sealer) -> Iterator[tuple[str, str]]:
    """Yield (table, text) of every row, its sealed columns opened."""
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    try:
        with engine.connect() as connection:
            for table in (one for one in metadata.sorted_tables if not one.info):
                for row in connection.execute(sa.select(table)).mappings():
                    cells = {
                        str(name): _opened(sealer, table.name, str(name), value)
                        for name, value in row.items()
                    }
                    yield table.name, orjson.dumps(cells, default=str).decode()
    finally:
        engine.dispose()


def found_in(url: str, sealer: Sealer) -> set[str]:
    """Return the tables that hold any trace of him."""
    return {
        table
        for table, text in readable(url, sealer)
        if any(trace.lower() in text.lower() for trace in TRACES)
    }


def _opened(sealer: Sealer, table: str, column: str, value: Any) -> Any:  # noqa: ANN401 - a cell
    if not isinstance(value, bytes | memoryview):
        return value
    raw = bytes(value)
    names: Sequence[str] = (f"{table}.{column}", table, f"{table}.sealed")
    for name in names:
        try:
            return sealer.open(name, raw)
        except Exception:  # noqa: BLE001, S112 - the next name
            continue
    return sealer.open("data key", raw) if table == "seal_proof" else raw.hex()


def _entity(key: str, kind: Kind, fields: Any) -> EntityRow:  # noqa: ANN401 - fields
    return EntityRow(key, kind, 1, fields, {"": ("crm", NOON.isoformat())}, NOON, NOON)


def _link(key: str, kind: Kind, account: str, external: str, known: Any) -> LinkRow:  # noqa: ANN401
    return LinkRow(key, kind, account, external, known, inflight=(dict(known),) if known else ())


def _operation(key: str, account: str, payload: Any, state: DeliveryState) -> OperationRow:  # noqa: ANN401
    return OperationRow(key, BONUS_POST, account, state, NOON, payload, result={"ok": True})


def _letter(key: str, source: str, subject: str, request: Any) -> DeadLetter:  # noqa: ANN401
    return DeadLetter(
        key, source, subject, Kind.CUSTOMER, "crm", "open", "x", f"refused {LAST}", "", 1, 1, NOON,
        NOON, "", request=request, answer={"said": f"{LAST} {PHONE}"},
    )  # fmt: skip
