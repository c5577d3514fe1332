"""Edit: an operator corrects the snapshot that a vendor refused, and the correction goes out.

The correction is a change like any other: every account that holds another value is told, not only
the one that refused. A record that could not be read has no snapshot: it is corrected at its
source.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from pydantic import ValidationError

from gateway.canonical import Kind, normal_email, normal_phone
from gateway.canonical.paths import MODELS, Fields, folded, known, spoken
from gateway.loyalty.stories import SALE
from gateway.ops.faults import Refused
from gateway.ops.letters import DELIVERY, INBOX, OPEN, OPERATION, REPLAYED, get_letter
from gateway.ops.rehearse import Difference, Rehearser, Telling, Worked, difference
from gateway.ops.replay import Replayer, make_due
from gateway.ports import DeadLetter, Store, Tx, Wake
from gateway.sync.correct import Corrector

_NORMAL = {"phones": normal_phone, "emails": normal_email}


@dataclass(frozen=True, slots=True)
class Edited:
    """A correction: what it changes, and who is told, or would be.

    Shape: ``tellings`` are there for a rehearsal: what each account would be told, the one whose
    letter it is first.
    """

    letter: str
    subject: str
    differences: tuple[Difference, ...]
    told: tuple[str, ...]
    rehearsed: bool
    tellings: tuple[Telling, ...] = ()


class _Rehearsed(Exception):
    """Carries a result out of a transaction that is to be undone."""

    def __init__(self, edited: Edited) -> None:
        super().__init__()
        self.edited = edited


@dataclass(frozen=True, slots=True)
class Editor:
    """Corrects and replays in one transaction."""

    store: Store
    corrector: Corrector
    replayer: Replayer

    async def edit(
        self,
        letter_id: str,
        settings: Sequence[str],
        *,
        who: str,
        rehearse: bool = False,
        version: int | None = None,
    ) -> Edited:
        """Set ``path=value`` pairs (an empty value removes) and send.

        With ``rehearse`` nothing is changed. ``version`` is the snapshot's that was looked at: if
        there is a newer one, it is to be looked at first. Raises ``NotFound``, ``Refused`` and
        ``CorrectionRefused``; none of them repeats a value.
        """
        pairs = parsed(settings)

        def work(tx: Tx) -> tuple[Edited, list[Wake]]:
            _refuse_stale(tx, letter_id, version)
            edited, wakes = self._edit(tx, letter_id, pairs, who, rehearse=rehearse)
            if rehearse:
                raise _Rehearsed(edited)
            return edited, wakes

        try:
            edited, wakes = await self.store.run(work)
        except _Rehearsed as rehearsed:
            return rehearsed.edited
        self.replayer.wake(wakes)
        return edited

    def _edit(
        self, tx: Tx, letter_id: str, pairs: Mapping[str, str], who: str, *, rehearse: bool
    ) -> tuple[Edited, list[Wake]]:
        letter = get_letter(tx, letter_id)
        _refuse_unfit(letter)
        before = tx.entities([letter.subject])
        if letter.subject not in before:
            msg = "the letter's entity is not in the store any more: drop the letter"
            raise Refused(msg)
        fields = before[letter.subject].fields
        (earlier,) = self._rehearser.worked(tx, before[letter.subject], [letter.account])
        values = canonical_values(letter.kind, fields, pairs)
        wakes = self.corrector.correct(
            tx, letter.subject, values, who=who, correlation_id=letter.correlation_id
        )
        if all(wake.account != letter.account for wake in wakes):
            # The account's copy is right now or it is not told this kind: the deliverer decides.
            wakes += make_due(tx, letter, self.corrector.clock)
        self.replayer.close(tx, letter, state=REPLAYED, who=who, note=f"edited by {who}")
        told = sorted({wake.account for wake in wakes})
        edited = Edited(
            letter=letter.id,
            subject=letter.subject,
            differences=_differences(letter.kind, fields, values),
            told=tuple(told),
            rehearsed=rehearse,
            tellings=self._tellings(tx, letter, earlier, told, values) if rehearse else (),
        )
        return edited, wakes

    def _tellings(
        self, tx: Tx, letter: DeadLetter, earlier: Worked, told: list[str], values: Fields
    ) -> tuple[Telling, ...]:
        """Return what those would be told who are told, and whoever refused in any case."""
        entity = tx.entities([letter.subject])[letter.subject]
        names = [letter.account, *(name for name in told if name != letter.account)]
        first, *others = self._rehearser.worked(tx, entity, names, values)
        return (first.since(earlier), *(one.telling for one in others))

    @property
    def _rehearser(self) -> Rehearser:
        return Rehearser(self.corrector.applier)


def _refuse_stale(tx: Tx, letter_id: str, version: int | None) -> None:
    subject = get_letter(tx, letter_id).subject
    entity = tx.entities([subject], lock=True).get(subject)
    if entity is not None and version not in {None, entity.version}:
        msg = (
            f"the snapshot is at version {entity.version} now, you looked at {version}: look at "
            "the difference again"
        )
        raise Refused(msg)


def _refuse_unfit(letter: DeadLetter) -> None:
    if letter.state != OPEN:
        msg = f"letter {letter.id} was {letter.state} already"
        raise Refused(msg)
    if letter.source == SALE:
        msg = (
            f"letter {letter.id} is about a sale, which is told as it was closed: `gateway sale "
            f"retry {letter.subject}`, or `gateway sale drop {letter.subject}`"
        )
        raise Refused(msg)
    if letter.source == DELIVERY and letter.held:
        msg = (
            f"letter {letter.id} is in doubt: look at {letter.account} whether the record is "
            f"there, then `gateway dead replay {letter.id}` if it is not, or `gateway dead drop "
            f"{letter.id} --reason TEXT`; correct it after that"
        )
        raise Refused(msg)
    if letter.source == OPERATION:
        msg = (
            f"letter {letter.id} is about an operation, which is sent as it was made or not at "
            f"all: `gateway dead drop {letter.id} --reason TEXT`, and make another"
        )
        raise Refused(msg)
    if letter.source == INBOX:
        msg = (
            f"letter {letter.id} is about a record of {letter.account} that could not be read: "
            "correct it there, or map its value in the account's settings; then "
            f"`gateway dead replay {letter.id}`"
        )
        raise Refused(msg)


def parsed(settings: Sequence[str]) -> dict[str, str]:
    """Split ``path=value`` pairs. Raises ``Refused`` for one that is none."""
    pairs: dict[str, str] = {}
    for setting in settings:
        path, equals, value = setting.partition("=")
        if not equals or not path.strip():
            msg = "--set takes PATH=VALUE, such as --set name/first=Мария; an empty value removes"
            raise Refused(msg)
        pairs[path.strip()] = value
    return pairs


def canonical_values(kind: Kind, fields: Fields, pairs: Mapping[str, str]) -> Fields:
    """Return values in the form in which snapshots hold them, and all that a removal takes along.

    A value is taken as text first and as JSON if that does not fit. What fits neither way is left
    for the corrector to refuse, which knows how to say so.
    """
    values: Fields = {}
    for typed, text in pairs.items():
        path = _normal_path(typed)
        if text == "":
            inside = [one for one in fields if one.startswith(f"{path}/")]
            values.update(dict.fromkeys([path, *inside]))
            continue
        values[path] = _fitting(kind, {**fields, **values}, path, text)
    return values


def _fitting(kind: Kind, fields: Fields, path: str, text: str) -> Any:  # noqa: ANN401 - a JSON value
    candidates: list[Any] = [text]
    try:
        candidates.append(json.loads(text))
    except ValueError:
        candidates.append(text)
    for candidate in candidates:
        try:
            entity = folded(MODELS[kind], known({**fields, path: candidate}))
        except ValidationError:
            continue
        return spoken(entity).get(path, candidate)
    return text


def _normal_path(path: str) -> str:
    """Return the path with a phone or e-mail in its normal form. Raises ``Refused``."""
    name, slash, rest = path.partition("/")
    if name not in _NORMAL or not slash:
        return path
    key, slash, tail = rest.partition("/")
    normal = _NORMAL[name](key)
    if normal is None:
        msg = f"{name}: the path does not hold a possible one; write {name}/VALUE=true to add it"
        raise Refused(msg)
    return f"{name}/{quote(normal, safe='+@:;,= ')}{slash}{tail}"


def _differences(kind: Kind, fields: Fields, values: Fields) -> tuple[Difference, ...]:
    return tuple(
        difference(kind, path, fields.get(path), value)
        for path, value in sorted(values.items())
        if fields.get(path) != value
    )
