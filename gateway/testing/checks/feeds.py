"""Checks of readers: a feed may repeat, and it never loses."""

from __future__ import annotations

from gateway.canonical import Kind
from gateway.canonical.paths import spoken
from gateway.contract import TranslationFailed
from gateway.testing.claims import claim
from gateway.testing.marks import per_reader
from gateway.testing.ports import Flaw, RecordSeeder, Seeded
from gateway.testing.subject import Subject
from gateway.testing.telling import looked, started, walked
from gateway.testing.wired import Wired


class FeedChecks(Subject):
    """What ``EntityReader`` promises, per kind."""

    @per_reader
    async def test_a_first_pull_starts_now(
        self, connector: Wired, seed: RecordSeeder, kind: Kind
    ) -> None:
        """What changes after the first start would never be heard of."""
        reader = connector.connector.readers[kind]
        page = await reader.pull(None, limit=self.page)
        claim(page.cursor, "the first page has no cursor: it must be 'from now on'")
        ids = set(await seed.put(kind, [Seeded()]))
        walk = await walked(reader, page.cursor, limit=self.page)
        claim(ids <= walk.ids, "a record made after the first pull is not read")

    @per_reader
    async def test_a_resumed_feed_repeats_and_never_loses(
        self, connector: Wired, seed: RecordSeeder, kind: Kind
    ) -> None:
        """After a crash the feed goes on from an older cursor; what came since must come again."""
        reader = connector.connector.readers[kind]
        first = await started(reader, limit=self.page)
        await seed.put(kind, [Seeded() for _ in range(self.page + 1)])
        unkept = {item.external_id for item in (await reader.pull(first, limit=self.page)).items}
        walk = await walked(reader, first, limit=self.page)
        claim(unkept <= walk.ids, "a page that was read and not kept does not come again")
        late = set(await seed.put(kind, [Seeded()]))
        for number, cursor in enumerate(walk.cursors):
            if self.confirms_reading and number:
                late = set(await seed.put(kind, [Seeded()]))
            again = await walked(reader, cursor, limit=self.page)
            claim(late <= again.ids, f"resumed from cursor {number} a later record is lost")
        if not self.confirms_reading:
            whole = await walked(reader, first, limit=self.page)
            claim(walk.ids <= whole.ids, "resumed from the first cursor, records are lost")

    @per_reader
    async def test_equal_times_across_a_page_lose_nothing(
        self, connector: Wired, seed: RecordSeeder, kind: Kind
    ) -> None:
        """Records of one second would be cut off at the border of a page."""
        reader = connector.connector.readers[kind]
        cursor = await started(reader, limit=self.page)
        ids = set(await seed.put(kind, [Seeded() for _ in range(2 * self.page + 1)]))
        walk = await walked(reader, cursor, limit=self.page)
        lost = len(ids - walk.ids)
        claim(not lost, f"{lost} of {len(ids)} records with one time of change are lost")

    @per_reader
    async def test_a_change_between_pages_loses_nothing(
        self, connector: Wired, seed: RecordSeeder, kind: Kind
    ) -> None:
        """A record that moves to the feed's end shifts the others under a page counted by place."""
        reader = connector.connector.readers[kind]
        cursor = await started(reader, limit=self.page)
        ids: set[str] = set()
        for _ in range(2 * self.page + 1):
            ids.update(await seed.put(kind, [Seeded()]))
        page = await reader.pull(cursor, limit=self.page)
        met = {item.external_id for item in page.items}
        await seed.touch(kind, min(met or ids))
        walk = await walked(reader, page.cursor, limit=self.page)
        lost = len(ids - met - walk.ids)
        claim(not lost, f"{lost} records are lost when one of the first page changes meanwhile")

    @per_reader
    async def test_an_empty_page_is_no_end(
        self, connector: Wired, seed: RecordSeeder, kind: Kind
    ) -> None:
        """After a quiet hour the feed would not go on."""
        reader = connector.connector.readers[kind]
        await seed.put(kind, [Seeded()])
        cursor = await started(reader, limit=self.page)
        await walked(reader, cursor, limit=self.page)
        quiet = await walked(reader, cursor, limit=self.page)
        ids = set(await seed.put(kind, [Seeded()]))
        walk = await walked(reader, quiet.cursor, limit=self.page)
        claim(ids <= walk.ids, "a record made after an empty page is not read")

    @per_reader
    async def test_pages_keep_about_their_limit(
        self, connector: Wired, seed: RecordSeeder, kind: Kind
    ) -> None:
        """A page of everything at once would not fit memory and a transaction."""
        reader = connector.connector.readers[kind]
        cursor = await started(reader, limit=self.page)
        await seed.put(kind, [Seeded() for _ in range(3 * self.page)])
        walk = await walked(reader, cursor, limit=self.page)
        claim(
            max(walk.sizes) <= 2 * self.page,
            f"a page holds {max(walk.sizes)} records, about {self.page} were asked for",
        )

    @per_reader
    async def test_a_malformed_record_spares_its_neighbours(
        self, connector: Wired, seed: RecordSeeder, kind: Kind
    ) -> None:
        """One broken record would stop the feed, or vanish without a word."""
        reader = connector.connector.readers[kind]
        cursor = await started(reader, limit=self.page)
        records = [Seeded(), Seeded(self.texts[0], Flaw.MALFORMED), Seeded()]
        good, bad, other = await seed.put(kind, records)
        walk = await walked(reader, cursor, limit=self.page + len(records))
        met = {item.external_id for item in walk.items}
        claim({good, other} <= met, "the neighbours of a malformed record are not read")
        claim(bad not in met, "a malformed record was read as a good one")
        errors = [one.error for one in walk.rejected if one.external_id == bad]
        claim(errors, "a malformed record is not among page.rejected")
        claim(
            all(_is_located(one) for one in errors),
            "a rejected record names no path of the field at fault",
        )
        reading = await reader.get([good, bad])
        claim(
            [one.external_id for one in reading.rejected] == [bad] and len(reading.items) == 1,
            "read by id, a malformed record is not told as rejected beside its neighbour",
        )

    @per_reader
    async def test_an_unknown_code_is_no_error(
        self, connector: Wired, seed: RecordSeeder, kind: Kind
    ) -> None:
        """A status that somebody adds at the vendor would stop its records."""
        reader = connector.connector.readers[kind]
        cursor = await started(reader, limit=self.page)
        ids = set(await seed.put(kind, [Seeded(flaw=Flaw.UNKNOWN_CODE)]))
        walk = await walked(reader, cursor, limit=self.page)
        met = {item.external_id for item in walk.items}
        claim(ids <= met, "a record with a code that nobody mapped is not read")

    @per_reader
    async def test_texts_are_read_letter_by_letter(
        self, connector: Wired, seed: RecordSeeder, kind: Kind
    ) -> None:
        """Names would lose their ё, quotes or dashes on the way."""
        ids = await seed.put(kind, [Seeded(text) for text in self.texts])
        for text, external_id in zip(self.texts, ids, strict=True):
            observed = await looked(connector.connector, kind, external_id)
            leaves = [str(leaf) for leaf in spoken(observed.entity).values()]
            claim(
                any(text in leaf for leaf in leaves),
                f"the text {text!r} is not read back; set `texts` if the vendor cannot hold it",
            )

    @per_reader
    async def test_empty_fields_are_no_error(
        self, connector: Wired, seed: RecordSeeder, kind: Kind
    ) -> None:
        """Records with empty strings, nulls and absent keys are ordinary at every vendor."""
        reader = connector.connector.readers[kind]
        cursor = await started(reader, limit=self.page)
        ids = set(await seed.put(kind, [Seeded(flaw=Flaw.SPARSE)]))
        walk = await walked(reader, cursor, limit=self.page)
        met = {item.external_id for item in walk.items}
        claim(ids <= met, "a record whose fields are empty is not read")

    @per_reader
    async def test_ids_that_do_not_exist_are_told(
        self, connector: Wired, seed: RecordSeeder, kind: Kind
    ) -> None:
        """A record that is gone would be waited for, or hide those that are there."""
        reader = connector.connector.readers[kind]
        ids = list(await seed.put(kind, [Seeded(), Seeded()]))
        reading = await reader.get([ids[0], self.nowhere, ids[1]])
        claim(
            {item.external_id for item in reading.items} == set(ids),
            "reading by id beside an id that does not exist misses what exists",
        )
        claim(
            list(reading.missing) == [self.nowhere], "an id that does not exist is not in missing"
        )


def _is_located(error: object) -> bool:
    return isinstance(error, TranslationFailed) and bool(error.path)
