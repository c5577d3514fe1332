"""Required: which contacts an account requires of new customers, by configuration."""

from __future__ import annotations

from gateway.config import Config
from gateway.sync.required import Contact, Required


def required_at(config: Config, name: str) -> Required:
    """Return what an account requires, or the house; what it does not say the whole shop does."""
    common, own = config.identity, config.accounts.get(name)
    contacts, incomplete = common.required, common.incomplete
    if own is not None and own.required is not None:
        contacts = own.required
    if own is not None and own.incomplete is not None:
        incomplete = own.incomplete
    return Required(frozenset(map(Contact, contacts)), refuses=incomplete == "refuse")
