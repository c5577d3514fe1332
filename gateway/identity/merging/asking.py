"""Asking: the person is sent a code to each place that he must confirm, and gives them back.

A message goes once, whoever sends it: the place is claimed in the store before the message leaves,
and given up again only when it surely did not leave. A process that dies in between leaves a place
that was told, or maybe not, and no machine writes there again; a person may have another code sent.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from gateway.contract import (
    Caller,
    Clock,
    CodePurpose,
    CodeSent,
    MemberKey,
    TillBusy,
    TillRefused,
)
from gateway.identity.merging.join import MergeRefused
from gateway.identity.merging.proof import SMS
from gateway.identity.merging.record import read_record
from gateway.identity.merging.service import Merging
from gateway.identity.merging.steps import has_lapsed, held, tell
from gateway.ports import MergePoint, MergeRow, MergeState, Store, Tx

FORM = "merge"
"""The name under which the page of links stands among questionnaires, before the link's token."""
CODE_S = 8.0
"""Seconds for which somebody waits for codes to be sent or checked."""
_TOKEN_BYTES = 16


class MergeCodes(Protocol):
    """Sends one-time codes and checks them; a code is good for the caller that asked for it."""

    async def send(
        self, caller: Caller, to: MemberKey, *, purpose: CodePurpose, link: str = ""
    ) -> CodeSent:
        """Send one. Raises ``TillBusy`` (asked too often, not now) and ``TillRefused``."""

    async def confirm(
        self, caller: Caller, to: MemberKey, code: str, *, purpose: CodePurpose, reference: str = ""
    ) -> bool:
        """Check one. Raises ``TillBusy``: tried too often, nothing was looked at."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks persons.

    Shape: ``secret`` makes the links' tokens, so that every message about a place carries the same
    one; ``page`` is the public address of the gateway's pages, empty where there are none.
    """

    store: Store
    clock: Clock
    merging: Merging
    codes: MergeCodes
    secret: bytes = field(repr=False)
    page: str = ""

    async def write(self, row: MergeRow, *, giver: str) -> None:
        """Send a code to each place whose code did not come from this giver yet.

        Raises ``TillBusy``, ``TillRefused``, and ``MergeRefused`` when the time to answer is over.
        """
        is_first = await self.store.run(partial(self.begin_in, merge_id=row.id))
        if not is_first and has_lapsed(row, self.clock.now()):
            msg = "it was not confirmed in time: ask for it again"
            raise MergeRefused(msg)
        for place in owing_of(row, giver):
            was_told = not await self.tell_first(MergePoint(row.id, place))
            if was_told and not is_first:
                await self.send(row, place)

    def begin_in(self, tx: Tx, merge_id: str) -> bool:
        """Note that the person is being written to, and until when he may answer.

        False when somebody wrote to him before, or nobody asks for this merge any more.
        """
        row, now = held(tx, merge_id), self.clock.now()
        until = now + timedelta(seconds=self.merging.until_s)
        if not tx.begin_merge(row.id, at=now, until=until):
            return False
        needs = read_record(row.record).needs
        tx.put_merge_points(
            [MergePoint(row.id, place, digest_of(self.token(row.id, place))) for place, _ in
             enumerate(needs)]
        )  # fmt: skip
        return True

    async def tell_first(self, point: MergePoint) -> bool:
        """Send the first code to a place; False when somebody did before. Raises as ``send``."""
        now = self.clock.now()
        claim = partial(_claimed, merge_id=point.merge_id, place=point.place, now=now)
        row = await self.store.run(claim)
        if row is None:
            return False
        channel = read_record(row.record).needs[point.place].partition(":")[0]
        try:
            await self.send(row, point.place)
        except TillBusy:
            await self.store.run(lambda tx: tx.release_merge_point(point.merge_id, point.place))
            raise
        except TillRefused:
            await self.store.run(lambda tx: tell(tx, now, row, "unreachable", channel=channel))
            raise
        await self.store.run(lambda tx: tell(tx, now, row, "told", channel=channel))
        return True

    async def send(self, row: MergeRow, place: int, *, visitor: str = "") -> None:
        """Send a code, and the link where there are pages. Raises ``TillBusy``, ``TillRefused``."""
        to, purpose = _key(read_record(row.record).needs[place])
        link = f"{self.page}/forms/{FORM}/{self.token(row.id, place)}" if self.page else ""
        await self.codes.send(_caller(row, visitor), to, purpose=purpose, link=link)

    async def confirm(
        self, row: MergeRow, place: int, code: str, *, giver: str, visitor: str = ""
    ) -> MergeRow | None:
        """Take a code for a place; the last one of a giver merges. ``None``: wrong or stale.

        Raises ``TillBusy``, ``MergeRefused``.
        """
        point = read_record(row.record).needs[place]
        to, purpose = _key(point)
        if not await self.codes.confirm(_caller(row, visitor), to, code, purpose=purpose):
            return None
        return await self.merging.confirmed(row.id, point, giver=giver)

    def token(self, merge_id: str, place: int) -> str:
        """Return what stands in the link of a place: 128 bits that only the secret can make."""
        made = hmac.new(self.secret, f"{merge_id}\n{place}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(made[:_TOKEN_BYTES]).rstrip(b"=").decode()


def digest_of(token: str) -> str:
    """Return how the store knows a link; a token is too long to be guessed from it."""
    return hashlib.sha256(token.encode()).hexdigest()


def owing_of(row: MergeRow, giver: str) -> list[int]:
    """Return the places whose code has not come from this giver."""
    record = read_record(row.record)
    owing = record.owing(giver)
    return [place for place, need in enumerate(record.needs) if need in owing]


def _claimed(tx: Tx, merge_id: str, place: int, now: datetime) -> MergeRow | None:
    """Return the merge when a message may go to a place of it now."""
    row = held(tx, merge_id)
    record = read_record(row.record)
    is_open = row.state is MergeState.ASKED and record.needs[place] in record.missing
    return row if is_open and tx.claim_merge_point(merge_id, place, at=now) else None


def _key(point: str) -> tuple[MemberKey, CodePurpose]:
    channel, _, to = point.partition(":")
    if channel == SMS:
        return MemberKey(phone=to), CodePurpose.PHONE
    return MemberKey(email=to), CodePurpose.EMAIL


def _caller(row: MergeRow, visitor: str) -> Caller:
    """Return who asks for the codes of a merge: a code of any other purpose does not fit it."""
    return Caller(name=f"merge-{row.id}", deadline_s=CODE_S, scopes=frozenset(), visitor=visitor)
