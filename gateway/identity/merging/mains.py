"""Mains: of the phones and e-mails of two only one is the main one."""

from __future__ import annotations

from gateway.canonical.contact import MAIN, OTHER
from gateway.canonical.paths import Fields

_CONTACTS = ("emails", "phones")


def one_main(fields: Fields, survivors: Fields) -> Fields:
    """Return a snapshot whose main phone and e-mail are the survivor's, where he has one."""
    made = dict(fields)
    for name in _CONTACTS:
        ranks = [path for path in fields if path.startswith(f"{name}/") and path.endswith("/rank")]
        mains = sorted(path for path in ranks if fields[path] == MAIN)
        kept = next((path for path in mains if survivors.get(path) == MAIN), None)
        if kept is not None:
            made |= {path: OTHER for path in mains if path != kept}
    return made
