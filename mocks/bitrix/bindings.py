"""Which events exist, and who of the applications listens to them (reference 1.10)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mocks.bitrix.settings import BitrixSettings

_OF_TYPE = re.compile(r"^(ONCRMDYNAMICITEM(?:ADD|UPDATE|DELETE))_\d+$")
_SALE = (
    "ONSALEORDERSAVED", "ONSALEBEFOREORDERDELETE", "ONORDERENTITYSAVED", "ONPAYMENTENTITYSAVED",
    "ONSHIPMENTENTITYSAVED", "ONPROPERTYVALUEENTITYSAVED", "ONORDERDELETED", "ONPAYMENTDELETED",
    "ONSHIPMENTDELETED", "ONPROPERTYVALUEDELETED",
)  # fmt: skip
_CATALOG = tuple(
    f"CATALOG.{entity}.ON.{what}"
    for entity in ("PRODUCT", "PRICE")
    for what in ("ADD", "UPDATE", "DELETE")
)
_CRM = (
    *(
        f"ONCRM{entity}{what}"
        for entity in ("CONTACT", "COMPANY", "LEAD", "DEAL", "DYNAMICITEM")
        for what in ("ADD", "UPDATE", "DELETE")
    ),
    "ONCRMDEALMOVETOCATEGORY",
)
_GATEWAY = tuple(
    f"ONGATEWAY{what}"
    for what in (
        "USERSAVE", "USERDELETE", "USERMERGE", "COUPONUSE", "ACCOUNTCHANGE", "CARDSAVE",
        "BASKETSAVE", "SUBSCRIPTIONSAVE",
    )
)  # fmt: skip
_BASIC = (
    "ONAPPINSTALL", "ONAPPUPDATE", "ONAPPUNINSTALL", "ONAPPPAYMENT", "ONAPPTEST", "ONOFFLINEEVENT",
)  # fmt: skip

EVENTS: Mapping[str, tuple[str, ...]] = {
    "": _BASIC,
    "sale": _SALE,
    "catalog": _CATALOG,
    "crm": _CRM,
    "user": ("ONUSERADD",),
    "gateway": _GATEWAY,
}


def event_names(settings: BitrixSettings, scopes: tuple[str, ...]) -> list[str]:
    """Return the events of some scopes that this site can fire."""
    return [name for scope in scopes if settings.has_scope(scope) for name in EVENTS.get(scope, ())]


def is_event(settings: BitrixSettings, scopes: tuple[str, ...], name: str) -> bool:
    """Tell whether an event may be bound; those of smart processes may name their type too."""
    return _OF_TYPE.sub(r"\1", name) in event_names(settings, scopes)


@dataclass(frozen=True)
class Binding:
    """One subscription of the application; an offline one has no handler but a connector."""

    number: int
    event: str
    handler: str = ""
    auth_type: int = 0
    connector: str = ""
    is_offline: bool = False
    min_timeout_s: int = 1

    def same_as(self, other: Binding) -> bool:
        """Tell whether two subscriptions are one and the same for the site."""
        return (self.event, self.handler, self.connector, self.is_offline) == (
            other.event,
            other.handler,
            other.connector,
            other.is_offline,
        )


@dataclass
class Bindings:
    """The subscriptions of the application."""

    rows: list[Binding] = field(default_factory=list)
    _number: int = 100
    _pings: dict[int, int] = field(default_factory=dict)

    def next_number(self) -> int:
        """Return the id of the next subscription."""
        self._number += 1
        return self._number

    def online(self, event: str) -> list[Binding]:
        """Return the handlers of an event."""
        return [row for row in self.rows if row.event == event and not row.is_offline]

    def offline(self, event: str) -> list[Binding]:
        """Return the connectors that keep an event in the queue."""
        return [row for row in self.rows if row.event == event and row.is_offline]

    def wants(self, event: str) -> bool:
        """Tell whether anybody listens."""
        return any(row.event == event for row in self.rows)

    def is_due(self, row: Binding, ts: int) -> bool:
        """Tell whether a handler may be called now: pings keep a pause between them (1.10)."""
        if row.event != "ONOFFLINEEVENT":
            return True
        last = self._pings.get(row.number)
        if last is not None and ts - last < row.min_timeout_s:
            return False
        self._pings[row.number] = ts
        return True
