"""Section of identity: what makes two records one person, and what is asked of people instead."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from gateway.config.section import Section

Points = Annotated[float, Field(ge=-100, le=100)]
ContactName = Literal["phone", "email"]
Incomplete = Literal["queue", "refuse"]
RuleName = Literal["confirmed_phone", "confirmed_email", "card", "score"]


class WeightsSection(Section):
    """Points that each finding adds. Negative ones speak against.

    ``doubtful``: a shared fixed line, department's address or alias of a mailbox; ``proved``: an
    identifier is confirmed in one hand at least; ``sole``: all who have an identifier look like one
    person by their names; ``name_unknown``: the names cannot be compared. ``email_differs`` and
    ``card_differs``: each has one, and not the other's.
    """

    phone: Points = 6
    email: Points = 5
    card: Points = 8
    doubtful: Points = 3
    proved: Points = 2
    sole: Points = 1
    email_differs: Points = -3
    card_differs: Points = -2
    name_full: Points = 7
    name_same: Points = 6
    name_close: Points = 4
    name_near: Points = 4
    name_renamed: Points = 3
    name_first: Points = 4
    name_unknown: Points = 1
    name_unlike: Points = -3
    name_different: Points = -12
    born_same: Points = 6
    born_close: Points = 2
    born_different: Points = -8
    gender_different: Points = -4


class IdentitySection(Section):
    """How people are recognised. Units: points of ``weights``.

    ``rules`` are tried in this order; the first that holds decides. From ``certain`` points on two
    are one person, from ``possible`` on a person is asked. An identifier in more than
    ``most_holders`` hands proves nothing. ``stop_phones`` and ``stop_emails`` are the shop's own
    numbers and addresses, or ``@domain`` for a whole domain. ``required``: the contacts without
    which a customer is made at no account; ``incomplete`` is what becomes of one who lacks them.
    """

    rules: tuple[RuleName, ...] = ("confirmed_phone", "confirmed_email", "card", "score")
    certain: Points = 10
    possible: Points = 7
    most_holders: int = Field(default=6, ge=2, le=100)
    stop_phones: frozenset[str] = frozenset()
    stop_emails: frozenset[str] = frozenset()
    required: frozenset[ContactName] = frozenset()
    incomplete: Incomplete = "queue"
    weights: WeightsSection = WeightsSection()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.possible > self.certain:
            msg = "possible: not above certain, or nothing would ever be asked"
            raise ValueError(msg)
        if len(set(self.rules)) < len(self.rules):
            msg = "rules: each once"
            raise ValueError(msg)
        return self


class ErasureSection(Section):
    """Erasures of persons. Units: days.

    ``keep_days``: how long an order stays as a receipt, without the person, from the day on which
    it was placed. The default is the five years of the Tax Code's article 23, and some more: the
    law on accounting counts five years from the end of the year.
    """

    keep_days: int = Field(default=2_192, ge=0)
