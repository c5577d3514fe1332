"""Own one-time codes: made and checked here, sent by an account that sends messages.

Tries are counted in the store before the answer is told, so that neither a restart nor another
process gives new ones. A code itself is nowhere but in the message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, TypeVar

from gateway.config.codes import CodesSection
from gateway.contract import (
    Caller,
    Clock,
    CodePurpose,
    CodeSent,
    ConnectorError,
    MemberKey,
    Notice,
    NoticeChannel,
    Notifier,
    OutcomeUnknown,
    PermanentError,
    StoreError,
    TillBusy,
    TillRefused,
)
from gateway.loyalty.alarm import Alarm
from gateway.loyalty.grid import Grid
from gateway.loyalty.limits import Delays, Gate, Limit, Window
from gateway.loyalty.signed import signature
from gateway.loyalty.trial import DAY, Attempt, Sending, Try, sending, tried
from gateway.ports import CodeRow, CodeState, Store, Tx

RECIPIENT = "code-recipient"
UNDELIVERABLE = "code-undeliverable"
UNSENT = "code-unsent"
UNKEPT = "code-unkept"
LIMITED = "code-limited"

UNSENT_WAIT_S = 10.0
STORE_WAIT_S = 2.0
WHOLE = "*"
R = TypeVar("R")
_MINUTE_S, _HOUR_S = 60.0, 3600.0
_PURGED = 20
"""Old codes that are deleted with each new one: more than come, so the table stays small."""


@dataclass(frozen=True, slots=True)
class Chance:
    """Where codes and references come from: ``secrets.randbelow`` and ``secrets.token_hex``."""

    below: Callable[[int], int]
    token: Callable[[], str]


@dataclass(slots=True)
class OwnCodes:
    """See ``TillCodes``."""

    section: CodesSection
    notifiers: Mapping[NoticeChannel, Notifier]
    store: Store
    clock: Clock
    chance: Chance
    secret: bytes = field(repr=False)
    alarm: Alarm
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    _sends: Gate = field(init=False, repr=False)
    _tries: Gate = field(init=False, repr=False)
    _under_way: set[asyncio.Task[None]] = field(default_factory=set, init=False, repr=False)

    def __post_init__(self) -> None:
        """Make the limits of this process; those of a recipient are the store's."""
        sends, tries = self.section.sends, self.section.tries
        delays = Delays(tries.free, tries.first_s, tries.most_s)
        self._sends = Gate(
            {
                "till": Limit((Window(sends.till_minute, _MINUTE_S),)),
                "address": Limit((Window(sends.address_hour, _HOUR_S),)),
                "whole": Limit((Window(sends.whole_minute, _MINUTE_S),)),
            }
        )
        self._tries = Gate(
            {
                "recipient": Limit((), delays),
                "till": Limit((Window(tries.till_minute, _MINUTE_S),)),
                "address": Limit((Window(tries.address_hour, _HOUR_S),), delays),
                "whole": Limit((Window(tries.whole_minute, _MINUTE_S),)),
            }
        )

    async def send(
        self, caller: Caller, to: MemberKey, *, purpose: CodePurpose, link: str = ""
    ) -> CodeSent:
        """Send a code to a phone or an address; a newer one takes the place of the older.

        ``link`` leads to the page at which the code for a merge is typed.
        Raises ``TillRefused`` (``code-recipient``, ``code-undeliverable``) and ``TillBusy``
        (``code-limited``, ``code-unsent``). When nobody knows whether it arrived, it counts as
        sent: whoever got none asks for another one.
        """
        notifier, channel, address = self._way(to)
        keys = {"till": caller.name, "address": caller.visitor, "whole": WHOLE}
        refused = self._sends.admit(keys, self.clock.monotonic())
        if refused is not None:
            raise _limited(refused.wait_s)
        recipient = recipient_digest(self.secret, channel, address)
        code = f"{self.chance.below(10**self.section.length):0{self.section.length}}"
        row = self._row(caller, recipient, purpose, code)
        decided = await self._run(lambda tx: self._begin(tx, row))
        if decided.wait_s > 0:
            self._sends.refund(keys)
            raise _limited(decided.wait_s)
        text = self._text(code, purpose, link)
        subject = self.section.subject.format(code=code, shop=self.section.shop).strip()
        notice = Notice(channel, address, text, subject)
        await self._unhindered(self._deliver(notifier, notice, row))
        return CodeSent(row.id, self.section.resend_after_s, self.section.length)

    async def confirm(
        self,
        caller: Caller,
        to: MemberKey,
        code: str,
        *,
        purpose: CodePurpose,
        reference: str = "",
    ) -> bool:
        """Check a code, once right and once only; ``False`` for a wrong or stale one.

        Raises ``TillBusy`` (``code-limited``): too many tries at this recipient, by this till, from
        this address or in all. Then nothing was looked at.
        """
        _, channel, address = self._way(to)
        recipient = recipient_digest(self.secret, channel, address)
        keys = {
            "recipient": recipient,
            "till": caller.name,
            "address": caller.visitor,
            "whole": WHOLE,
        }
        since = self.clock.monotonic()
        refused = self._tries.admit(keys, since)
        if refused is not None:
            await self.alarm.tried("limited")
            raise _limited(refused.wait_s)
        given, attempt = "".join(code.split()), Attempt(caller.name, purpose.value, reference)
        result = await self._run(lambda tx: self._attempt(tx, recipient, given, attempt))
        if result.wait_s > 0:
            self._tries.refund({**keys, "recipient": ""})
            await self.alarm.tried("limited")
            raise _limited(result.wait_s)
        if result.is_right:
            self._tries.excuse(keys)
            self._tries.forgive(keys, ["recipient"])
        await self.alarm.tried("hit" if result.is_right else "miss")
        await Grid(self.section.floor_ms / 1000, self.clock, self.sleep).wait(since)
        return result.is_right

    async def close(self) -> None:
        """Wait for the messages that are under way."""
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def _way(self, to: MemberKey) -> tuple[Notifier, NoticeChannel, str]:
        channel = NoticeChannel.SMS if to.phone is not None else NoticeChannel.EMAIL
        address = to.phone if to.phone is not None else to.email
        notifier = self.notifiers.get(channel)
        if address is None or notifier is None:
            msg = "a code goes to a phone or an e-mail address, as far as the shop sends to it"
            raise TillRefused(RECIPIENT, msg, field="to")
        return notifier, channel, address

    def _digest(self, code_id: str, recipient: str, code: str) -> str:
        return signature(self.secret, "code", code_id, recipient, code)

    def _row(self, caller: Caller, recipient: str, purpose: CodePurpose, code: str) -> CodeRow:
        now, code_id = self.clock.now(), self.chance.token()
        return CodeRow(
            id=code_id,
            recipient=recipient,
            caller=caller.name,
            purpose=purpose.value,
            digest=self._digest(code_id, recipient, code),
            created_at=now,
            expires_at=now + timedelta(seconds=self.section.ttl_s),
        )

    def _begin(self, tx: Tx, row: CodeRow) -> Sending:
        tx.lock_keys([f"code:{row.recipient}"])
        since = row.created_at - DAY
        decided = sending(row, tx.codes_of(row.recipient, since=since), self.section)
        tx.put_codes(decided.rows)
        tx.purge_codes(before=since, limit=_PURGED)
        return decided

    def _attempt(self, tx: Tx, recipient: str, code: str, attempt: Attempt) -> Try:
        tx.lock_keys([f"code:{recipient}"])
        now = self.clock.now()
        rows = tx.codes_of(recipient, since=now - DAY)
        digests = [self._digest(row.id, recipient, code) for row in rows]
        result = tried(attempt, rows, digests, section=self.section, now=now)
        tx.put_codes(result.rows)
        return result

    def _text(self, code: str, purpose: CodePurpose, link: str) -> str:
        section = self.section
        if link:
            return section.text_merge.format(code=code, shop=section.shop, link=link).strip()
        is_spending = purpose is CodePurpose.SPENDING
        text = section.text_spending if is_spending else section.text
        return text.format(code=code, shop=section.shop).strip()

    async def _deliver(self, notifier: Notifier, notice: Notice, row: CodeRow) -> None:
        """Hand the message over; a code that surely reached nobody is marked so."""
        try:
            await notifier.send(notice, key=f"code-{row.id}")
        except OutcomeUnknown:
            return
        except ConnectorError as error:
            unsent: Sequence[CodeRow] = [replace(row, state=CodeState.UNSENT)]
            await self._run(lambda tx: tx.put_codes(unsent))
            if isinstance(error, PermanentError):
                msg = "no message can be sent to this phone or address"
                raise TillRefused(UNDELIVERABLE, msg, field="to") from None
            msg = "messages cannot be sent now"
            wait_s = error.retry_after_s or UNSENT_WAIT_S
            raise TillBusy(UNSENT, msg, retry_after_s=wait_s) from None

    async def _unhindered(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it to the end, also when the caller's time is over: the message may have left."""
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        await asyncio.shield(task)

    async def _run(self, work: Callable[[Tx], R]) -> R:
        try:
            return await self.store.run(work)
        except StoreError:
            msg = "codes cannot be kept now"
            raise TillBusy(UNKEPT, msg, retry_after_s=STORE_WAIT_S) from None


def recipient_digest(secret: bytes, channel: NoticeChannel, address: str) -> str:
    """Return under which name the store knows a phone or an address."""
    return f"{channel}:{signature(secret, 'recipient', channel, address)[:32]}"


def _limited(wait_s: float) -> TillBusy:
    msg = "codes were asked for or tried too often: wait"
    return TillBusy(LIMITED, msg, retry_after_s=wait_s)
