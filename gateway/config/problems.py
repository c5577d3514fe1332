"""Problems: what is wrong with a configuration, each with its place and its remedy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import ValidationError


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in the file: where, and what to do."""

    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.text}"


class ConfigProblems(Exception):
    """All that is wrong with the file, so that it can be mended in one go."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(map(str, self.problems)))


def problems_of(error: ValidationError, prefix: str = "") -> list[Problem]:
    """Translate pydantic's errors; the refused value itself is never shown."""
    remedies = {
        "extra_forbidden": "unknown key: check the spelling or take it out",
        "missing": "this key is needed: add it",
    }
    return [
        Problem(
            ".".join([*([prefix] if prefix else []), *map(str, one["loc"])]),
            remedies.get(one["type"], one["msg"]),
        )
        for one in error.errors(include_input=False, include_url=False, include_context=False)
    ]
