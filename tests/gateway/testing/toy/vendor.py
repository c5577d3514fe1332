"""Toy vendor: an API in memory behind httpx's mock transport; it knows every capability."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx

from gateway.canonical import Kind
from gateway.testing import Flaw, Seeded

TOKEN = "t0y-t0ken"
TEXT_FIELD = {
    Kind.CUSTOMER: ("name", "last"),
    Kind.CARD: ("type",),
    Kind.PRODUCT: ("name",),
    Kind.ORDER: ("customer_comment",),
}
ODD = {
    Kind.CUSTOMER: {"gender": "other"},
    Kind.CARD: {"state": "frozen"},
    Kind.PRODUCT: {"active": "perhaps"},
    Kind.ORDER: {"status": "made-up"},
}
BAD = {
    Kind.CUSTOMER: {"birth_date": "yesterday"},
    Kind.CARD: {"discount_percent": "much"},
    Kind.PRODUCT: {"vat_rate": "much"},
    Kind.ORDER: {"placed_at": "yesterday"},
}

Row = dict[str, Any]


@dataclass
class ToyVendor:
    """The vendor's state. ``script`` is what happens to the next calls."""

    rows: dict[str, Row] = field(default_factory=dict)
    moment: int = 0
    numbers: int = 0
    operations: dict[str, Row] = field(default_factory=dict)
    effects: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    points: dict[str, Decimal] = field(default_factory=dict)
    phones: dict[str, str] = field(default_factory=dict)
    registered: dict[str, str] = field(default_factory=dict)
    sales: dict[str, Row] = field(default_factory=dict)
    keys: dict[str, Row] = field(default_factory=dict)
    postings: list[Row] = field(default_factory=list)
    codes: dict[str, str] = field(default_factory=dict)
    notices: dict[str, Row] = field(default_factory=dict)
    visits: list[int] = field(default_factory=list)
    script: Callable[[httpx.Request], httpx.Response | None] | None = None
    cut_after: Callable[[httpx.Request], bool] = lambda _: False

    def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer one call."""
        if self.script is not None:
            answer = self.script(request)
            if answer is not None:
                return answer
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return httpx.Response(401)
        cuts = self.cut_after(request)
        answer = self._answer(request)
        if cuts:
            self.cut_after = lambda _: False
            msg = "the connection was cut"
            raise httpx.ReadError(msg, request=request)
        return answer

    def add(self, kind: Kind, data: Mapping[str, Any], key: str | None, moment: int) -> Row:
        """Keep a new record."""
        self.numbers += 1
        row: Row = {
            "id": str(self.numbers),
            "kind": str(kind),
            "key": key,
            "data": dict(data),
            "moment": moment,
        }
        self.rows[row["id"]] = row
        return row

    def _answer(self, request: httpx.Request) -> httpx.Response:
        what, _, rest = request.url.path.strip("/").partition("/")
        body = json.loads(request.content or b"{}")
        if what in set(Kind):
            return self._entity(Kind(what), request.method, rest, request.url.params, body)
        if what == "op":
            return self._operation(request.method, rest, body)
        if what == "loyalty":
            return self._loyalty(rest, body)
        if what == "notice":
            return self._notice(body)
        return self._code(rest, body)

    def _entity(
        self, kind: Kind, method: str, rest: str, query: httpx.QueryParams, body: Row
    ) -> httpx.Response:
        if method == "POST":
            for row in self.rows.values():
                if row["key"] == body["key"]:
                    return httpx.Response(409, json={"id": row["id"]})
            self.moment += 1
            return httpx.Response(200, json=self.add(kind, body["data"], body["key"], self.moment))
        if method == "PUT":
            if rest not in self.rows:
                return httpx.Response(404)
            self.moment += 1
            self.rows[rest] |= {**body, "moment": self.moment}
            return httpx.Response(200, json=self.rows[rest])
        return httpx.Response(200, json=self._listed(kind, query))

    def _listed(self, kind: Kind, query: httpx.QueryParams) -> list[Row]:
        rows = [row for row in self.rows.values() if row["kind"] == kind]
        if "ids" in query:
            wanted = set(query["ids"].split(","))
            return [row for row in rows if row["id"] in wanted]
        if "keys" in query:
            wanted = set(query["keys"].split(","))
            return [row for row in rows if row["key"] in wanted]
        moment, _, number = query["after"].partition(".")
        place = (int(moment), int(number))
        rows = [row for row in rows if (row["moment"], int(row["id"])) > place]
        rows.sort(key=lambda row: (row["moment"], int(row["id"])))
        return rows[: int(query["limit"])]

    def _operation(self, method: str, rest: str, body: Row) -> httpx.Response:
        if method == "GET":
            done = self.operations.get(rest)
            return httpx.Response(200, json=done) if done else httpx.Response(404)
        if body["key"] not in self.operations:
            self.operations[body["key"]] = {"done": body["key"]}
            self.effects[rest] += 10
        return httpx.Response(200, json=self.operations[body["key"]])

    def _loyalty(self, rest: str, body: Row) -> httpx.Response:
        member = body.get("member", "")
        if rest == "member":
            found = self.phones.get(body["phone"]) if body.get("phone") else member
            there = found in self.points
            return httpx.Response(200, json={"id": found}) if there else httpx.Response(404)
        if rest == "register":
            if body["key"] not in self.registered:
                self.registered[body["key"]] = self.join(Decimal(0), body["phone"])
            return httpx.Response(200, json={"id": self.registered[body["key"]]})
        if rest == "balance":
            held = self.points.get(member)
            return httpx.Response(404 if held is None else 200, json={"points": str(held)})
        if rest == "history":
            return httpx.Response(200, json=[p for p in self.postings if p["member"] == member])
        if rest == "find":
            sale = self.sales.get(body["sale"])
            return httpx.Response(200, json=sale) if sale else httpx.Response(404)
        return self._sale(rest, body)

    def _sale(self, step: str, body: Row) -> httpx.Response:
        if step == "quote":
            return httpx.Response(200, json={"total": body["total"]})
        if body["key"] in self.keys:
            return httpx.Response(200, json=self.keys[body["key"]])
        sale = self.sales.setdefault(body["sale"], {"id": body["sale"], "state": "new"})
        member: str = body.get("member") or sale.get("member", "")
        points = Decimal(body.get("points", 0))
        if step == "reserve":
            self.points[member] -= points
            sale |= {"state": "reserved", "points": str(points), "member": member}
        elif step == "commit":
            sale["state"] = "committed"
            self.postings.insert(0, {"member": member, "n": len(self.postings)})
        elif step == "cancel" and sale["state"] == "reserved":
            sale["state"] = "cancelled"
            self.points[member] += Decimal(sale["points"])
        elif step == "refund":
            self.points[member] += Decimal(sale["points"])
        self.keys[body["key"]] = dict(sale)
        return httpx.Response(200, json=sale)

    def join(self, points: Decimal, phone: str = "") -> str:
        """Make a member."""
        self.numbers += 1
        member = f"m{self.numbers}"
        self.points[member] = points
        self.phones[phone or f"+7900000{self.numbers:04d}"] = member
        return member

    def _notice(self, body: Row) -> httpx.Response:
        if body["to"].startswith("refused"):
            return httpx.Response(422, json={})
        self.notices.setdefault(body["key"], body)
        return httpx.Response(200, json={"id": body["key"]})

    def _code(self, rest: str, body: Row) -> httpx.Response:
        if rest == "send":
            self.codes[body["to"]] = f"{len(self.codes) + 4711}"
            return httpx.Response(200, json={"reference": "r1"})
        return httpx.Response(200, json={"right": self.codes.get(body["to"]) == body["code"]})


def seeded(kind: Kind, record: Seeded) -> Row:
    """Return the vendor's data of a record that the kit asks for."""
    path = TEXT_FIELD[kind]
    text: object = record.text if record.flaw is not Flaw.SPARSE else ""
    data: Row = {path[0]: {path[1]: text, "first": None} if len(path) > 1 else text}
    if record.flaw is Flaw.UNKNOWN_CODE:
        data |= ODD[kind]
    return data | (BAD[kind] if record.flaw is Flaw.MALFORMED else {})


def put(vendor: ToyVendor, kind: Kind, records: Sequence[Seeded]) -> list[str]:
    """Make records that carry one moment."""
    vendor.moment += 1
    return [vendor.add(kind, seeded(kind, one), None, vendor.moment)["id"] for one in records]
