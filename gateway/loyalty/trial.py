"""Trial: what becomes of a request for a code and of a try at one. Pure: rows and moment come in.

Both are decided within one transaction that holds the recipient, so that nothing is counted twice
or not at all by processes that run side by side.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.config.codes import CodesSection
from gateway.ports import CodeRow, CodeState

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sending:
    """``wait_s`` above 0: not now. Else ``rows`` are to be stored and the code may go."""

    wait_s: float
    rows: Sequence[CodeRow] = ()


@dataclass(frozen=True, slots=True)
class Try:
    """``wait_s`` above 0: not looked at. Else whether it is right, and what is to be stored."""

    is_right: bool
    wait_s: float = 0.0
    rows: Sequence[CodeRow] = ()


def sending(new: CodeRow, rows: Sequence[CodeRow], section: CodesSection) -> Sending:
    """Decide about a new code. ``rows`` are the recipient's of the last day, the newest first.

    A code that reached nobody delays nothing, but counts: else each failure were a free try at the
    vendor of messages.
    """
    now = new.created_at
    free_at = [now]
    if reached := [row for row in rows if row.state is not CodeState.UNSENT]:
        free_at.append(reached[0].created_at + timedelta(seconds=section.resend_after_s))
    for most, period in (
        (section.sends.recipient_hour, HOUR),
        (section.sends.recipient_day, DAY),
    ):
        if len(rows) >= most:
            free_at.append(rows[most - 1].created_at + period)
    wait_s = (max(free_at) - now).total_seconds()
    if wait_s > 0:
        return Sending(wait_s)
    replaced = [
        replace(row, state=CodeState.VOID)
        for row in rows
        if row.state is CodeState.OPEN and row.purpose == new.purpose
    ]
    return Sending(0.0, [*replaced, new])


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is tried: whose code, what for, and which one, empty for the newest."""

    caller: str
    purpose: str
    reference: str


def tried(
    attempt: Attempt,
    rows: Sequence[CodeRow],
    digests: Sequence[str],
    *,
    section: CodesSection,
    now: datetime,
) -> Try:
    """Decide about a try. ``rows`` are the recipient's of the last day, the newest first.

    ``digests`` are those that the rows would have if what was typed were their code.

    Only the newest open code counts that the caller asked for; all are compared, so that the time
    tells nothing.
    """
    wrong = sum(row.tries for row in rows)
    if wrong >= section.tries.recipient_day:
        until = min(row.created_at for row in rows if row.tries) + DAY
        return Try(is_right=False, wait_s=max((until - now).total_seconds(), 1.0))
    hits = [
        hmac.compare_digest(row.digest, digest) for row, digest in zip(rows, digests, strict=True)
    ]
    for row, is_hit in zip(rows, hits, strict=True):
        if not _is_meant(row, attempt, section, now):
            continue
        if is_hit:
            return Try(is_right=True, rows=[replace(row, state=CodeState.USED)])
        return Try(is_right=False, rows=[replace(row, tries=row.tries + 1)])
    return Try(is_right=False)


def _is_meant(row: CodeRow, attempt: Attempt, section: CodesSection, now: datetime) -> bool:
    return (
        row.state is CodeState.OPEN
        and row.expires_at > now
        and row.tries < section.attempts
        and (row.caller, row.purpose) == (attempt.caller, attempt.purpose)
        and attempt.reference in ("", row.id)
    )
