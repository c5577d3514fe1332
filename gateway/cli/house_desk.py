"""``gateway house``: look at members, try rules, do the upkeep, issue keys."""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from gateway.bootstrap.foundation import Foundation
from gateway.bootstrap.house import build_house
from gateway.canonical import BonusOperation, normal_email, normal_phone
from gateway.cli.beside import beside
from gateway.cli.screen import moment, print_json, say, table
from gateway.config import ConfigProblems, HouseSection, Problem, problems_of
from gateway.contract import Member, MemberKey, Missing
from gateway.loyalty.house.office import IssuedKey
from gateway.loyalty.house.processing import House
from gateway.loyalty.house.simulation import Compared, Simulated, Simulation
from gateway.loyalty.house.upkeep import UpkeepReport


@dataclass(frozen=True, slots=True)
class Shown:
    """A member and the last movements."""

    member: Member
    movements: tuple[BonusOperation, ...]


def show_member(config: Path, query: str, *, last: int, as_json: bool) -> None:
    """Print a member's account."""

    async def look(foundation: Foundation) -> Shown:
        house = build_house(foundation).house
        member = await _found(house, query)
        page = await house.history(member.external_id, cursor=None, limit=last)
        return Shown(member, tuple(page.items))

    shown = beside(config, look)
    (account,) = shown.member.customer.bonuses
    facts = {
        "member": shown.member.external_id,
        "tier": account.tier,
        **{
            name: str(points.points) if points is not None else "0"
            for name, points in (
                ("available", account.available),
                ("pending", account.pending),
                ("blocked", account.blocked),
            )
        },
    }
    if as_json:
        print_json({**facts, "movements": [_movement(one) for one in shown.movements]})
        return
    for name, value in facts.items():
        say(f"{name}: {value}")
    rows = [
        (moment(one.at), one.kind, one.points.points, one.order_number or "-", one.reason or "-")
        for one in shown.movements
    ]
    table(("at", "kind", "points", "sale", "reason"), rows)


def simulate(
    config: Path, rules: Path, period: tuple[datetime, datetime], *, as_json: bool
) -> None:
    """Print what other rules would have brought."""
    new = _rules(rules)

    async def replay(foundation: Foundation) -> Simulated:
        parts = build_house(foundation)
        simulation = Simulation(parts.house, parts.programme, new)
        return await simulation.run(*period, _progress)

    found = beside(config, replay)
    if as_json:
        print_json(
            {
                "members": found.members,
                "whole": _texts(found.whole),
                "tiers": {name: _texts(one) for name, one in sorted(found.tiers.items())},
                "shops": {name: _texts(one) for name, one in sorted(found.shops.items())},
                "moves": [
                    {"from": old, "to": to, "members": count}
                    for (old, to), count in sorted(found.moves.items())
                ],
            }
        )
        return
    headings = ("", "receipts", "earned", "earned new", "spendable", "spendable new")
    rows = [("all", *asdict(found.whole).values())]
    rows += [(f"tier {name}", *asdict(one).values()) for name, one in sorted(found.tiers.items())]
    rows += [
        (f"shop {name or '-'}", *asdict(one).values()) for name, one in sorted(found.shops.items())
    ]
    table(headings, rows)
    for (old, to), count in sorted(found.moves.items()):
        say(f"{count} members: {old} -> {to}")
    say(f"{found.members} members; nothing was changed")


def run_upkeep(config: Path, *, as_json: bool) -> None:
    """Do the upkeep once; members are told by the running gateway, not from here."""

    async def work(foundation: Foundation) -> UpkeepReport:
        return await build_house(foundation).upkeep.settle(foundation.clock.now())

    report = beside(config, work)
    if as_json:
        print_json(report)
        return
    for name, count in asdict(report).items():
        say(f"{name}: {count}")


def issue_key(config: Path, order: str, *, who: str, as_json: bool) -> None:
    """Issue a key and print it, once."""

    async def work(foundation: Foundation) -> IssuedKey:
        return await build_house(foundation).office.issue_key(order, who=who, entropy=os.urandom)

    issued = beside(config, work)
    if as_json:
        print_json({"key": issued.key, "sale": issued.sale_id, "expires_at": issued.expires_at})
        return
    say(issued.key)
    say(f"for sale {issued.sale_id}, until {moment(issued.expires_at)}; it is not shown again")


async def _found(house: House, query: str) -> Member:
    """Find a member by whatever was typed."""
    typed = query.strip()
    phone, email = normal_phone(typed), normal_email(typed)
    keys = [MemberKey(external_id=typed), MemberKey(card=typed)]
    keys += [MemberKey(phone=phone)] if phone else []
    keys += [MemberKey(email=email)] if email else []
    for key in keys:
        member = await house.identify(key)
        if member is not None:
            return member
    msg = "nobody is known by this"
    raise Missing(msg, operation="house")


def _rules(path: Path) -> HouseSection:
    try:
        document = tomllib.loads(path.read_text("utf-8"))
        return HouseSection.model_validate(document.get("house", document))
    except tomllib.TOMLDecodeError as error:
        raise ConfigProblems([Problem(path.name, f"not TOML: {error}")]) from None
    except ValidationError as error:
        raise ConfigProblems(problems_of(error, "house")) from None


def _progress(members: int) -> None:
    sys.stderr.write(f"{members} members\n")


def _texts(one: Compared) -> Mapping[str, str]:
    return {name: str(value) for name, value in asdict(one).items()}


def _movement(one: BonusOperation) -> Mapping[str, object]:
    return {
        "id": one.id,
        "at": one.at,
        "kind": one.kind,
        "points": str(one.points.points),
        "sale": one.order_number,
        "reason": one.reason,
        "active_from": one.active_from,
        "expires_at": one.expires_at,
    }
