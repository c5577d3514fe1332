"""URL templates of HTTP services (2.1): literals, ``{param}``, a trailing ``*``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from starlette.responses import Response

Handler = Callable[["HsRequest"], Awaitable[Response]]
ANY_VERB = "*"

_LITERAL, _PARAM, _REST = 0, 1, 2


@dataclass(frozen=True)
class HsRequest:
    """What a handler of an HTTP service gets: the infobase user is known, the path is matched."""

    verb: str
    base: str
    query: Mapping[str, str]
    body: bytes
    user: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Template:
    """One URL template with the handlers of its verbs; ``*`` as a verb stands for Any."""

    pattern: str
    handlers: Mapping[str, Handler]

    def match(self, path: str) -> dict[str, str] | None:
        """Return the parameters of a path that fits, None otherwise. Case matters."""
        wanted, given = _segments(self.pattern), _segments(path)
        found: dict[str, str] = {}
        for index, part in enumerate(wanted):
            if part == "*":
                found["*"] = "/".join(given[index:])
                return found
            if index >= len(given):
                return None
            if part.startswith("{"):
                if not given[index]:
                    return None
                found[part[1:-1]] = given[index]
            elif part != given[index]:
                return None
        return found if len(given) == len(wanted) else None

    @property
    def rank(self) -> tuple[int, ...]:
        """Precedence: literal before parameter before the rest, segment by segment."""
        return tuple(_rank(part) for part in _segments(self.pattern))


class NoTemplate(Exception):
    """No template fits the path: 404."""


class NoHandler(Exception):
    """A template fits, but it has no handler for the verb: 405."""


class HttpService:
    """An HTTP service: its root URL and its templates.

    Raises:
        ValueError: two templates of equal rank that the same path could fit.
    """

    def __init__(self, root: str, templates: Sequence[Template]) -> None:
        """Order the templates by precedence."""
        self.root = root
        self._templates = sorted(templates, key=lambda item: item.rank)
        shapes = [_shape(item.pattern) for item in templates]
        double = next((shape for shape in shapes if shapes.count(shape) > 1), None)
        if double is not None:
            msg = f"two templates of one rank: {double}"
            raise ValueError(msg)

    def find(self, verb: str, path: str) -> tuple[Handler, dict[str, str]]:
        """Return the handler of a verb for a path relative to the root, and its parameters.

        Raises:
            NoTemplate: no template fits. NoHandler: one fits, without this verb.
        """
        for item in self._templates:
            params = item.match(path)
            if params is not None:
                handler = item.handlers.get(verb) or item.handlers.get(ANY_VERB)
                if handler is None:
                    raise NoHandler(path)
                return handler, params
        raise NoTemplate(path)


def _segments(path: str) -> list[str]:
    return path.removeprefix("/").split("/")


def _rank(part: str) -> int:
    if part == "*":
        return _REST
    return _PARAM if part.startswith("{") else _LITERAL


def _shape(pattern: str) -> str:
    parts = _segments(pattern)
    return "/".join("{}" if part.startswith("{") else part for part in parts)
