"""Processors: all that a day can be lived at, by the name that a user gives."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.demo.till.house import House
from gateway.demo.till.processor import Processor
from gateway.demo.till.vendors import Loymax, Mindbox, RetailCrm

PROCESSORS: Mapping[str, type[Processor]] = {
    "house": House,
    "mindbox": Mindbox,
    "loymax": Loymax,
    "retailcrm": RetailCrm,
}
