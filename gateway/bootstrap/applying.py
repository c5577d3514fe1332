"""Applying: the applier, put together with the rules of ownership and of identity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gateway.canonical import Kind
from gateway.config import Config
from gateway.contract import Clock
from gateway.identity.matching.holders import CardHolders
from gateway.identity.matching.intake import Intake
from gateway.identity.merging.cards import NamelessHolders
from gateway.identity.merging.orders import OrderDuplicates
from gateway.identity.merging.service import Merging
from gateway.ids import entity_id, sortable_id
from gateway.ports import Store
from gateway.sync.account import Account
from gateway.sync.apply import Applier
from gateway.sync.lookup import Digester
from gateway.sync.ownership import Ownership, Rule, RuleKind


def build_applier(
    config: Config,
    accounts: Mapping[str, Account],
    digester: Digester,
    *,
    store: Store,
    clock: Clock,
) -> Applier:
    """Return the part of the core that merges what comes in."""
    intake = Intake.by(config.identity, digester, clock)
    applier = Applier(
        accounts, ownership(config), digester, clock, entity_id, sortable_id,
        announces=config.events is not None,
        recogniser=intake,
    )  # fmt: skip
    section = config.merge
    merging = Merging(
        store, clock, applier, sortable_id, section.confirm, section.confirm_s, lambda _: None
    )
    return replace(
        applier,
        holders=CardHolders(applier, intake, NamelessHolders(merging)),
        noticed=OrderDuplicates(digester, merging) if section.orders else None,
    )


def ownership(config: Config) -> Ownership:
    """Translate the rules of the configuration."""
    section = config.ownership
    rules = {
        kind: {pattern: _rule(text) for pattern, text in getattr(section, str(kind)).items()}
        for kind in Kind
    }
    return Ownership(rules=rules, priority=section.priority)


def _rule(text: str) -> Rule:
    kind, _, account = text.partition(":")
    return Rule(RuleKind(kind), account)
