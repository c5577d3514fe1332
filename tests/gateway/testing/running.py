"""Running the kit by hand: every case on a fresh vendor, and the names of those that failed."""

from __future__ import annotations

import inspect
import tempfile
from pathlib import Path
from typing import Any

from gateway.canonical import Kind
from gateway.contract.operations import BONUS_POST
from gateway.contract.parts import OPERATIONS
from gateway.testing.conformance import Case, cases
from tests.gateway.testing.toy.stage import open_stage

_OTHERS = tuple({*map(str, Kind), *OPERATIONS.values()} - {Kind.CUSTOMER, BONUS_POST})


def _is_about_others(case: Case) -> bool:
    return any(str(value).endswith(_OTHERS) for value in case.parameters.values())


async def run(bad: str, case: Case) -> str:
    """Run one case on a connector; return what it found, nothing for a pass."""
    async with open_stage(bad) as stage:
        check = getattr(stage.suite(), case.check)
        wanted = inspect.signature(check).parameters
        with tempfile.TemporaryDirectory() as folder:
            given: dict[str, Any] = {
                "connector": stage.connector,
                "seed": stage.seed,
                "faults": stage.faults,
                "tmp_path": Path(folder),
                **case.parameters,
            }
            try:
                result = check(**{name: given[name] for name in wanted})
                if inspect.isawaitable(result):
                    await result
            except Exception as error:  # noqa: BLE001 - any error fails a check
                return f"{type(error).__name__}: {error}"
    return ""


async def failing(bad: str, *, spared: frozenset[str] = frozenset()) -> dict[str, str]:
    """Run all cases but the spared ones; return the failing ones with what they found.

    Of a broken connector only one kind and one operation are broken, so no others are run.
    """
    async with open_stage(bad) as stage:
        todo = [case for case in cases(stage.suite) if case.check not in spared]
    if bad:
        todo = [case for case in todo if not _is_about_others(case)]
    found = {case.name: await run(bad, case) for case in todo}
    return {name: text for name, text in found.items() if text}
