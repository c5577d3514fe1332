"""Screen: results for people: tables on a terminal, plain lines in a pipe, or one JSON document."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime

import orjson
from rich.console import Console
from rich.table import Table

_GAP = "  "


def print_json(value: object) -> None:
    """Print exactly one JSON document; dataclasses, times and enums are spelled out."""
    text = orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS)
    sys.stdout.write(text.decode() + "\n")


def say(text: str = "") -> None:
    """Print one line."""
    sys.stdout.write(text + "\n")


def table(headings: Sequence[str], rows: Sequence[Sequence[object]], *, indent: str = "") -> None:
    """Print rows in columns."""
    texts = [[str(cell) for cell in row] for row in rows]
    console = Console(file=sys.stdout)
    if console.is_terminal:
        shown = Table(*headings, title_justify="left")
        for row in texts:
            shown.add_row(*row)
        console.print(shown, markup=False)
        return
    widths = [max(map(len, column)) for column in zip(headings, *texts, strict=True)]
    for row in [list(headings), *texts]:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        say((indent + _GAP.join(cells)).rstrip())


def shown(value: object) -> str:
    """Show a field's value: money as an amount with its currency, a dash for nothing."""
    if isinstance(value, Mapping) and {"amount", "currency"} <= set(value):
        return f"{value['amount']} {value['currency']}"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "-"
    return "-" if value is None or value == "" else str(value)


def print_fields(fields: Mapping[str, object]) -> None:
    """Print a snapshot, a path a line; the marker of an item stands alone."""
    for path, value in fields.items():
        say(f"  {path}" if value is True else f"  {path} = {shown(value)}")


def moment(at: datetime | None) -> str:
    """Show a time in UTC to the second; a dash for none."""
    return at.strftime("%Y-%m-%d %H:%M:%SZ") if at else "-"


def age(seconds: float) -> str:
    """Show an age: ``45s``, ``12m``, ``3h 05m``, ``2d 4h``."""
    whole = int(seconds)
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if days:
        return f"{days}d {hours % 24}h"
    if hours:
        return f"{hours}h {minutes % 60:02}m"
    return f"{minutes}m" if minutes else f"{whole}s"
