"""Checks of one-time codes, webhooks and exchange doors."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.contract import (
    Capability,
    OneTimeCodes,
    StoreError,
    WebhookRefused,
    WebhookRequest,
    WebhookSource,
    Written,
)
from gateway.testing.claims import caught, claim, name_of
from gateway.testing.desk import DeskRecorder
from gateway.testing.marks import needs
from gateway.testing.ports import CodeSeeder, DoorVisitor, HookCaller, RecordSeeder, Seeded
from gateway.testing.subject import Subject
from gateway.testing.wired import Wired

per_codes = needs(Capability.ONE_TIME_CODES)
per_hook = needs(Capability.WEBHOOK_SOURCE)
per_door = needs(Capability.EXCHANGE_DOOR)


class CodeChecks(Subject):
    """What ``OneTimeCodes`` promises."""

    @per_codes
    async def test_the_right_code_and_no_other_is_confirmed(
        self, connector: Wired, seed: CodeSeeder
    ) -> None:
        """Anybody could spend a member's points, or nobody his own."""
        codes = _codes(connector)
        to = await seed.recipient()
        sent = await codes.send(to, purpose=self.code_purpose)
        right = await seed.code(to)
        wrong = "".join(str((int(digit) + 1) % 10) for digit in right)
        for code, expected in ((wrong, False), (right, True)):
            told = await codes.confirm(
                to, code, purpose=self.code_purpose, reference=sent.reference
            )
            claim(told is expected, f"a {'right' if expected else 'wrong'} code is told as {told}")


class HookChecks(Subject):
    """What ``WebhookSource`` promises."""

    @per_hook
    def test_a_call_names_the_record_that_changed(self, connector: Wired, seed: HookCaller) -> None:
        """A change at the vendor would wait for the next poll."""
        hints = _hooks(connector).receive(seed.call(self.hook_kind, "7"))
        told = [(hint.kind, hint.external_id) for hint in hints]
        claim(told == [(self.hook_kind, "7")], "the call does not name its record")

    @per_hook
    def test_a_repeated_call_has_the_same_token(self, connector: Wired, seed: HookCaller) -> None:
        """A repeat would be taken for a new change, or a new change for a repeat."""
        hooks = _hooks(connector)
        first, again, other = (
            [hint.token for hint in hooks.receive(seed.call(self.hook_kind, one))]
            for one in ("7", "7", "8")
        )
        claim(first == again, "the same call twice has two tokens")
        claim(first != other, "two calls about two records have one token")

    @per_hook
    def test_a_forged_call_is_refused(self, connector: Wired, seed: HookCaller) -> None:
        """Anybody could make the gateway believe anything."""
        _claim_refused(_hooks(connector), seed.call(self.hook_kind, "7", forged=True), "forged")

    @per_hook
    def test_an_unreadable_call_is_refused(self, connector: Wired) -> None:
        """A body that is none would be a fault of the gateway instead of a refusal."""
        _claim_refused(_hooks(connector), WebhookRequest(b"\xff\x00{"), "unreadable")

    @per_hook
    def test_an_unknown_event_is_no_error(self, connector: Wired, seed: HookCaller) -> None:
        """An event that the vendor adds would be refused and repeated for ever."""
        hints = _hooks(connector).receive(seed.call(self.hook_kind, "7", unknown=True))
        claim(not hints, "an unknown event gives hints")


class DoorChecks(Subject):
    """What ``ExchangeDoor`` promises."""

    @per_door
    async def test_what_is_handed_over_reaches_the_desk(
        self, connector: Wired, seed: DoorVisitor, tmp_path: Path
    ) -> None:
        """Records that a session brought would be lost, or taken twice for two changes."""
        desk = DeskRecorder(tmp_path)
        records = [Seeded(text) for text in self.texts]
        await self._hand_over(connector, seed, desk, records)
        first = [hint.token for hint in desk.hints]
        claim(len(first) == len(records), f"{len(first)} of {len(records)} records reach the desk")
        claim(
            all(hint.carried for hint in desk.hints), "a hint carries no record: none can be read"
        )
        claim({hint.kind for hint in desk.hints} == {self.door_brings}, "records of another kind")
        await self._hand_over(connector, seed, desk, records)
        again = [hint.token for hint in desk.hints[len(first) :]]
        claim(sorted(again) == sorted(first), "the same session twice has other tokens")

    @per_door
    async def test_a_forged_session_brings_nothing(
        self, connector: Wired, seed: DoorVisitor, tmp_path: Path
    ) -> None:
        """Anybody could write into the shop's catalogue."""
        desk = DeskRecorder(tmp_path)
        door = connector.connector.services.exchange
        await seed.hand_over(door, desk, [Seeded()], forged=True)  # type: ignore[arg-type]
        claim(not desk.hints, "a session with wrong credentials brought records")

    @per_door
    async def test_a_full_store_is_no_success(
        self, connector: Wired, seed: DoorVisitor, tmp_path: Path
    ) -> None:
        """The vendor would forget records that were never kept."""
        desk = DeskRecorder(tmp_path, is_full=True)
        error = await caught(lambda: self._hand_over(connector, seed, desk, [Seeded()]))
        claim(isinstance(error, StoreError), f"a full store must be raised: {name_of(error)}")

    @per_door
    async def test_what_is_due_is_collected_and_told(
        self, connector: Wired, seed: DoorVisitor, tmp_path: Path
    ) -> None:
        """What was taken away would stay due for ever, or be forgotten before it arrived."""
        if self.door_takes is None:
            pytest.skip("the vendor takes nothing at this door")
        desk = DeskRecorder(tmp_path)
        records: RecordSeeder = seed  # type: ignore[assignment]
        desk.due.append(await self.creation(connector, records, self.door_takes, 1))
        door = connector.connector.services.exchange
        handed = list(await seed.collect(door, desk))  # type: ignore[arg-type]
        keys = [change.key for change in desk.handed]
        claim(handed == keys, "what was taken from the desk was not handed out")
        told = {key for key, outcome in desk.told.items() if isinstance(outcome, Written)}
        claim(told == set(keys), "what was handed out and confirmed is not told as written")

    async def _hand_over(
        self, connector: Wired, seed: DoorVisitor, desk: DeskRecorder, records: list[Seeded]
    ) -> None:
        door = connector.connector.services.exchange
        await seed.hand_over(door, desk, records, forged=False)  # type: ignore[arg-type]


def _codes(wired: Wired) -> OneTimeCodes:
    codes = wired.connector.services.codes
    if codes is None:
        msg = "ONE_TIME_CODES is declared and services.codes is None"
        raise AssertionError(msg)
    return codes


def _hooks(wired: Wired) -> WebhookSource:
    hooks = wired.connector.webhooks
    if hooks is None:
        msg = "WEBHOOK_SOURCE is declared and webhooks is None: give the account its secret"
        raise AssertionError(msg)
    return hooks


def _claim_refused(hooks: WebhookSource, request: WebhookRequest, what: str) -> None:
    try:
        hooks.receive(request)
    except WebhookRefused:
        return
    except Exception as error:  # noqa: BLE001 - any other error is the finding
        claim(holds=False, otherwise=f"an {what} call raised {name_of(error)}, not WebhookRefused")
    claim(holds=False, otherwise=f"an {what} call was taken")
