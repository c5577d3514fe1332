"""Setup: the gateway's configuration for a day, and what goes wrong at the processor's double."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.demo.till.plan import Shop
from gateway.demo.till.processor import Section

_CONFIG = """\
data_dir = "{data_dir}"

[http]
port = {port}

[bus]
url = "memory://"
prefix = "{prefix}"

[sync]
lease_s = 10.0
relay_s = 0.5
probe_s = 5.0
retry_first_s = 0.5
retry_cap_s = 5.0
circuit_pause_s = 1.0
circuit_cap_s = 4.0

[[loyalty.routes]]
processor = "{processor}"
"""
_CALLER = """
[pos.callers.{name}]
key = {{ env = "{variable}" }}
shop = "{name}"
deadline_ms = {deadline_ms}
"""


@dataclass(frozen=True, slots=True)
class TillKeys:
    """A key for each shop's till, and the variables that hand them to the gateway."""

    of: Mapping[str, str] = field(repr=False)

    @classmethod
    def made(cls, shops: Sequence[Shop]) -> TillKeys:
        """Make keys that nobody knows."""
        return cls({shop.name: secrets.token_urlsafe(24) for shop in shops})

    def env(self) -> dict[str, str]:
        """Return the environment of the gateway."""
        return {_variable(name): key for name, key in self.of.items()}


def write_config(
    folder: Path, *, keys: TillKeys, section: Section, port: int, deadline_ms: int
) -> Path:
    """Write ``gateway.toml`` for a day at one processor."""
    text = _CONFIG.format(
        data_dir=folder / "data", port=port, prefix=f"till-{port}", processor=section.serves
    )
    callers = (
        _CALLER.format(name=name, variable=_variable(name), deadline_ms=deadline_ms)
        for name in keys.of
    )
    path = folder / "gateway.toml"
    path.write_text(text + "".join(callers) + section.text, encoding="utf-8")
    return path


def processor_faults(*, failing: bool, seed: int, deadline_s: float) -> dict[str, Any]:
    """Return a fault plan: with ``failing`` 5 % of calls fail, half of them after their effect.

    Another 5 % take longer than a till waits.
    """
    rules: list[dict[str, Any]] = [
        {"kind": "status", "status": 503, "probability": 0.0125},
        {"kind": "cut_before", "probability": 0.0125},
        {"kind": "cut_after", "probability": 0.025},
        {"kind": "delay", "probability": 0.05, "delay_s": deadline_s * 1.25},
    ]
    return {"seed": seed, "rules": rules if failing else []}


def outage(seed: int) -> dict[str, Any]:
    """Return the fault plan of a processor that is away."""
    return {"seed": seed, "rules": [{"kind": "status", "status": 503, "probability": 1.0}]}


def _variable(name: str) -> str:
    return f"TILL_KEY_{name.replace('-', '_')}"
