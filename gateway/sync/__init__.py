"""Synchronisation core: receive, merge by ownership, mark due, deliver, pull.

The core knows canonical entities and accounts and no vendor. Its store is the truth, its bus only
wakes: see ``gateway.ports``.
"""
