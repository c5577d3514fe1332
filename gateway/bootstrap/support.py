"""Support: the desk for chats, over the processors that the configuration names."""

from __future__ import annotations

from gateway.bootstrap.foundation import Foundation
from gateway.bootstrap.house import build_house
from gateway.config import HOUSE
from gateway.contract import LoyaltyProcessing
from gateway.ops.support import SupportDesk


def build_support(foundation: Foundation) -> SupportDesk | None:
    """Return the desk, ``None`` where no account has a chat that asks.

    It asks the processors of the routes, or where there are none, all accounts that keep points.
    """
    accounts, config = foundation.accounts, foundation.config
    if all(one.connector.services.support is None for one in accounts.values()):
        return None
    keepers = {
        name: one.connector.services.loyalty
        for name, one in accounts.items()
        if one.connector.services.loyalty is not None
    }
    processors: dict[str, LoyaltyProcessing] = dict(keepers)
    if config.house is not None:
        processors[HOUSE] = build_house(foundation).house
    routed = {route.processor for route in config.loyalty.routes}
    asked = {name: one for name, one in processors.items() if not routed or name in routed}
    return SupportDesk(
        foundation.store, tuple(accounts), foundation.applier.digester, asked, foundation.clock,
        foundation.log,
    )  # fmt: skip
