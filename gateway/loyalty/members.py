"""Members: who buys, what they have, and the codes that prove them. Touches no row, no store."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from gateway.canonical import Customer
from gateway.canonical.paths import spoken
from gateway.contract import (
    Balances,
    Caller,
    CodePurpose,
    CodeSent,
    Degraded,
    HistoryPage,
    Identified,
    Member,
    MemberKey,
    Reason,
    TillBusy,
    TillRefused,
)
from gateway.loyalty.codec import short_digest
from gateway.loyalty.processor import NoAnswer, Processor, no_answer, refusal_of
from gateway.loyalty.proofs import Proofs, TillCodes
from gateway.loyalty.seen import names_of
from gateway.loyalty.serving import Served, Serving
from gateway.loyalty.shadow import balances_differ, members_differ
from gateway.loyalty.vendor_codes import AGAIN_S, PROCESSOR_AWAY, VendorCodes

R = TypeVar("R")
MEMBER_UNKNOWN, CODES_OFF = "member-unknown", "codes-off"
CONTACT_REQUIRED = "contact-required"


class Members:
    """See ``TillMembers``."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    async def identify(self, caller: Caller, who: MemberKey) -> Identified:
        """Find a member: at the processor, or as he was seen last."""
        served = self._serving.of(caller)
        with self._serving.counted("identify") as call:
            try:
                member = await self._member(served, who)
            except NoAnswer as absent:
                call.reason = absent.reason
                return self._remembered(served, who, absent.reason)
        self._serving.shadow.compare(
            "identify", served.processor.name, _shadow(served, who),
            lambda other: other.processing.identify(who),
            lambda answer: members_differ(member, answer),
            correlation_id=self._serving.correlation(),
        )  # fmt: skip
        return Identified(member, served.allowed)

    async def register(self, caller: Caller, customer: Customer, *, key: str = "") -> Identified:
        """Make a member. The call is not cut short when the time is over: it may be repeated.

        Raises ``TillRefused`` (``contact-required``) where the processor's account refuses whoever
        lacks a contact; one that holds such customers back is told this one all the same, since a
        cashier cannot wait.
        """
        served = self._serving.of(caller)
        name = served.processor.name
        text = short_digest(f"{name}\n{key or customer.model_dump_json(exclude_none=True)}")
        told = f"{caller.name}:register:{text}"
        with self._serving.counted("register") as call:
            _refuse_incomplete(served.processor, customer)
            if served.processor.circuit.is_open:
                call.reason = Reason.AWAY
                return Identified(None, served.allowed, Degraded(Reason.AWAY))
            work = self._registered(served.processor, customer, told)
            made = await self._serving.turns.call(
                told, work, until=served.until, late=lambda _: None
            )
            if isinstance(made, TillRefused):
                raise made
            if made is None or isinstance(made, Reason):
                call.reason = made or Reason.SLOW
                return Identified(None, served.allowed, Degraded(call.reason))
        return Identified(made, served.allowed)

    async def send_code(self, caller: Caller, to: MemberKey, *, purpose: CodePurpose) -> CodeSent:
        """Send a one-time code: ours, or the processor's."""
        served = self._serving.of(caller)
        codes, _ = self._proving(served)
        with self._serving.counted("send_code"):
            return await self._in_time(served, codes.send(caller, to, purpose=purpose))

    async def confirm_code(
        self, caller: Caller, to: MemberKey, code: str, *, purpose: CodePurpose, reference: str = ""
    ) -> str | None:
        """Check a code and vouch for it."""
        served = self._serving.of(caller)
        codes, proofs = self._proving(served)
        with self._serving.counted("confirm_code"):
            work = codes.confirm(caller, to, code, purpose=purpose, reference=reference)
            is_right = await self._in_time(served, work)
        return proofs.make(caller, to, purpose) if is_right else None

    async def balance(self, caller: Caller, who: MemberKey) -> Balances:
        """Return a member's points, or those that were seen last."""
        served = self._serving.of(caller)
        with self._serving.counted("balance") as call:
            try:
                accounts = await self._accounts(served, who)
            except NoAnswer as absent:
                call.reason = absent.reason
                now = self._serving.clock.now()
                sight = self._serving.seen.get(served.processor.name, who, now=now)
                at = sight.at if sight is not None else None
                return Balances(
                    sight.accounts if sight is not None else (), Degraded(absent.reason, at)
                )
        self._serving.shadow.compare(
            "balance", served.processor.name, _shadow(served, who),
            lambda other: _accounts_at(other, who),
            lambda answer: balances_differ(accounts, answer),
            correlation_id=self._serving.correlation(),
        )  # fmt: skip
        return Balances(accounts)

    async def history(
        self, caller: Caller, who: MemberKey, *, cursor: str | None, limit: int
    ) -> HistoryPage:
        """Return postings."""
        served = self._serving.of(caller)
        processing = served.processor.processing
        with self._serving.counted("history"):
            try:
                member_id = who.external_id or (await self._known(served, who)).external_id
                return await served.processor.read(
                    lambda: processing.history(member_id, cursor=cursor, limit=limit),
                    within_s=self._serving.left_s(served.until),
                )
            except NoAnswer as absent:
                raise _away(absent) from absent

    async def _member(self, served: Served, who: MemberKey) -> Member | None:
        member = await served.processor.read(
            lambda: served.processor.processing.identify(who),
            within_s=self._serving.left_s(served.until),
        )
        if member is not None:
            now = self._serving.clock.now()
            self._serving.seen.member(served.processor.name, who, member, now=now)
        return member

    async def _known(self, served: Served, who: MemberKey) -> Member:
        member = await self._member(served, who)
        if member is None:
            msg = "the processor knows no such member"
            raise TillRefused(MEMBER_UNKNOWN, msg, field="member")
        return member

    async def _accounts(self, served: Served, who: MemberKey) -> Sequence[Any]:
        if who.external_id is None:
            member = await self._known(served, who)
            if member.customer.bonuses:
                return member.customer.bonuses
        member_id = who.external_id or member.external_id
        accounts = await served.processor.read(
            lambda: served.processor.processing.balance(member_id),
            within_s=self._serving.left_s(served.until),
        )
        now = self._serving.clock.now()
        self._serving.seen.balance(served.processor.name, who, accounts, now=now)
        return accounts

    async def _registered(
        self, processor: Processor, customer: Customer, key: str
    ) -> Member | TillRefused | Reason:
        try:
            member = await processor.ask(lambda: processor.processing.register(customer, key=key))
        except Exception as error:  # noqa: BLE001 - an exception that nobody foresaw is no answer
            return refusal_of(error) or no_answer(error).reason
        now = self._serving.clock.now()
        for name in names_of(member):
            self._serving.seen.member(processor.name, name, member, now=now)
        return member

    def _remembered(self, served: Served, who: MemberKey, reason: Reason) -> Identified:
        now = self._serving.clock.now()
        sight = self._serving.seen.get(served.processor.name, who, now=now)
        if sight is None:
            return Identified(None, served.allowed, Degraded(reason))
        return Identified(sight.member, served.allowed, Degraded(reason, sight.at))

    def _proving(self, served: Served) -> tuple[TillCodes, Proofs]:
        codes, proofs = self._serving.codes, self._serving.proofs
        if codes is None and served.processor.codes is not None:
            codes = VendorCodes(served.processor.codes)
        if codes is None or proofs is None:
            msg = "neither the gateway nor the processor sends codes here"
            raise TillRefused(CODES_OFF, msg)
        return codes, proofs

    async def _in_time(self, served: Served, work: Coroutine[Any, Any, R]) -> R:
        try:
            async with asyncio.timeout(self._serving.left_s(served.until)):
                return await work
        except TimeoutError:
            raise _away(NoAnswer(Reason.SLOW)) from None


def _refuse_incomplete(processor: Processor, customer: Customer) -> None:
    required = processor.required
    lacking = required.lacking(spoken(customer)) if required.refuses else []
    if lacking:
        msg = f"this shop registers nobody without {lacking[0]}: ask the customer for it"
        raise TillRefused(CONTACT_REQUIRED, msg, field=str(lacking[0]))


def _shadow(served: Served, who: MemberKey) -> Processor | None:
    """Return whom to compare with; a processor's own ids mean nothing to another."""
    return served.shadow if who.external_id is None else None


async def _accounts_at(processor: Processor, who: MemberKey) -> Sequence[Any]:
    """Return the balance at another processor, whose ids are its own."""
    member = await processor.processing.identify(who)
    return member.customer.bonuses if member is not None else ()


def _away(absent: NoAnswer) -> TillBusy:
    wait = absent.retry_after_s or AGAIN_S
    return TillBusy(PROCESSOR_AWAY, "the processor does not answer", retry_after_s=wait)
