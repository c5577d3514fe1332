"""Causes: what happened, what it means and what to do, in plain words, by the code of a cause.

All codes that the gateway itself makes stand in ``causes.json``, a test looks for new ones. A
vendor's own code is explained by the class of the error, and said in the vendor's words.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from gateway.ops.words import Text
from gateway.ports import DeadLetter

_IN_DOUBT, _UNKNOWN = "outcome_unknown", "PermanentError"


@dataclass(frozen=True, slots=True)
class Cause:
    """Plain words about a cause.

    Shape: ``of`` is the entry of the catalogue that explains it. ``is_certain``: by its own code or
    by the error's class, not by guess.
    """

    code: str
    of: str
    happened: Text
    means: Text
    todo: Text
    is_certain: bool = True


@cache
def catalogue() -> Mapping[str, Cause]:
    """Return all causes that the gateway makes, by their codes."""
    raw = json.loads(files("gateway.ops").joinpath("causes.json").read_text("utf-8"))
    return {
        code: Cause(
            code, code, Text(*words["happened"]), Text(*words["means"]), Text(*words["todo"])
        )
        for code, words in raw.items()
    }


def cause_of(letter: DeadLetter) -> Cause:
    """Explain a letter: by its code, else by the error's class, else by what it is."""
    known = catalogue()
    if letter.cause_code in known:
        return known[letter.cause_code]
    error = str(letter.answer.get("error", ""))
    guess = _IN_DOUBT if letter.held else _UNKNOWN
    one = known.get(error) or known[guess]
    return Cause(
        letter.cause_code, one.of, one.happened, one.means, one.todo, is_certain=error in known
    )
