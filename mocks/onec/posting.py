"""Posting: the movements that documents write, by the rules of reference 1.12."""

from __future__ import annotations

from mocks.onec.infobase import Infobase
from mocks.onec.movements import TRADE
from mocks.onec.movements_retail import RETAIL
from mocks.onec.rules import PostingRefused
from mocks.onec.schema import Row

_MAKERS = {"retail": RETAIL, "trade": TRADE}


def post(infobase: Infobase, name: str, ref: str) -> Row:
    """Post a document, or post it again: its movements are written anew.

    Raises:
        KeyError: no such document.
        PostingRefused: the configuration says no.
    """
    row = infobase.table(name).get(ref)
    if row is None:
        raise KeyError(ref)
    _check(infobase, row)
    make = _MAKERS[infobase.settings.configuration].get(name)
    movements = make(infobase, row) if make else {}
    row = infobase.change(name, (ref,), {"Posted": True})
    for register in infobase.configuration.entity(name).registers:
        infobase.write_records(register, (ref, name), movements.get(register, []))
    return row


def unpost(infobase: Infobase, name: str, ref: str) -> Row:
    """Cancel a posting: the movements go, empty record sets are registered.

    Raises:
        KeyError: no such document.
        PostingRefused: the period is closed.
    """
    found = infobase.table(name).get(ref)
    if found is None:
        raise KeyError(ref)
    _check_period(infobase, found)
    row = infobase.change(name, (ref,), {"Posted": False})
    drop_movements(infobase, name, ref)
    return row


def drop_movements(infobase: Infobase, name: str, ref: str) -> None:
    """Remove all movements of a document."""
    for register in infobase.configuration.entity(name).registers:
        infobase.write_records(register, (ref, name), [])


def _check(infobase: Infobase, row: Row) -> None:
    _check_period(infobase, row)
    if infobase.posting_refusals:
        raise PostingRefused(infobase.posting_refusals.pop(0))


def _check_period(infobase: Infobase, row: Row) -> None:
    if row["Date"] < infobase.settings.closed_until:
        text = "Операция невозможна: период закрыт для изменения"
        raise PostingRefused(text)
