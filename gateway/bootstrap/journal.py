"""Journal: the service that tells stories, built from the foundation."""

from __future__ import annotations

from gateway.bootstrap.foundation import Foundation
from gateway.ops.journal import Journal


def build_journal(foundation: Foundation) -> Journal:
    """Return the service that tells what happened to one customer or order."""
    urls = {name: one.object_urls for name, one in foundation.config.accounts.items()}
    return Journal(
        foundation.store, foundation.accounts, foundation.applier.digester, foundation.clock, urls
    )
