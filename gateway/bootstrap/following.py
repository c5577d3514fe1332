"""Following: which accounts are told of the visitors of which."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.config import Config
from gateway.contract import ConfigInvalid
from gateway.contract.operations import BEHAVIOUR_TRACK
from gateway.sync.account import Account


def followers(config: Config) -> dict[str, list[str]]:
    """Return the followers by source."""
    found: dict[str, list[str]] = {}
    for name, section in sorted(config.accounts.items()):
        for source in sorted(section.tracks):
            found.setdefault(source, []).append(name)
    return found


def refuse_idle_tracks(config: Config, accounts: Mapping[str, Account]) -> None:
    """Refuse tracks along which nothing could ever flow. Raises ``ConfigInvalid``."""
    for source, names in followers(config).items():
        path = f"accounts.{names[0]}.tracks"
        there = accounts.get(source)
        if there is None or there.connector.services.behaviour is None:
            why = "there is no such account" if there is None else "it tells of no visitors"
            msg = f"{path}: nothing comes from {source}: {why}; take it out"
            raise ConfigInvalid(msg)
        deaf = [one for one in names if BEHAVIOUR_TRACK not in accounts[one].connector.operations]
        if deaf:
            msg = f"accounts.{deaf[0]}.tracks: this account takes no behaviour; take the key out"
            raise ConfigInvalid(msg)
