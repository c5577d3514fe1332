"""Checks of writers: a change leaves one record, whatever is repeated or lost on the way."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.canonical import Kind
from gateway.canonical.paths import pattern
from gateway.contract import (
    Exists,
    Failed,
    Observed,
    OutcomeUnknown,
    PermanentError,
    TransientError,
    Written,
)
from gateway.testing.claims import caught, claim, name_of, only, written
from gateway.testing.marks import per_given_key, per_probe, per_writer, per_writer_and_reader
from gateway.testing.ports import Faults, RecordSeeder, Seeded
from gateway.testing.samples import key_of, sparse
from gateway.testing.subject import Subject
from gateway.testing.telling import edit, looked, news, told
from gateway.testing.wired import Wired


class WritingChecks(Subject):
    """What ``EntityWriter`` promises, per kind."""

    @per_writer
    def test_held_is_pure_and_idempotent(self, connector: Wired, kind: Kind) -> None:
        """A reduction that moves with each round would be told for ever."""
        writer = connector.connector.writers[kind]
        whole, bare = self.sample(kind, 1), sparse(kind)
        for entity in (whole, self.edited(whole), bare):
            for known in (None, writer.held(whole, None), writer.held(bare, None)):
                once = writer.held(entity, known)
                claim(once == writer.held(entity, known), "held gives two answers to one question")
                claim(once == writer.held(once, known), "held(held(x, k), k) is not held(x, k)")

    @per_writer
    async def test_a_creation_makes_one_record(
        self, connector: Wired, seed: RecordSeeder, kind: Kind
    ) -> None:
        """The record would not carry our key, and nobody could find it after a lost answer."""
        change = await self.creation(connector, seed, kind, 1)
        outcome = await told(connector.connector, kind, change)
        claim(outcome.external_id, "a creation returned no external id")
        claim(outcome.created, "a creation does not say that it created")
        count = await seed.held(kind, change.key)
        claim(count == 1, f"after a creation {count} records carry our key")

    @per_writer
    async def test_a_repeated_creation_finds_its_record(
        self, connector: Wired, seed: RecordSeeder, kind: Kind
    ) -> None:
        """A repeated delivery would leave two records of one person or order."""
        change = await self.creation(connector, seed, kind, 1)
        first = await told(connector.connector, kind, change)
        again = only(await connector.connector.writers[kind].write([change]), "outcome")
        claim(isinstance(again, Exists), f"a repeated creation must be Exists: {name_of(again)}")
        claim(
            getattr(again, "external_id", "") == first.external_id,
            "a repeated creation names another record",
        )
        count = await seed.held(kind, change.key)
        claim(count == 1, f"after a repeated creation {count} records carry our key")

    @per_writer
    async def test_outcomes_keep_the_order_of_changes(
        self, connector: Wired, seed: RecordSeeder, kind: Kind
    ) -> None:
        """The id of one record would be kept for another."""
        count = min(3, connector.connector.manifest.write_batch.get(kind, 1))
        changes = [await self.creation(connector, seed, kind, 1 + n) for n in range(count)]
        outcomes = await connector.connector.writers[kind].write(changes)
        claim(len(outcomes) == count, f"{count} changes have {len(outcomes)} outcomes")
        ids = [written(outcome).external_id for outcome in outcomes]
        for change, external_id in zip(changes, ids, strict=True):
            again = only(await connector.connector.writers[kind].write([change]), "outcome")
            claim(
                getattr(again, "external_id", "") == external_id,
                "an outcome stands at the place of another change",
            )

    @per_writer
    async def test_a_failed_change_spares_its_neighbours(
        self, connector: Wired, seed: RecordSeeder, kind: Kind
    ) -> None:
        """One record that is gone at the vendor would hold back the whole batch."""
        good = await self.creation(connector, seed, kind, 1)
        observed = Observed(
            self.nowhere, connector.connector.writers[kind].held(self.sample(kind, 2), None)
        )
        wanted = self.edited(self.sample(kind, 2))
        gone = edit(connector.connector, kind, observed, wanted, key=key_of(kind, 2))
        outcomes = await connector.connector.writers[kind].write([gone, good])
        claim(len(outcomes) == 2, f"2 changes have {len(outcomes)} outcomes")  # noqa: PLR2004
        failed, made = outcomes
        error = failed.error if isinstance(failed, Failed) else None
        claim(
            isinstance(error, PermanentError),
            f"an edit of a record that is gone must fail for good, it is {name_of(error)}",
        )
        claim(isinstance(made, Written), "a failed change takes its neighbour with it")

    @per_writer_and_reader
    async def test_what_is_written_is_read_back(
        self, connector: Wired, seed: RecordSeeder, kind: Kind
    ) -> None:
        """A difference would come back as a change made at the vendor, and be told for ever."""
        change = await self.creation(connector, seed, kind, 1)
        outcome = await told(connector.connector, kind, change)
        observed = await looked(connector.connector, kind, outcome.external_id)
        differing = self._differing(kind, news(kind, change, outcome, observed))
        claim(not differing, f"held and read back differ in {', '.join(differing)}")

    @per_writer_and_reader
    async def test_an_edit_is_read_back(
        self, connector: Wired, seed: RecordSeeder, kind: Kind
    ) -> None:
        """An edit would make a second record, or not arrive."""
        made = await self.creation(connector, seed, kind, 1)
        outcome = await told(connector.connector, kind, made)
        before = await seed.total(kind)
        observed = await looked(connector.connector, kind, outcome.external_id)
        wanted = self.edited(self.sample(kind, 1))
        change = edit(connector.connector, kind, observed, wanted, key=made.key)
        claim(change.changed, "the edited sample does not differ: override `edited`")
        outcome = await told(connector.connector, kind, change)
        claim(not outcome.created, "an edit says that it created")
        claim(await seed.total(kind) == before, "an edit made another record")
        observed = await looked(connector.connector, kind, outcome.external_id)
        differing = self._differing(kind, news(kind, change, outcome, observed))
        claim(not differing, f"held and read back differ in {', '.join(differing)}")

    def _differing(self, kind: Kind, told: Mapping[str, object]) -> list[str]:
        return sorted(path for path in told if pattern(path, kind) not in self.unread)

    @per_given_key
    async def test_a_key_is_given_to_a_record_without_one(
        self, connector: Wired, seed: RecordSeeder, kind: Kind
    ) -> None:
        """A record that people made could not be found by our key after a lost answer."""
        (external_id,) = await seed.put(kind, [Seeded()])
        observed = await looked(connector.connector, kind, external_id)
        key = key_of(kind, 7)
        change = edit(
            connector.connector, kind, observed, observed.entity, key=key, assign_key=True
        )
        await told(connector.connector, kind, change)
        claim(await seed.held(kind, key) == 1, "the record did not get our key")

    @per_probe
    async def test_a_record_is_found_by_its_key(
        self, connector: Wired, seed: RecordSeeder, kind: Kind
    ) -> None:
        """After a lost answer nobody could tell whether the record was made."""
        change = await self.creation(connector, seed, kind, 1)
        outcome = await told(connector.connector, kind, change)
        found = await connector.connector.writers[kind].find([change.key, key_of(kind, 99)])
        claim(
            dict(found) == {change.key: outcome.external_id},
            "find must return exactly the keys that exist, with their external ids",
        )

    @per_probe
    async def test_a_creation_cut_after_its_effect_is_found(
        self, connector: Wired, seed: RecordSeeder, faults: Faults, kind: Kind
    ) -> None:
        """A connection that breaks after the commit would leave two records."""
        change = await self.creation(connector, seed, kind, 1)
        await faults.cut(str(kind), after=True)
        error = await caught(lambda: told(connector.connector, kind, change))
        claim(
            isinstance(error, OutcomeUnknown | None),
            f"a creation that was sent and not answered is {name_of(error)}, not OutcomeUnknown",
        )
        await faults.clear()
        found = await connector.connector.writers[kind].find([change.key])
        claim(change.key in found, "what a cut creation made is not found by its key")
        count = await seed.held(kind, change.key)
        claim(count == 1, f"after a cut {count} records carry our key")

    @per_probe
    async def test_a_creation_cut_before_its_effect_is_made_later(
        self, connector: Wired, seed: RecordSeeder, faults: Faults, kind: Kind
    ) -> None:
        """A request that never arrived would be taken for done."""
        change = await self.creation(connector, seed, kind, 1)
        await faults.cut(str(kind), after=False)
        error = await caught(lambda: told(connector.connector, kind, change))
        claim(
            isinstance(error, OutcomeUnknown | TransientError),
            f"a request that was cut is {name_of(error)}, not OutcomeUnknown or Unavailable",
        )
        await faults.clear()
        found = await connector.connector.writers[kind].find([change.key])
        claim(not found, "find names a record that was never made")
        await told(connector.connector, kind, change)
        count = await seed.held(kind, change.key)
        claim(count == 1, f"after a cut and a repeat {count} records carry our key")
