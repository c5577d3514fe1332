"""House: the programme inside the gateway, set to the day's rules.

There is no double behind it: members are made at a till and get their opening balance as the points
of welcome, all alike; balances are what a till is told of its ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar

from gateway.demo.till import bodies
from gateway.demo.till.api import Call
from gateway.demo.till.plan import Plan
from gateway.demo.till.processor import Reach, Section
from gateway.demo.till.reference import Rounding, Rules

_HOUSE = """
[house]
points_or_code = true

[[house.tiers]]
name = "Участник"
percent = {percent}
share = {share}

[house.rounding]
unit = "0.01"
mode = "half_up"
of = "line"

[house.promo]
by = "price"
earns = {earns}

[house.grants.welcome]
points = "{welcome}"

[accounts.site]
connector = "canonical"

[accounts.site.settings]
secret = {{ env = "TILL_SECRET" }}
"""


class House:
    """Points of hundredths, half up, line by line; lines under their base price earn nothing."""

    double: ClassVar[str] = ""
    rounding: ClassVar[Rounding] = Rounding.HALF_UP

    def planned(self, plan: Plan) -> Plan:
        """See ``Processor``: everybody opens with what the richest has."""
        most = max(buyer.opening for buyer in plan.buyers)
        return replace(plan, buyers=tuple(replace(one, opening=most) for one in plan.buyers))

    def section(self, about: Mapping[str, Any], plan: Plan, rules: Rules) -> Section:
        """See ``Processor``."""
        del about
        text = _HOUSE.format(
            percent=rules.percent,
            share=rules.share,
            earns=str(rules.promo_earns).lower(),
            welcome=plan.buyers[0].opening,
        )
        return Section(text, {"TILL_SECRET": "site-secret-of-the-day-0001"}, serves="house")

    async def prepare(self, reach: Reach, plan: Plan, rules: Rules) -> None:
        """See ``Processor``: nothing is there before the gateway."""
        del reach, plan, rules

    async def enrol(self, reach: Reach, plan: Plan) -> None:
        """See ``Processor``."""
        for buyer in plan.buyers:
            body = {"phone": buyer.phone, "name": {"first": buyer.first, "last": buyer.last}}
            key = f"enrol.{buyer.phone.lstrip('+')}"
            reply = await reach.till.ask(Call("register", "/register", body, key))
            if not reply.is_good:
                msg = f"a member could not be made: {reply.problem}"
                raise LookupError(msg)

    async def balances(self, reach: Reach, plan: Plan) -> dict[int, Decimal]:
        """See ``Processor``."""
        held = {}
        for buyer in plan.buyers:
            reply = await reach.till.ask(bodies.identify(buyer.phone))
            accounts = (reply.body.get("member") or {}).get("accounts") or ()
            parts = [
                Decimal(account[part] or "0")
                for account in accounts
                for part in ("available", "pending", "blocked")
            ]
            held[buyer.number] = sum(parts, Decimal(0))
        return held

    async def counted(self, reach: Reach) -> int | None:
        """See ``Processor``."""
        del reach
        return None
