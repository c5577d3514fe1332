"""Forms: the questionnaires of the configuration, put together over a running gateway."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from zoneinfo import ZoneInfo

from gateway.bootstrap.foundation import Foundation
from gateway.bootstrap.house import build_house
from gateway.bootstrap.merging import SHOP_ZONE, build_merging
from gateway.bootstrap.running import Gateway
from gateway.canonical import Kind
from gateway.config import HOUSE, ConfigProblems, FormSection, Problem
from gateway.contract import Clock
from gateway.contract.operations import BONUS_POST
from gateway.identity.matching.neighbours import Neighbours
from gateway.identity.questionnaire.desk import Desk
from gateway.identity.questionnaire.duty import Duty
from gateway.identity.questionnaire.form import FORM, Digests, Form
from gateway.identity.questionnaire.outside import Inside
from gateway.identity.questionnaire.seek import can_seek
from gateway.identity.questionnaire.walk import Walk
from gateway.ids import Jitter, sortable_id
from gateway.loyalty.alarm import Alarm, Watch
from gateway.loyalty.codes import Chance, OwnCodes
from gateway.loyalty.form_points import HouseInside
from gateway.loyalty.limits import Gate, Limit, Window
from gateway.loyalty.senders import notifiers_of
from gateway.sync.account import Account
from gateway.sync.lookup import Digester
from gateway.sync.policy import RetryPolicy

RETRY_CAP_S = 300.0
_HOUR_S, _MINUTE_S = 3600.0, 60.0
_REFERENCE_BYTES = 16


@dataclass(frozen=True, slots=True)
class Forms:
    """The questionnaires of this process: a desk for each, and the duty for all."""

    desks: Mapping[str, Desk]
    duty: Duty
    codes: OwnCodes


def build_forms(gateway: Gateway) -> Forms | None:
    """Return the questionnaires, ``None`` where the configuration has none.

    Raises ``ConfigProblems`` with all that is wrong, ``ConfigInvalid`` for an account that sends no
    codes.
    """
    foundation = gateway.foundation
    config, clock = foundation.config, foundation.clock
    if not config.forms:
        return None
    problems = list(form_problems(foundation))
    if problems:
        raise ConfigProblems(problems)
    forms = _forms(foundation)
    sync, digester = config.sync, Digester(foundation.sealer.derive("lookup"))
    walk = Walk(
        forms=forms,
        store=foundation.store,
        applier=foundation.applier,
        operations=gateway.operations,
        digests=Digests(digester),
        neighbours=Neighbours.by(config.identity, digester, clock),
        policy=RetryPolicy(sync.retry_first_s, min(sync.retry_cap_s, RETRY_CAP_S)),
        clock=clock,
        log=foundation.log,
        draw=Jitter().draw,
        wake=gateway.outbound.wake,
        lease_s=sync.lease_s,
        inside=_inside(gateway),
        merging=build_merging(foundation, gateway.outbound.wake),
    )
    codes = _codes(foundation)
    upkeep = (walk.forget, codes.alarm.look)
    duty = Duty(walk, clock, foundation.log, sync.relay_s, upkeep)
    desks = {name: _desk(form, foundation, codes, duty) for name, form in forms.items()}
    return Forms(desks, duty, codes)


def _forms(foundation: Foundation) -> dict[str, Form]:
    accounts = foundation.accounts
    return {
        name: Form(name, section, accounts[section.site], accounts.get(section.processor))
        for name, section in foundation.config.forms.items()
    }


def form_problems(foundation: Foundation) -> Iterator[Problem]:
    """Yield what is wrong with the forms of a configuration."""
    config, accounts = foundation.config, foundation.accounts
    if not config.forms:
        return
    if FORM in accounts:
        yield Problem(f"accounts.{FORM}", "this name is the questionnaires': name it otherwise")
    if config.codes.sms is None or config.codes.email is None:
        yield Problem("codes", "questionnaires send codes: set `codes.sms` and `codes.email`")
    for name, section in config.forms.items():
        if text := _unfit(section.site, accounts):
            yield Problem(f"forms.{name}.site", text)
        if section.logo is not None and not section.logo.is_file():
            yield Problem(f"forms.{name}.logo", "there is no such file: name one that can be read")
        if text := _unfit_processor(foundation, section):
            yield Problem(f"forms.{name}.processor", text)


def _unfit_processor(foundation: Foundation, section: FormSection) -> str:
    if section.processor == HOUSE:
        has_house = foundation.config.house is not None
        return "" if has_house else "the programme inside the gateway is not configured: do so"
    text = _unfit(section.processor, foundation.accounts)
    if text or not section.bonus:
        return text
    performs = BONUS_POST in foundation.accounts[section.processor].connector.operations
    return "" if performs else "this account posts no bonuses: set bonus to 0, or name another"


def _unfit(name: str, accounts: Mapping[str, Account]) -> str:
    account = accounts.get(name)
    if account is None:
        return f"no account is called {name}: name one of [accounts]"
    if Kind.CUSTOMER not in account.flow.creates or account.writer(Kind.CUSTOMER) is None:
        return f"customers are not made at {name}: add customer to its `updates` and `creates`"
    if not can_seek(account):
        return f"{name} cannot be asked who has a phone or an e-mail: name another account"
    return ""


def _inside(gateway: Gateway) -> Inside | None:
    if gateway.foundation.config.house is None:
        return None
    parts = build_house(gateway.foundation, gateway.operations)
    return HouseInside(parts.house, parts.office)


def _codes(foundation: Foundation) -> OwnCodes:
    """Make codes of our own, whoever makes those of tills."""
    config, clock = foundation.config, foundation.clock
    services = {name: one.connector.services for name, one in foundation.accounts.items()}
    chance = Chance(secrets.randbelow, lambda: secrets.token_hex(_REFERENCE_BYTES))
    watch = Watch(Window(config.codes.alarm.misses, config.codes.alarm.per_s))
    alarm = Alarm(
        "codes", Kind.CUSTOMER, watch, foundation.store, clock, foundation.log,
        foundation.metrics.tills,
    )  # fmt: skip
    return OwnCodes(
        config.codes, notifiers_of(config.codes, services), foundation.store, clock, chance,
        foundation.sealer.derive("codes"), alarm,
    )  # fmt: skip


def _desk(form: Form, foundation: Foundation, codes: OwnCodes, duty: Duty) -> Desk:
    limits = form.section.limits
    whole = Limit((Window(limits.whole_minute, _MINUTE_S),))
    sends = Gate(
        {"address": Limit((Window(limits.address_hour, _HOUR_S),)), "whole": whole},
    )
    checks = Gate(
        {"address": Limit((Window(limits.check_minute, _MINUTE_S),))},
    )
    return Desk(
        form=form,
        store=foundation.store,
        codes=codes,
        sends=sends,
        checks=checks,
        clock=foundation.clock,
        new_id=sortable_id,
        woken=duty.wake,
        today=partial(_today, foundation.clock),
    )


def _today(clock: Clock) -> date:
    return clock.now().astimezone(ZoneInfo(SHOP_ZONE)).date()
