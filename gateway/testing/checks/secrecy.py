"""Checks of secrecy: neither logs nor errors tell who somebody is or how we log in."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from gateway.canonical import Kind
from gateway.contract import Failed, GatewayError
from gateway.testing.claims import claim
from gateway.testing.errands import errand as prepared
from gateway.testing.marks import per_errand, per_reader, per_writer
from gateway.testing.ports import Faults, Flaw, RecordSeeder, Seeded
from gateway.testing.samples import personal
from gateway.testing.subject import Subject
from gateway.testing.telling import started, walked
from gateway.testing.wired import Wired

PERSON = "Тайноваёжикова"


class SecrecyChecks(Subject):
    """What may be read over an operator's shoulder."""

    @per_reader
    async def test_reading_tells_no_person(
        self, connector: Wired, seed: RecordSeeder, kind: Kind
    ) -> None:
        """A name would stand in logs and letters that are shared."""
        reader = connector.connector.readers[kind]
        cursor = await started(reader, limit=self.page)
        flaws = (Flaw.NONE, Flaw.UNKNOWN_CODE, Flaw.MALFORMED)
        await seed.put(kind, [Seeded(PERSON, flaw) for flaw in flaws])
        walk = await walked(reader, cursor, limit=self.page)
        told = [f"{one.error} {one.error!r}" for one in walk.rejected]
        told += [remark for item in walk.items for remark in item.remarks]
        self._claim_silence(connector, [*told, connector.log.text()], [PERSON])

    @per_writer
    async def test_writing_tells_no_person(
        self, connector: Wired, seed: RecordSeeder, faults: Faults, kind: Kind
    ) -> None:
        """A name, phone or card would stand in logs and letters that are shared."""
        change = await self.creation(connector, seed, kind, 1)
        writer = connector.connector.writers[kind]
        told: list[str] = []
        for status in (500, 400, 0):
            await (faults.answer(status) if status else faults.clear())
            with suppress(GatewayError):
                outcomes = await writer.write([change])
                errors = [one.error for one in outcomes if isinstance(one, Failed)]
                told += [f"{error} {error!r}" for error in errors]
        self._claim_silence(
            connector, [*told, connector.log.text()], personal(self.sample(kind, 1))
        )

    @per_errand
    async def test_refusals_tell_no_secret(
        self,
        connector: Wired,
        seed: Any,  # noqa: ANN401 - the errand decides the protocol
        faults: Faults,
        errand: str,
    ) -> None:
        """A key in an error text or a log line must be renewed at once."""
        task = await prepared(self, errand, connector, seed)
        told: list[str] = []
        for status in (401, 500):
            await faults.answer(status)
            try:
                await task.attempt()
            except GatewayError as error:
                told.append(f"{error} {error!r} {error.__cause__!r}")
        self._claim_silence(connector, [*told, connector.log.text()], [])

    def _claim_silence(self, wired: Wired, told: list[str], persons: list[str]) -> None:
        text = "\n".join(told)
        claim(not any(one in text for one in wired.secrets()), "a secret is told in log or error")
        claim(not any(one in text for one in persons), "a person is told in log or error")
