"""References: secrets that stand elsewhere, ``{ env = "NAME" }`` or ``{ file = "path" }``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.config.problems import Problem

Place = tuple[str, ...]
"""Where a value stands in the file: the keys from the root to it."""

_FORMS = {"env": '{ env = "NAME" }', "file": '{ file = "path" }'}
_SETTINGS_DEPTH = 3


class Secret(str):
    """A value that came from a reference and not from the file itself."""

    __slots__ = ()


class _Unusable(Exception):
    """A reference that gives no secret; the text says what to do."""


@dataclass(slots=True)
class References:
    """Replaces references by what they name, and collects what cannot be had.

    Shape: files are looked for from ``folder``, variables in ``env``. Where something is wrong, the
    value is ``None`` and a problem is in ``problems``; no problem shows a secret.
    """

    folder: Path
    env: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)

    def resolve(self, value: Any, place: Place = ()) -> Any:  # noqa: ANN401 - a TOML value
        """Return the value with all references in it replaced."""
        if isinstance(value, dict):
            if len(value) == 1 and not value.keys().isdisjoint(_FORMS) and not _is_table(place):
                ((form, name),) = value.items()
                return self._secret(form, name, ".".join(place))
            return {key: self.resolve(inner, (*place, key)) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.resolve(one, (*place, str(index))) for index, one in enumerate(value)]
        return value

    def _secret(self, form: str, name: object, path: str) -> Secret | None:
        try:
            return self._variable(name) if form == "env" else self._file(name)
        except _Unusable as error:
            self.problems.append(Problem(path, str(error)))
            return None

    def _variable(self, name: object) -> Secret:
        known = _name(name, "env")
        if known not in self.env:
            msg = f"the environment has no {known}: set it"
            raise _Unusable(msg)
        if not self.env[known].strip():
            msg = f"{known} of the environment is empty: set it"
            raise _Unusable(msg)
        return Secret(self.env[known])

    def _file(self, name: object) -> Secret:
        try:
            text = (self.folder / _name(name, "file")).read_text(encoding="utf-8").strip()
        except OSError as error:
            msg = f"cannot read the secret's file: {error.strerror}"
            raise _Unusable(msg) from error
        except ValueError:
            msg = "cannot read the secret's file: its name or content is not text in UTF-8"
            raise _Unusable(msg) from None
        if not text:
            msg = "the secret's file is empty: write the secret into it"
            raise _Unusable(msg)
        return Secret(text)


def _name(name: object, form: str) -> str:
    if not isinstance(name, str) or not name.strip():
        msg = f"what {form} names must be a text: write {_FORMS[form]}"
        raise _Unusable(msg)
    return name


def _is_table(place: Place) -> bool:
    """Tell whether a table must stand here, so that its only key may be called env or file."""
    if place[:1] != ("accounts",):
        return not place
    is_settings = len(place) == _SETTINGS_DEPTH and place[-1] == "settings"
    return len(place) < _SETTINGS_DEPTH or is_settings
