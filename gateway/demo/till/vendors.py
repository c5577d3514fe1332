"""Vendors: their doubles set to the day's programme, and what they hold at its end.

Each is set up by its own rules and filled by its side door; balances are read behind the API, so
that nothing of the gateway has a part in what is compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from gateway.demo.doubles import Door
from gateway.demo.till.goods import ORDINARY, WARES
from gateway.demo.till.plan import Buyer, Plan
from gateway.demo.till.processor import Reach, Section
from gateway.demo.till.reference import Rounding, Rules

_PAGE = 100
_MANY = 10_000_000
_SHOP_PRICE = "SHOP-PRICE"
_MINDBOX = """
[accounts.points]
connector = "mindbox"
timeout_s = 3.0
rate = {{ calls = 0 }}

[accounts.points.settings]
url = "{url}"
endpoint_id = "{endpoint_id}"
secret_key = {{ env = "TILL_SECRET" }}
external_promotion = "SHOP-PRICE"
"""
_LOYMAX = """
[accounts.points]
connector = "loymax"
timeout_s = 3.0
rate = {{ calls = 0 }}

[accounts.points.settings]
url = "{url}"
username = "{operator_login}"
password = {{ env = "TILL_SECRET" }}
currency_code = "Currency1"
sends_coupons = false

[accounts.points.settings.application]
client_id = "{client_id}"
client_secret = {{ env = "TILL_APPLICATION" }}
redirect_uri = "https://shop.example.ru/callback"
"""
_RETAILCRM = """
[accounts.points]
connector = "retailcrm"
timeout_s = 3.0
rate = {{ calls = 0 }}

[accounts.points.settings]
url = "{url}"
api_key = {{ env = "TILL_SECRET" }}
site = "{site}"

[accounts.points.settings.loyalty]
programme = 2
name = "club"
"""


class _AtDouble:
    """What is alike at all doubles."""

    def planned(self, plan: Plan) -> Plan:
        """See ``Processor``: a double gives each member its own opening balance."""
        return plan

    async def enrol(self, reach: Reach, plan: Plan) -> None:
        """See ``Processor``: the double knows the members."""
        del reach, plan


class Mindbox(_AtDouble):
    """A points account of hundredths; points of a line are rounded down (vendor, 12.2)."""

    double: ClassVar[str] = "mindbox"
    rounding: ClassVar[Rounding] = Rounding.DOWN

    def section(self, about: Mapping[str, Any], plan: Plan, rules: Rules) -> Section:
        """See ``Processor``."""
        del plan, rules
        text = _MINDBOX.format(url=about["url"], endpoint_id=about["endpoint_id"])
        return Section(text, {"TILL_SECRET": about["secret_key"]})

    async def prepare(self, reach: Reach, plan: Plan, rules: Rules) -> None:
        """See ``Processor``."""
        switches = {
            "accrual_delay_days": 0,
            "points_percent_limit": int(rules.share),
            "operation_limit_per_min": _MANY,
        }
        await reach.side.post("settings", switches)
        cashback = {
            "external_id": "POINTS",
            "name": "Баллы за покупку",
            "benefit": "cashback",
            "value": str(rules.percent),
            "products": [] if rules.promo_earns else list(ORDINARY),
        }
        own = {"external_id": _SHOP_PRICE, "name": "Цена магазина", "benefit": "external"}
        account = {"id": "MainPoints", "name": "Основной счёт", "fractional": True}
        await reach.side.post("seed", {"balances": [account], "promotions": [cashback, own]})
        await reach.side.post("seed", {"customers": [self._customer(one) for one in plan.buyers]})

    def _customer(self, buyer: Buyer) -> dict[str, Any]:
        return {
            "mobilePhone": buyer.phone.lstrip("+"),
            "firstName": buyer.first,
            "lastName": buyer.last,
            "lots": [{"amount": str(buyer.opening)}] if buyer.opening else [],
        }

    async def balances(self, reach: Reach, plan: Plan) -> dict[int, Decimal]:
        """See ``Processor``."""
        await reach.side.act("async.drain")
        rows = (await reach.side.inspect(what="customers"))["customers"]
        held = {str(row.get("mobilePhone")): row["balances"] for row in rows}
        return {
            one.number: sum(
                (Decimal(str(row["total"])) for row in held[one.phone.lstrip("+")]), Decimal(0)
            )
            for one in plan.buyers
        }

    async def counted(self, reach: Reach) -> int | None:
        """See ``Processor``: an order is one, unless all of it was cancelled."""
        rows = (await reach.side.inspect(what="orders"))["orders"]
        states = [{line["status"]["ids"]["externalId"] for line in row["lines"]} for row in rows]
        return sum(bool(one & {"Paid", "Returned"}) for one in states)


class Loymax(_AtDouble):
    """An installation whose offer earns hundredths, half up (vendor, 8.8)."""

    double: ClassVar[str] = "loymax"
    rounding: ClassVar[Rounding] = Rounding.HALF_UP

    def section(self, about: Mapping[str, Any], plan: Plan, rules: Rules) -> Section:
        """See ``Processor``."""
        del plan, rules
        application = about["applications"][0]
        text = _LOYMAX.format(
            url=about["url"],
            operator_login=about["operator_login"],
            client_id=application["client_id"],
        )
        env = {
            "TILL_SECRET": about["operator_password"],
            "TILL_APPLICATION": application["client_secret"],
        }
        return Section(text, env)

    async def prepare(self, reach: Reach, plan: Plan, rules: Rules) -> None:
        """See ``Processor``."""
        accrual: dict[str, Any] = {"percent": str(rules.percent), "name": "Баллы за покупку"}
        if not rules.promo_earns:
            accrual["goods"] = list(ORDINARY)
        payment = {"percent": str(rules.share), "name": "Оплата баллами"}
        await reach.side.post("seed", {"rules": {"accrual": accrual, "payment": payment}})
        await reach.side.post("seed", {"customers": [self._customer(one) for one in plan.buyers]})

    def _customer(self, buyer: Buyer) -> dict[str, Any]:
        return {
            "phone": buyer.phone.lstrip("+"),
            "answers": {"FirstName": buyer.first, "LastName": buyer.last},
            "balance": str(buyer.opening),
        }

    async def balances(self, reach: Reach, plan: Plan) -> dict[int, Decimal]:
        """See ``Processor``."""
        rows = (await reach.side.inspect(part="customers"))["customers"]
        held = {
            row["phone"]: sum(
                Decimal(str(row[part])) for part in ("balance", "notActivated", "blocked")
            )
            for row in rows
        }
        return {one.number: Decimal(held[one.phone.lstrip("+")]) for one in plan.buyers}

    async def counted(self, reach: Reach) -> int | None:
        """See ``Processor``."""
        rows = (await reach.side.inspect(part="purchases"))["purchases"]
        return len([row for row in rows if row["state"] == "Confirmed" and not row["refundOf"]])


class RetailCrm(_AtDouble):
    """A programme of one level by percent; a line's bonuses are rounded half up (vendor, 11.7)."""

    double: ClassVar[str] = "retailcrm"
    rounding: ClassVar[Rounding] = Rounding.HALF_UP
    _key = ""

    def section(self, about: Mapping[str, Any], plan: Plan, rules: Rules) -> Section:
        """See ``Processor``."""
        del plan, rules
        self._key = about["keys"]["auditor"]
        text = _RETAILCRM.format(url=about["url"], site=about["site"])
        return Section(text, {"TILL_SECRET": about["api_key"]})

    async def prepare(self, reach: Reach, plan: Plan, rules: Rules) -> None:
        """See ``Processor``."""
        await reach.side.post("settings", {"rate_limit": _MANY})
        size = float(rules.percent)
        level = {"id": 3, "name": "Участник", "type": "bonus_percent", "sum": 0}
        level |= {"privilegeSize": size, "privilegeSizePromo": size if rules.promo_earns else 0}
        programme = {
            "id": 2, "name": "Клуб", "levels": [level], "chargeCapPercent": float(rules.share),
        }  # fmt: skip
        offers = [
            {"id": 1000 + place, "externalId": ware.sku, "xmlId": ware.sku, "name": ware.name,
             "price": 100, "promo": ware.is_promo}
            for place, ware in enumerate(WARES)
        ]  # fmt: skip
        await reach.side.post("seed", {"programs": [programme], "offers": offers})
        people = [self._customer(one) for one in plan.buyers]
        made = await reach.side.post("seed", {"customers": people})
        members = [
            {"customer": {"id": number}, "phoneNumber": one.phone, "amount": str(one.opening)}
            for number, one in zip(made["customerIds"], plan.buyers, strict=True)
        ]
        await reach.side.post("seed", {"participations": members})

    def _customer(self, buyer: Buyer) -> dict[str, Any]:
        phones = [{"number": buyer.phone}]
        return {"firstName": buyer.first, "lastName": buyer.last, "phones": phones}

    async def balances(self, reach: Reach, plan: Plan) -> dict[int, Decimal]:
        """See ``Processor``."""
        rows = await self._rows(reach.side, "loyalty/accounts", "loyaltyAccounts")
        held = {row["phoneNumber"]: Decimal(str(row["amount"])) for row in rows}
        return {one.number: held[one.phone] for one in plan.buyers}

    async def counted(self, reach: Reach) -> int | None:
        """See ``Processor``: only what was closed was paid."""
        return sum(
            bool(row.get("payments")) for row in await self._rows(reach.side, "orders", "orders")
        )

    async def _rows(self, door: Door, path: str, name: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        page, last = 1, 1
        while page <= last:
            told = await door.get(
                f"/api/v5/{path}",
                query={"page": str(page), "limit": str(_PAGE)},
                headers={"X-API-KEY": self._key},
            )
            rows += told[name]
            page, last = page + 1, told["pagination"]["totalPageCount"]
        return rows
