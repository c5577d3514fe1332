"""Rules of the configurations about points, cards and stock (reference, section 1.12)."""

from __future__ import annotations

from collections.abc import Iterable

from mocks.onec.infobase import Infobase, is_empty
from mocks.onec.schema import Row

POINTS = "AccumulationRegister_БонусныеБаллы"
STOCK = "AccumulationRegister_ТоварыНаСкладах"
PROGRAMME = "БонуснаяПрограммаЛояльности_Key"
Movements = dict[str, list[Row]]


class PostingRefused(Exception):
    """The configuration refuses to post; the text is for people."""


def spendable(infobase: Infobase, owner: str, programme: str, at: str) -> float:
    """Return the points that may be spent at a moment (reference, 1.12).

    ``owner`` is what the register counts by: the partner in УТ, the card in Розница.
    """
    entity = infobase.configuration.entity(f"{POINTS}_RecordType")
    (by,) = (f"{name}_Key" for name in entity.dimensions if f"{name}_Key" != PROGRAMME)
    accrued = burning = 0.0
    for row in infobase.table(entity.name).find(by, owner):
        if row[PROGRAMME] != programme or row["Period"] >= at:
            continue
        sign = 1 if row["RecordType"] == "Receipt" else -1
        accrued += sign * row["Начислено"]
        burning += sign * row["КСписанию"]
    return max(0.0, accrued - max(0.0, burning))


def day(moment: str) -> str:
    """Return the start of a moment's day."""
    return moment[:10] + "T00:00:00"


def is_set(moment: str) -> bool:
    """Tell whether a date is filled in."""
    return not moment.startswith("0001-")


def accrual(at: str, until: str, points: float, **dimensions: str) -> Iterable[Row]:
    """Yield the movements of an accrual: a receipt, and one more when the points will burn."""
    base = {"RecordType": "Receipt", **dimensions}
    yield base | {"Period": at, "Начислено": points, "КСписанию": 0}
    if is_set(until):
        yield base | {"Period": until, "Начислено": 0, "КСписанию": points}


def spending(at: str, points: float, **dimensions: str) -> Row:
    """Return the movement of a spending: both resources, at the start of the day."""
    base = {"RecordType": "Expense", "Period": day(at), **dimensions}
    return base | {"Начислено": points, "КСписанию": points}


def programme_of_card(infobase: Infobase, card: str) -> str:
    """Return the programme of a card of УТ, found through its kind; else the first programme."""
    found = infobase.table("Catalog_КартыЛояльности").get(card)
    kind = found and infobase.table("Catalog_ВидыКартЛояльности").get(found["Owner_Key"])
    if kind and not is_empty(kind[PROGRAMME]):
        return str(kind[PROGRAMME])
    programmes = infobase.table("Catalog_БонусныеПрограммыЛояльности").rows()
    return programmes[0]["Ref_Key"] if programmes else ""


def stock_of(infobase: Infobase, product: str, warehouse: str, *, but: str = "") -> float:
    """Return what lies in a warehouse, without the movements of the document ``but``."""
    resource = infobase.configuration.entity(STOCK).resources[0]
    left = 0.0
    for row in infobase.table(f"{STOCK}_RecordType").find("Номенклатура_Key", product):
        if row["Склад_Key"] == warehouse and row["Recorder"] != but:
            left += row[resource] if row["RecordType"] == "Receipt" else -row[resource]
    return left
