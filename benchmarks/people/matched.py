"""Matched: a base goes through normalisation, pairing and decisions, as a scan would do it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from benchmarks.people.records import Record
from gateway.canonical import Kind, normal_email, normal_phone
from gateway.canonical.alike import mailbox_key, person_key
from gateway.config import IdentitySection
from gateway.identity.matching import Decider, Decision, Held, Profile, Proof, names_of
from gateway.identity.matching.evidence import Hands, at_odds, hands_of
from gateway.identity.matching.pairing import pairs_at
from gateway.identity.matching.profile import NEVER
from gateway.identity.normal import Verdict, read_card, read_email, read_parts, read_phone
from gateway.ports import EntityRow

_MOST = 100


def profile_of(record: Record) -> Profile:
    """Read a record as the gateway would: values stand for their digests."""
    held: dict[str, Held] = {}
    phone = read_phone(record.phone)
    if phone.verdict is not Verdict.REFUSED:
        held[f"phone:{phone.normal}"] = _held(
            "phone", record, confirmed=record.phone_confirmed, verdict=phone.verdict
        )
    email = read_email(record.email)
    if email.verdict is not Verdict.REFUSED:
        one = _held("email", record, confirmed=record.email_confirmed, verdict=email.verdict)
        held[f"email:{email.normal}"] = one
        box = mailbox_key(email.normal or "")
        if box:
            held[f"mailbox:{box}"] = Held("mailbox", one.proof, record.system)
    card = read_card(record.card)
    if card.verdict is not Verdict.REFUSED:
        held[f"card:{card.normal}"] = _held("card", record, confirmed=False, verdict=card.verdict)
    name = read_parts(record.last, record.first, record.patronymic)
    person = person_key(record.last, record.first, record.born)
    if person:
        held[f"person:{person}"] = Held("person")
    return Profile(record.id, held, names_of(name), record.born, record.gender)


def _held(sort: str, record: Record, *, confirmed: bool, verdict: Verdict) -> Held:
    return Held(
        sort=sort,
        proof=Proof.WORD if confirmed else Proof.NONE,
        source=record.system,
        seen_at=record.at,
        confirmed_at=record.at if confirmed else NEVER,
        doubtful=verdict is Verdict.DOUBTFUL,
    )


class Base:
    """Profiles by identifier."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.profiles = [profile_of(record) for record in records]
        self.holders: dict[str, list[Profile]] = {}
        for profile in self.profiles:
            for key in profile.held:
                self.holders.setdefault(key, []).append(profile)
        self.by_id = {profile.id: profile for profile in self.profiles}
        self.crowd = {
            key: hands_of(them) if len(them) <= _MOST else Hands(len(them), at_odds=True)
            for key, them in self.holders.items()
            if len(them) > 1
        }

    def at_odds(self, one: str, other: str) -> bool:
        """Tell whether two profiles can hardly be of one person."""
        return at_odds(self.by_id[one], self.by_id[other])

    def decisions(self, section: IdentitySection) -> Iterator[Decision]:
        """Decide about all pairs that are worth a comparison, in the order of a scan."""
        decider, most = Decider(section), section.most_holders
        for key in sorted(self.crowd):
            if self.crowd[key].holders <= most:
                for one, other in pairs_at(key, self.holders[key], self.crowd, most):
                    yield decider.decide(one, other, self.crowd)


def true_pairs(records: Sequence[Record]) -> set[tuple[str, str]]:
    """Return all pairs of records that are one person's."""
    of: dict[int, list[str]] = {}
    for record in records:
        of.setdefault(record.person, []).append(record.id)
    return {pair for ids in of.values() for pair in combinations(sorted(ids), 2)}


def snapshot_of(record: Record) -> EntityRow:
    """Return what the gateway keeps of a record."""
    fields: dict[str, object] = {}
    phone, email = normal_phone(record.phone), normal_email(record.email)
    for path, value, confirmed in (
        (f"phones/{phone}", phone, record.phone_confirmed),
        (f"emails/{email}", email, record.email_confirmed),
        (f"cards/{record.card}", record.card, False),
    ):
        if value:
            fields[path] = True
            if confirmed:
                fields[f"{path}/confirmation"] = "confirmed"
    for name in ("last", "first", "patronymic"):
        if getattr(record, name):
            fields[f"name/{name}"] = getattr(record, name)
    fields |= {"birth_date": record.born} if record.born else {}
    fields |= {"gender": record.gender} if record.gender else {}
    origins = {"": (record.system, record.at.isoformat())}
    return EntityRow(record.id, Kind.CUSTOMER, 1, fields, origins, record.at, record.at)
