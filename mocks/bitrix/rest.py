"""The REST engine's vocabulary: one call, its answer, and the registry of methods (reference 1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mocks.bitrix.errors import READ_DENIED, WRITE_DENIED, missing_parameter, refuse
from mocks.bitrix.query import Page, selected

if TYPE_CHECKING:
    from mocks.bitrix.fields import Fields
    from mocks.bitrix.site import Site

BASIC = ""


@dataclass(frozen=True)
class Caller:
    """Who calls: a webhook, or an application (then with ``client_id``) for one of its users."""

    user_id: int = 1
    scopes: tuple[str, ...] = ()
    client_id: str = ""
    is_admin: bool = True

    @property
    def mark(self) -> str:
        """The name under which the caller's operating time is counted."""
        return self.client_id or f"webhook of {self.user_id}"


@dataclass
class Call:
    """One method call: its parameters, and what it did for the journal."""

    site: Site
    method: str
    params: dict[str, Any]
    start: object = None
    key: str = ""
    effect: str = "none"
    caller: Caller = field(default_factory=Caller)
    connector: str = ""

    def did(self, effect: str, key: object = "") -> None:
        """Note the effect (created, changed, unchanged) and the entity for the journal."""
        self.effect = effect
        self.key = str(key)

    def required(self, name: str) -> Any:
        """Return a parameter that the method cannot do without.

        Raises:
            RestRefused: code 100, it is absent.
        """
        value = self.params.get(name)
        if value is None:
            raise missing_parameter(name)
        return value

    def sent_fields(self) -> dict[str, Any]:
        """Return the parameter ``fields``; PHP's empty map counts as one without keys."""
        value = self.required("fields")
        return value if isinstance(value, dict) else {}

    def may_read(self) -> None:
        """Refuse a webhook whose user has no right to read orders and catalogue."""
        if self.site.settings.sale_rights == "D":
            refuse(READ_DENIED, "Access Denied")

    def may_write(self) -> None:
        """Refuse a webhook whose user has no right to change orders and catalogue."""
        if self.site.settings.sale_rights != "W":
            refuse(WRITE_DENIED, "Access Denied")


@dataclass(frozen=True)
class Answer:
    """A method's result with the keys that stand beside it."""

    result: Any
    total: int | None = None
    next: int | None = None

    def beside(self) -> dict[str, Any]:
        """Return ``total`` and ``next`` where they exist."""
        found: dict[str, Any] = {}
        if self.next is not None:
            found["next"] = self.next
        if self.total is not None:
            found["total"] = self.total
        return found


Handler = Callable[[Call], Answer]


@dataclass(frozen=True)
class Method:
    """A method of the site: the scope that a webhook needs and the code behind it."""

    scope: str
    run: Handler
    in_batch: bool = True


@dataclass
class Registry:
    """Every method of the site, found by its name in lower case."""

    methods: dict[str, Method] = field(default_factory=dict)

    def take(self, scope: str, handlers: Mapping[str, Handler]) -> None:
        """Add the methods of one module."""
        for name, run in handlers.items():
            self.methods[name.lower()] = Method(scope, run, in_batch=name != "batch")


def listed(name: str, fields: Fields, found: Page, params: Mapping[str, Any]) -> Answer:
    """Return a list's answer: the selected fields of each row under the entity's plural."""
    names = selected(fields, params.get("select"))
    rows = [{key: row.get(key) for key in names} for row in found.rows]
    return Answer({name: rows}, total=found.total, next=found.next)
