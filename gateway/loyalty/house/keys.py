"""Keys: the secret one-order key that a manager is issued to keep an order's conditions.

Only a digest is kept. A key opens one order, for some days, and each use is written down. It
travels among the promo codes, so that every till and every site can carry it.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from gateway.loyalty.house.programme import Programme, locks
from gateway.loyalty.house.refusals import Refusal, refused
from gateway.ports import HouseSaleRow, HouseSaleState, OrderKeyRow, SaleKind, Tx
from gateway.sync.lookup import Digester

KEY_PREFIX = "HK-"
KEY_BYTES = 15
SORT = "order-key"


def is_order_key(code: str) -> bool:
    """Tell whether a promo code is meant to be the key of an order."""
    return code.strip().upper().startswith(KEY_PREFIX)


def key_digest(digester: Digester, key: str) -> str:
    """Return the digest under which a key is kept."""
    return digester.digest(SORT, key.strip().upper())


def make_key(entropy: Callable[[int], bytes]) -> str:
    """Make a key of 120 random bits, readable over the phone: capitals and digits 2 to 7."""
    return KEY_PREFIX + base64.b32encode(entropy(KEY_BYTES)).decode()


def sale_named(tx: Tx, order: str) -> HouseSaleRow:
    """Return the sale with this id or order number. Raises ``Missing``; of several, the last."""
    by_id = tx.house_sales([order]).get(order)
    found = [by_id] if by_id is not None else list(tx.house_numbered(order))
    sales = [row for row in found if row.kind is SaleKind.SALE]
    if not sales:
        raise refused(Refusal.SALE_UNKNOWN)
    return max(sales, key=lambda row: (row.at, row.id))


def issue(
    tx: Tx, programme: Programme, order: str, key: str, *, who: str, now: datetime
) -> OrderKeyRow:
    """Keep a new key of an order that was reckoned and is not committed. Raises ``Rejected``."""
    row = sale_named(tx, order)
    tx.lock_keys(locks(sale_id=row.id))
    row = tx.house_sales([row.id])[row.id]
    if row.state is HouseSaleState.COMMITTED:
        raise refused(Refusal.SALE_COMMITTED)
    made = OrderKeyRow(
        key_digest(programme.digester, key),
        row.id,
        issued_at=now,
        expires_at=now + timedelta(days=programme.rules.key_days),
        issued_by=who,
    )
    tx.put_order_key(made)
    _write_down(tx, programme, row, "issued", detail={"who": who}, now=now)
    return made


def use(tx: Tx, programme: Programme, row: HouseSaleRow, key: OrderKeyRow, now: datetime) -> None:
    """Count a use that had an effect, and write it down."""
    tx.put_order_key(replace(key, uses=key.uses + 1, used_at=now))
    _write_down(tx, programme, row, "used", detail={"issued_by": key.issued_by}, now=now)


def _write_down(
    tx: Tx,
    programme: Programme,
    row: HouseSaleRow,
    outcome: str,
    *,
    detail: dict[str, object],
    now: datetime,
) -> None:
    member = tx.house_members([row.member_id]).get(row.member_id)
    told = {**detail, "sale": row.id}
    tx.write_journal([programme.sentence(now, member, "house.order_key", outcome, told)])
