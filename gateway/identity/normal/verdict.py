"""Verdict: how much a value may say about who somebody is."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """What a value is good for."""

    OK = "ok"
    """It may identify somebody."""
    DOUBTFUL = "doubtful"
    """It may support other evidence, and identifies nobody by itself."""
    REFUSED = "refused"
    """It says nothing about anybody."""
