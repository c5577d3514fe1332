"""Checks of keyed operations: one key, one effect."""

from __future__ import annotations

import json

from gateway.contract import (
    Operation,
    OutcomeUnknown,
    PermanentError,
    TransientError,
    TranslationFailed,
    Unsupported,
)
from gateway.testing.claims import caught, claim, name_of
from gateway.testing.marks import per_operation
from gateway.testing.ports import Faults, OperationSeeder
from gateway.testing.subject import Subject
from gateway.testing.wired import Wired


class OperationChecks(Subject):
    """What ``OperationPerformer`` promises, per operation."""

    @per_operation
    async def test_one_key_has_one_effect(
        self, connector: Wired, seed: OperationSeeder, operation: str
    ) -> None:
        """Points would move twice for one purchase."""
        performer = connector.connector.operations[operation]
        keyed = Operation("kit-key-1", operation, await seed.payload(operation, 1))
        before = await seed.effects(operation)
        result = await performer.perform(keyed)
        once = await seed.effects(operation) - before
        claim(once != 0, "an operation had no effect that the double counts")
        claim(_is_json(result), "the result is not plain JSON: it is kept with the operation")
        await performer.perform(keyed)
        twice = await seed.effects(operation) - before
        claim(once == twice, "an operation repeated with its key has its effect again")

    @per_operation
    async def test_two_keys_have_two_effects(
        self, connector: Wired, seed: OperationSeeder, operation: str
    ) -> None:
        """Two purchases would be credited once."""
        performer = connector.connector.operations[operation]
        before = await seed.effects(operation)
        steps = []
        for number in (1, 2):
            payload = await seed.payload(operation, number)
            await performer.perform(Operation(f"kit-key-{number}", operation, payload))
            steps.append(await seed.effects(operation) - before)
        claim(steps[0] != steps[1], "a second operation under a key of its own has no effect")

    @per_operation
    async def test_a_key_tells_what_it_did(
        self, connector: Wired, seed: OperationSeeder, operation: str
    ) -> None:
        """After a lost answer an operation would be repeated blindly, or never."""
        performer = connector.connector.operations[operation]
        keyed = Operation("kit-key-1", operation, await seed.payload(operation, 1))
        error = await caught(lambda: performer.find("kit-key-1"))
        if isinstance(error, Unsupported):
            return  # the vendor cannot be asked: the core holds it for a person
        claim(error is None, f"find of an unknown key raised {name_of(error)}")
        claim(await performer.find("kit-key-1") is None, "an unknown key is said to have done it")
        await performer.perform(keyed)
        claim(await performer.find("kit-key-1") is not None, "find does not know what a key did")

    @per_operation
    async def test_an_operation_cut_after_its_effect_is_unknown(
        self, connector: Wired, seed: OperationSeeder, faults: Faults, operation: str
    ) -> None:
        """What was done and not answered would be called failed, and done again by hand."""
        performer = connector.connector.operations[operation]
        keyed = Operation("kit-key-1", operation, await seed.payload(operation, 1))
        before = await seed.effects(operation)
        await faults.cut(operation, after=True)
        error = await caught(lambda: performer.perform(keyed))
        await faults.clear()
        once = await seed.effects(operation) - before
        claim(once != 0, "the script did not cut after the effect: check `faults.cut`")
        claim(
            isinstance(error, OutcomeUnknown),
            f"an operation that was sent and not answered is {name_of(error)}",
        )
        if isinstance(await caught(lambda: performer.find("kit-key-1")), Unsupported):
            return
        claim(await performer.find("kit-key-1") is not None, "what was cut is not found by its key")

    @per_operation
    async def test_an_operation_cut_before_its_effect_can_be_repeated(
        self, connector: Wired, seed: OperationSeeder, faults: Faults, operation: str
    ) -> None:
        """A call that never arrived would be taken for done."""
        performer = connector.connector.operations[operation]
        keyed = Operation("kit-key-1", operation, await seed.payload(operation, 1))
        before = await seed.effects(operation)
        await faults.cut(operation, after=False)
        error = await caught(lambda: performer.perform(keyed))
        await faults.clear()
        claim(
            isinstance(error, OutcomeUnknown | TransientError),
            f"a call that was cut is {name_of(error)}, not OutcomeUnknown or Unavailable",
        )
        claim(await seed.effects(operation) == before, "the script cut too late: check `faults`")
        await performer.perform(keyed)
        claim(await seed.effects(operation) != before, "the repeat had no effect")

    @per_operation
    async def test_a_wrong_payload_is_refused(
        self, connector: Wired, seed: OperationSeeder, operation: str
    ) -> None:
        """What can never succeed would be tried for days."""
        performer = connector.connector.operations[operation]
        wrong = {**await seed.payload(operation, 1), "no_such_field": 1}
        before = await seed.effects(operation)
        error = await caught(lambda: performer.perform(Operation("kit-key-1", operation, wrong)))
        claim(
            isinstance(error, PermanentError | TranslationFailed),
            f"a payload with an unknown field must be Rejected, it is {name_of(error)}",
        )
        claim(await seed.effects(operation) == before, "a refused payload had an effect")


def _is_json(result: object) -> bool:
    try:
        json.dumps(result)
    except (TypeError, ValueError):
        return False
    return isinstance(result, dict)
