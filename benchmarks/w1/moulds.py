"""Moulds: what a real run left about one order, with its names and moments made replaceable.

Rows are taken as the server writes them in COPY's text form, so that no column is known here: a
cell is a name, a moment, a sealed value or stays as it is. A mould is a text for the ``%``
operator, the fastest way to fill in a few names a million times.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from benchmarks.w1.work import order_number, source_id
from gateway.contract import StoreError
from gateway.store.sealing import Sealer
from gateway.sync.lookup import NUMBER, Digester

_ID = r"(?<![0-9a-z])(?P<when>[0-9a-hjkmnp-tv-z]{10})(?P<rest>[0-9a-hjkmnp-tv-z]{12})(?![0-9a-z])"
_MOMENT = r"(?P<moment>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?\+00)"
_SORTABLE = re.compile(_ID)
_SOURCE = re.compile(source_id(0).replace("0" * 6, r"(\d{6})(?!\d)"))
_SEALED = re.compile(r"\\\\x([0-9a-f]+)")


@dataclass(frozen=True, slots=True)
class Left:
    """What a run left in one table. Shape: ``rows`` are lists of cells in COPY's text form."""

    table: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(slots=True)
class Mould:
    """All that was left about one order of the sample.

    Shape: ``blocks`` are texts per table, ``sealed`` the contents of their sealed cells with the
    name that each is sealed under. Names to fill in: ``number``, ``digest``, ``sealed0`` and so on,
    and every moment that ``moments`` and ``times`` name.
    """

    number: int
    blocks: dict[str, str] = field(default_factory=dict)
    sealed: list[tuple[str, bytes]] = field(default_factory=list)
    moments: set[str] = field(default_factory=set)
    times: set[str] = field(default_factory=set)

    def poured(self, number: int, names: dict[str, str], maker: Maker) -> Mapping[str, str]:
        """Return the rows of another order, per table. ``names`` are filled in, and changed."""
        names["number"] = str(number)
        names["digest"] = maker.digest(number)
        inner = {b"number": str(number).encode()}
        for place, (purpose, content) in enumerate(self.sealed):
            value = maker.sealer.seal(purpose, orjson.Fragment(content % inner))
            names[f"sealed{place}"] = value.hex()
        return {table: block % names for table, block in self.blocks.items()}


class Maker:
    """Makes what depends on the data key. ``key``: 32 bytes."""

    def __init__(self, key: bytes) -> None:
        self.sealer = Sealer([key])
        self._digester = Digester(self.sealer.derive("lookup"))

    def digest(self, number: int) -> str:
        """The look-up key of an order's number."""
        return self._digester.digest(NUMBER, order_number(number))

    def opened(self, purposes: Iterable[str], value: bytes) -> tuple[str, bytes] | None:
        """Open a sealed value under the first purpose that fits; None for other bytes."""
        for purpose in purposes:
            try:
                return purpose, orjson.dumps(self.sealer.open(purpose, value))
            except StoreError:
                continue
        return None


def inner_mould(content: bytes, number: int) -> bytes:
    """Make the number of an order replaceable in JSON about it: its ids, its number, its lines."""
    names = "|".join(re.escape(name) for name in (source_id(number), order_number(number)))
    whole = re.compile(
        rf"(?P<name>{names})(?!\d)|(?<=[\"/]){number}(?=-\d+[\"/])".encode(), re.ASCII
    )
    digits = re.compile(rb"\d+$")

    def replaceable(found: re.Match[bytes]) -> bytes:
        return digits.sub(b"", found["name"] or b"") + b"%(number)b"

    return whole.sub(replaceable, content.replace(b"%", b"%%"))


def moulds(left: Sequence[Left], maker: Maker) -> Sequence[Mould]:
    """Sort what was left by the order that it is about; what is about none is left out."""
    made: dict[int, Mould] = {}
    owners = _owners(left)
    for part in left:
        for row in part.rows:
            number = _about(row, owners)
            if number is None:
                continue
            mould = made.setdefault(number, Mould(number))
            cells = [
                _cell(cell, mould, maker, (part.table, f"{part.table}.{column}"))
                for column, cell in zip(part.columns, row, strict=True)
            ]
            mould.blocks[part.table] = mould.blocks.get(part.table, "") + "\t".join(cells) + "\n"
    return [made[number] for number in sorted(made)]


def _owners(left: Sequence[Left]) -> Mapping[str, int]:
    """Ids that stand in one row with the source's name of an order, and in rows of no other."""
    found: dict[str, set[int]] = {}
    for part in left:
        for row in part.rows:
            text = "\t".join(row)
            if (name := _SOURCE.search(text)) is not None:
                for match in _SORTABLE.finditer(text):
                    found.setdefault(match[0], set()).add(int(name[1]))
    return {name: min(numbers) for name, numbers in found.items() if len(numbers) == 1}


def _about(row: Sequence[str], owners: Mapping[str, int]) -> int | None:
    text = "\t".join(row)
    if (name := _SOURCE.search(text)) is not None:
        return int(name[1])
    numbers = (owners.get(match[0]) for match in _SORTABLE.finditer(text))
    return next((number for number in numbers if number is not None), None)


def _cell(cell: str, mould: Mould, maker: Maker, purposes: Sequence[str]) -> str:
    """Make one cell replaceable; bytes that do not open stay, as the sample's own."""
    if (value := _SEALED.fullmatch(cell)) is not None:
        content = maker.opened(purposes, bytes.fromhex(value[1]))
        if content is None:
            return cell
        mould.sealed.append((content[0], inner_mould(content[1], mould.number)))
        return rf"\\x%(sealed{len(mould.sealed) - 1})s"
    names = f"(?P<source>{source_id(mould.number)})|(?P<digest>{maker.digest(mould.number)})"
    token = re.compile(f"{names}|{_MOMENT}|{_ID}")

    def replaceable(found: re.Match[str]) -> str:
        if found["source"]:
            return found["source"].rpartition("-")[0] + "-%(number)s"
        if found["digest"]:
            return "%(digest)s"
        if found["moment"]:
            mould.moments.add(found["moment"])
            return f"%({found['moment']})s"
        mould.times.add(found["when"])
        return f"%({found['when']})s{found['rest']}"

    return token.sub(replaceable, cell.replace("%", "%%"))
