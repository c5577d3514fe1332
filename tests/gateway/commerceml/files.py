"""Files for the proofs: small ones written here, real ones where they are at hand."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from lxml import etree

from gateway.canonical import OrderStatus, Product
from gateway.commerceml import (
    Attached,
    CommerceMlMapping,
    CommerceMlReader,
    PackageHead,
    Sender,
    WriteOptions,
)
from gateway.contract import Observed, RejectedRecord
from tests.architecture.sources import REPOSITORY

MAPPING = CommerceMlMapping(
    price_types={"pt-1": "retail", "pt-2": "wholesale"},
    stores={"st-1": "main", "st-2": "depot"},
    statuses={"N": OrderStatus.NEW, "P": OrderStatus.ASSEMBLING, "F": OrderStatus.COMPLETE},
    payment_methods={"2": "card", "1": "cash"},
    delivery_methods={"3": "courier"},
    shops={"s1": "shop"},
    payment_operations={"cash": "Выплата наличных денег"},
    product_attributes={"kind": "ВидНоменклатуры", "taste": "Вкус", "size": "Размер"},
    order_attributes={"number_1c": "Номер1С"},
    card_requisite="Номер дисконтной карты",
)
HEAD = PackageHead(
    catalogue_id="cat-1", classifier_id="cls-1", owner_id="own-1", owner_name="Лавка"
)
MADE_AT = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)


def options(version: str = "2.09", **more: Any) -> WriteOptions:
    """Return how a file is written, at a fixed time."""
    return WriteOptions(version=version, made_at=MADE_AT, **more)


def commerce(inside: str, version: str = "2.09", *, encoding: str = "utf-8") -> bytes:
    """Return a file with its root around ``inside``, without a namespace."""
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?>\n'
        f'<КоммерческаяИнформация ВерсияСхемы="{version}" ДатаФормирования="2025-03-03T14:30:00">'
        f"{inside}</КоммерческаяИнформация>"
    )
    return text.encode(encoding)


def offers(*inside: str) -> bytes:
    """Return a file of offers."""
    rows = "".join(f"<Предложение>{it}</Предложение>" for it in inside)
    return commerce(f"<ПакетПредложений><Предложения>{rows}</Предложения></ПакетПредложений>")


def requisites(**pairs: str) -> str:
    """Return ``ЗначенияРеквизитов``; underscores of the names are spaces."""
    rows = "".join(
        f"<ЗначениеРеквизита><Наименование>{name.replace('_', ' ')}</Наименование>"
        f"<Значение>{text}</Значение></ЗначениеРеквизита>"
        for name, text in pairs.items()
    )
    return f"<ЗначенияРеквизитов>{rows}</ЗначенияРеквизитов>"


def products_of(
    data: bytes, mapping: CommerceMlMapping = MAPPING
) -> list[Observed[Product] | RejectedRecord]:
    """Read the goods of a file."""
    return list(CommerceMlReader(mapping).products(io.BytesIO(data)))


def product_of(data: bytes, mapping: CommerceMlMapping = MAPPING) -> Observed[Product]:
    """Read the only product of a file."""
    (found,) = products_of(data, mapping)
    assert isinstance(found, Observed), found
    return found


def documents_of(
    data: bytes, sender: Sender = Sender.SITE, mapping: CommerceMlMapping = MAPPING
) -> list[Any]:
    """Read the documents of a file."""
    return list(CommerceMlReader(mapping).orders(io.BytesIO(data), sender=sender))


def said(record: Observed[Any] | Attached | RejectedRecord) -> dict[str, Any]:
    """Return exactly what a record says."""
    assert isinstance(record, Observed), record
    shown: dict[str, Any] = record.entity.model_dump(mode="json", exclude_unset=True)
    return shown


class Trickle(io.BytesIO):
    """A stream that hands out pieces of the sizes given, then all the rest."""

    def __init__(self, data: bytes, sizes: Iterator[int]) -> None:
        super().__init__(data)
        self._sizes = sizes

    def read(self, size: int | None = -1, /) -> bytes:
        """Return the next piece, not larger than asked for."""
        wanted = next(self._sizes, size or -1)
        return super().read(wanted if size is None or size < 0 else min(wanted, size))


def real(name: str) -> Path:
    """Return a real file or schema, or skip the test with the reason."""
    folder = os.environ.get("GATEWAY_SHARED_DATA")
    base = Path(folder) if folder else REPOSITORY.parent / "shared/data"
    path = base / "commerceml" / name
    if not path.is_file():
        pytest.skip(f"no real CommerceML files here: set GATEWAY_SHARED_DATA to find {name}")
    return path


def complaints(data: bytes, schema: str = "commerceml_2.10.xsd") -> list[str]:
    """Return what the schema says against a file."""
    checker = etree.XMLSchema(etree.parse(str(real(schema))))
    checker.validate(etree.fromstring(data))
    log = cast("Iterable[Any]", checker.error_log)
    return [str(entry.message).replace("{urn:1C.ru:commerceml_2}", "") for entry in log]
