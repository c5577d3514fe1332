"""Canonical data model: the base of every entity and value.

One internal shape stands between all vendors, so that n vendors need n translators and not n².
The models are pure: no I/O, no clock, no vendor word. They hold personal data and therefore never
print their values: ``repr`` names the fields that are set, and validation errors hide the input.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, ClassVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A moment in UTC, whatever zone a vendor tells it in: equal moments must look equal."""


class Canonical(BaseModel):
    """Immutable canonical value whose ``repr`` tells field names and never their contents.

    A field that was not passed is *not spoken about*: the source says nothing of it. A field passed
    as ``None`` or an empty tuple is known to be empty. The merge relies on that difference.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    LEAF: ClassVar[bool] = False
    """True for a value that the merge compares and replaces as a whole (money, points)."""

    KEY: ClassVar[str] = ""
    """For items of a collection: the field that tells one item from another."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(sorted(self.model_fields_set))})"

    __str__ = __repr__
