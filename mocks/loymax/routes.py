"""The table of methods: verbs, paths, who may call and in which version (reference, 4 to 8, 12)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

from mocks.loymax.call import Call
from mocks.loymax.content import communications
from mocks.loymax.envelope import Answer
from mocks.loymax.routes_public import OPEN, PUBLIC
from mocks.loymax.routes_system import OLD_NAMES, SYSTEM

Handler = Callable[[Call], Answer]
Profile = Literal["any", "legacy", "v1.2"]

# Methods that a legacy server has under v1 (12.1); everything else keeps its path.
_MOVED = frozenset(
    {
        "registration/beginregistration",
        "registration/tryfinishregistration",
        "user/phonenumber/confirm",
        "user/phonenumber",
        "user/accepttenderoffer",
        "user/password/set",
        "user/registrationactions",
        "user/answers",
    }
)
_NO_LEGACY_TWIN = frozenset({"user/answers"})


@dataclass(frozen=True)
class Method:
    """A method; ``access`` is who may call: open, any, member[:scope], shop or operator."""

    verbs: frozenset[str]
    pattern: str
    access: str
    handler: Handler
    profile: Profile = "any"


def _public() -> Iterator[Method]:
    for verbs, path, access, handler in (*PUBLIC, *OPEN):
        kinds = frozenset(verbs.split("|"))
        moved = path.lower() in _MOVED and (path != "User/PhoneNumber" or kinds == {"GET"})
        new: Profile = "v1.2" if moved and path.lower() not in _NO_LEGACY_TWIN else "any"
        if path.lower() == "coupons/number/{couponnumber}":
            new = "v1.2"
        yield Method(kinds, f"publicapi/v1.2/{path}", access, handler, new)
        if moved:
            old = "User/Actions" if path == "User/RegistrationActions" else path
            yield Method(kinds, f"publicapi/v1/{old}", access, handler, "legacy")
        if path == "user/personalOffer/{logicalName}/accept":
            yield Method(kinds, f"publicapi/v1/{path}", access, handler)


def _system() -> Iterator[Method]:
    for verbs, path, access, handler in SYSTEM:
        kinds = frozenset(verbs.split("|"))
        yield Method(kinds, f"systemapi/v1.2/{path}", access, handler, "v1.2")
        old = OLD_NAMES.get(path, path)
        yield Method(kinds, f"systemapi/api/{old}", access, handler, "legacy")
        if path == "users/{id}/RegistrationActions":
            yield Method(kinds, f"systemapi/api/{path}", access, handler, "legacy")


_PERSONAL = "communicationservice/api/v1/communication/communications"


class Table:
    """Finds the method of a path; case does not matter, variable parts keep theirs."""

    def __init__(self) -> None:
        """Index the methods: plain paths by name, the others by their number of parts."""
        self._plain: dict[str, list[Method]] = {}
        self._patterns: dict[int, list[tuple[tuple[str, ...], Method]]] = {}
        personal = Method(frozenset({"POST"}), _PERSONAL, "open", communications)
        for method in (*_public(), *_system(), personal):
            if "{" not in method.pattern:
                self._plain.setdefault(method.pattern.lower(), []).append(method)
                continue
            parts = tuple(
                part if part.startswith("{") else part.lower() for part in method.pattern.split("/")
            )
            self._patterns.setdefault(len(parts), []).append((parts, method))

    def find(self, verb: str, raw: str, profile: str) -> tuple[Method | None, dict[str, str], bool]:
        """Return the method, the variable parts, and whether the path exists with another verb."""
        path = raw.strip("/")
        is_known = False
        for method in self._plain.get(path.lower(), ()):
            if not _is_served(method, profile):
                continue
            is_known = True
            if verb in method.verbs:
                return method, {}, True
        parts = path.split("/")
        lowered = [part.lower() for part in parts]
        for pattern, method in self._patterns.get(len(parts), ()):
            if not _is_served(method, profile) or not _matches(pattern, lowered):
                continue
            is_known = True
            if verb in method.verbs:
                return method, _names(pattern, parts), True
        return None, {}, is_known


def _is_served(method: Method, profile: str) -> bool:
    return profile == "both" or method.profile in {"any", profile}


def _matches(pattern: tuple[str, ...], parts: list[str]) -> bool:
    return all(one.startswith("{") or one == part for one, part in zip(pattern, parts, strict=True))


def _names(pattern: tuple[str, ...], parts: list[str]) -> dict[str, str]:
    return {
        one[1:-1]: unquote(part)
        for one, part in zip(pattern, parts, strict=True)
        if one.startswith("{")
    }
