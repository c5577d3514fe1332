"""References of cards and clients, as a till wants them: a GUID for each.

The processor knows numbers and ids of its own. One of digits is written into the GUID itself, so
that it can be read out again whatever was restarted in between. Any other is remembered; what is
forgotten is found by number or phone, which a till sends along, and is then remembered again.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass, field

from .values import own_reference, reference

_MOST = 10_000
_DIGITS = 28
_CARD, _CLIENT = "c1", "c2"
_WRITTEN = re.compile(r"^(c[12])([0-9]{2})([0-9]{28})$")


@dataclass(slots=True)
class References:
    """References given to the tills of one account, and back."""

    _known: OrderedDict[str, str] = field(default_factory=OrderedDict, repr=False)

    def of_card(self, number: str) -> str:
        """Return the reference of a card."""
        return self._of(_CARD, number)

    def of_client(self, external_id: str) -> str:
        """Return the reference of a client: the processor's own id where it is a reference."""
        return reference(external_id) or self._of(_CLIENT, external_id)

    def card(self, ref: str) -> str | None:
        """Return the number of a card, ``None`` for one that is not known here."""
        return self._read(_CARD, ref)

    def client(self, ref: str) -> str | None:
        """Return the processor's id of a client, ``None`` for what is no reference."""
        return self._read(_CLIENT, ref) or reference(ref)

    def _of(self, mark: str, text: str) -> str:
        if text.isascii() and text.isdecimal() and len(text) <= _DIGITS:
            return _dashed(f"{mark}{len(text):02d}{text.rjust(_DIGITS, '0')}")
        ref = own_reference(f"{mark}:{text}")
        self._known[f"{mark}:{ref}"] = text
        self._known.move_to_end(f"{mark}:{ref}")
        if len(self._known) > _MOST:
            self._known.popitem(last=False)
        return ref

    def _read(self, mark: str, ref: str) -> str | None:
        given = reference(ref)
        if given is None:
            return None
        written = _WRITTEN.match(given.replace("-", ""))
        if written is not None and written[1] == mark and int(written[2]) <= _DIGITS:
            digits = written[3][_DIGITS - int(written[2]) :]
            if digits and digits.rjust(_DIGITS, "0") == written[3]:
                return digits
        return self._known.get(f"{mark}:{given}")


def _dashed(text: str) -> str:
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
