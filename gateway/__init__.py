"""Integration gateway: one canonical snapshot per customer and order, delivered to many vendors.

The rooms and the arrows between them are checked by import-linter; see ``pyproject.toml``.
"""
