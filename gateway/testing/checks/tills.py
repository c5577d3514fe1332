"""Checks of a till's own protocol: whoever calls is proved, and a repeat changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from gateway.canonical import Customer, Kind
from gateway.contract import (
    Capability,
    GatewayError,
    TillBusy,
    TillDoor,
    TillRefused,
    TillReply,
    TillRequest,
)
from gateway.testing.claims import caught, claim, name_of
from gateway.testing.marks import needs
from gateway.testing.ports import TillVisitor
from gateway.testing.samples import personal
from gateway.testing.subject import Subject
from gateway.testing.till_recorder import TillRecorder
from gateway.testing.wired import Wired

per_till = needs(Capability.TILL_DOOR)
_NOISE = b"\xff\x00{<&"
_WORST_TEXT = "\x00" * 8 + "'\"<&%00" * 200


class TillChecks(Subject):
    """What ``TillDoor`` promises."""

    @per_till
    async def test_a_till_s_visit_is_served(self, connector: Wired, seed: TillVisitor) -> None:
        """A till that changed its address would have no loyalty at all."""
        recorder = self._recorder()
        for request in seed.till_visit(recorder.member, forged=False):
            reply = await _door(connector).answer(request, recorder)
            claim(not seed.is_till_refusal(reply), f"a sound call is refused: {_of(request)}")
        claim(recorder.effects(), "a whole visit left no sale with the service")

    @per_till
    async def test_a_till_without_its_password_changes_nothing(
        self, connector: Wired, seed: TillVisitor
    ) -> None:
        """Anybody who finds the address could spend the points of others."""
        recorder = self._recorder()
        for request in seed.till_visit(recorder.member, forged=True):
            reply = await _door(connector).answer(request, recorder)
            claim(seed.is_till_refusal(reply), "a call with a wrong password is not refused")
        claim(not recorder.calls, "a call with a wrong password reached the service")

    @per_till
    async def test_a_repeated_till_call_has_one_effect(
        self, connector: Wired, seed: TillVisitor
    ) -> None:
        """A till that repeats after a lost answer would sell or spend twice."""
        recorder = self._recorder()
        for request in seed.till_visit(recorder.member, forged=False):
            first = await _door(connector).answer(request, recorder)
            once = recorder.effects()
            again = await _door(connector).answer(request, recorder)
            claim(
                recorder.effects() == once, f"a repeated call had its effect again: {_of(request)}"
            )
            claim(
                seed.is_till_refusal(first) or not seed.is_till_refusal(again),
                f"what was done is refused when it is repeated: {_of(request)}",
            )

    @per_till
    async def test_a_damaged_till_call_is_answered(
        self, connector: Wired, seed: TillVisitor
    ) -> None:
        """A till would hang at a call that was cut, or something half would be done."""
        recorder = self._recorder()
        for request in seed.till_visit(recorder.member, forged=False):
            before = recorder.effects()
            for damaged in _damaged(request):
                reply = await self._answered(connector, damaged, recorder)
                claim(
                    not damaged.body or seed.is_till_refusal(reply),
                    f"a call whose body was cut is not refused: {_of(request)}",
                )
            claim(recorder.effects() == before, f"a damaged call had an effect: {_of(request)}")
            await _door(connector).answer(request, recorder)

    @per_till
    async def test_a_service_that_refuses_is_told_to_the_till(
        self, connector: Wired, seed: TillVisitor
    ) -> None:
        """A full disk or a stranger would be a fault without words in the till."""
        code, reason = "kit-refusal", "the service refuses"
        troubles: tuple[GatewayError, ...] = (
            TillRefused(code, reason),
            TillBusy(code, reason, retry_after_s=1.0),
        )
        for trouble in troubles:
            recorder = self._recorder()
            recorder.trouble = trouble
            for request in seed.till_visit(recorder.member, forged=False):
                met = len(recorder.calls)
                reply = await self._answered(connector, request, recorder)
                claim(
                    len(recorder.calls) == met or seed.is_till_refusal(reply),
                    f"{name_of(trouble)} of the service is answered as success: {_of(request)}",
                )

    @per_till
    async def test_a_till_s_call_tells_no_person(self, connector: Wired, seed: TillVisitor) -> None:
        """A phone or card of a buyer, or the till's password, would stand in shared logs."""
        recorder = self._recorder()
        told: list[str] = []
        for forged in (False, True):
            for request in seed.till_visit(recorder.member, forged=forged):
                for one in (request, *_damaged(request)):
                    error = await caught(partial(_door(connector).answer, one, recorder))
                    told += [repr(one), str(error)]
        text = "\n".join([*told, connector.log.text()])
        claim(not any(one in text for one in connector.secrets()), "a secret is told")
        claim(not any(one in text for one in personal(recorder.member)), "a person is told")

    def _recorder(self) -> TillRecorder:
        member = self.sample(Kind.CUSTOMER, 7)
        if not isinstance(member, Customer):
            msg = "`sample` must return a Customer for the kind customer"
            raise TypeError(msg)
        return TillRecorder(member)

    async def _answered(
        self, connector: Wired, request: TillRequest, recorder: TillRecorder
    ) -> TillReply:
        replies: list[TillReply] = []

        async def attempt() -> None:
            replies.append(await _door(connector).answer(request, recorder))

        error = await caught(attempt)
        claim(error is None, f"{name_of(error)} escapes from a call: {_of(request)}")
        return replies[0]


def _door(wired: Wired) -> TillDoor:
    door = wired.connector.services.till
    if door is None:
        msg = "TILL_DOOR is declared and services.till is None: give the account its tills"
        raise AssertionError(msg)
    return door


def _damaged(request: TillRequest) -> Sequence[TillRequest]:
    """Return the call as a bad line or a bad till would send it."""
    body = request.body
    if body:
        cuts = (body[: len(body) // 3], body[: len(body) * 2 // 3], body[:-3], _NOISE)
        return [replace(request, body=one) for one in cuts]
    worst = dict.fromkeys(request.query, _WORST_TEXT)
    return [replace(request, query={}), replace(request, query=worst)]


def _of(request: TillRequest) -> str:
    """Name a call for a claim: never its values."""
    return f"{request.method} {request.path}"
