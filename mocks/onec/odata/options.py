"""Query options and the format asked for (reference, sections 1.1 and 1.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote

from mocks.onec.odata.errors import ODataRefused, bad_option

Level = Literal["nometadata", "minimalmetadata", "fullmetadata"]
_LEVELS: Mapping[str, Level] = {
    "nometadata": "nometadata",
    "minimalmetadata": "minimalmetadata",
    "fullmetadata": "fullmetadata",
}
_COUNT = "$inlinecount"
_KNOWN = frozenset(
    {
        "$format",
        "$filter",
        "$select",
        "$orderby",
        "$top",
        "$skip",
        _COUNT,
        "$expand",
        "$allowedOnly",
    }
)


@dataclass(frozen=True)
class Format:
    """How to answer: Atom, or JSON with a level of metadata."""

    is_json: bool = False
    level: Level = "minimalmetadata"


@dataclass(frozen=True)
class Options:
    """The options of one request; ``rest`` holds the parameters of functions."""

    filter: str = ""
    select: tuple[str, ...] = ()
    orderby: tuple[str, ...] = ()
    expand: tuple[str, ...] = ()
    top: int | None = None
    skip: int = 0
    counted: bool = False
    allowed_only: bool = False
    rest: Mapping[str, str] = field(default_factory=dict)


def parameters(query: str, *, plus_is_space: bool) -> dict[str, str]:
    """Return the parameters of a query string; ``;`` is part of a value."""
    found: dict[str, str] = {}
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if name:
            text = value.replace("+", " ") if plus_is_space else value
            found[unquote(name)] = unquote(text)
    return found


def format_of(given: Mapping[str, str], accept: str) -> Format:
    """Return the format that ``$format``, else ``Accept``, asks for; Atom without a wish.

    Raises:
        ODataRefused: a ``$format`` that does not exist (code 3).
    """
    wish = given.get("$format")
    kind, *details = [word.strip() for word in (wish or accept.partition(",")[0]).split(";")]
    kind = kind.lower()
    if kind in {"json", "application/json"}:
        for detail in details:
            level = _LEVELS.get(detail.removeprefix("odata="))
            if level is not None:
                return Format(is_json=True, level=level)
        return Format(is_json=True)
    if wish is not None and kind not in {"atom", "xml", "application/atom+xml", "application/xml"}:
        raise ODataRefused(415, 3, f'Тип представления "{wish}" не поддерживается')
    return Format()


def options_of(given: Mapping[str, str]) -> Options:
    """Read the options.

    Raises:
        ODataRefused: an unknown option (code 0) or a value that cannot be parsed (code 14).
    """
    for name in given:
        if name.startswith("$") and name not in _KNOWN:
            raise ODataRefused(400, 0, f'Опция запроса "{name}" не поддерживается')
    counted = given.get(_COUNT, "none")
    if counted not in {"none", "allpages"}:
        raise bad_option(_COUNT)
    allowed = given.get("allowedOnly", given.get("$allowedOnly", "false"))
    top = _count(given, "$top")
    return Options(
        filter=given.get("$filter", ""),
        select=_list(given, "$select"),
        orderby=_list(given, "$orderby"),
        expand=_list(given, "$expand"),
        top=top,
        skip=_count(given, "$skip") or 0,
        counted=counted == "allpages",
        allowed_only=allowed == "true",
        rest={name: value for name, value in given.items() if not name.startswith("$")},
    )


def _list(given: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in given.get(name, "").split(",") if word.strip())


def _count(given: Mapping[str, str], name: str) -> int | None:
    if name not in given:
        return None
    text = given[name]
    if not (text.isascii() and text.isdigit()):
        raise bad_option(name)
    return int(text)
