"""Card numbers as scanners, readers and people spell them.

A scanner may put the symbology before the code (``]E0``), end it with a line, drop a leading zero,
or type with the Russian layout; a reader brings a whole track; people type the groups as printed.
Which numbers are cards of the shop is not decided here.
"""

from __future__ import annotations

import re

MOST_DIGITS = 32

_SYMBOLOGY = re.compile(r"^[\]ъЪ]([A-Za-zА-Яа-я])[0-9A-Za-z]")
"""AIM's prefix; where the keyboard layout is Russian, the bracket comes as a hard sign."""
_OF_EAN = frozenset("EeУу")
_TRACK_2 = re.compile(r"^;([0-9]+)(?:=[0-9]*)?\?.?$")
_NUMBER = re.compile(rf"^[0-9A-Za-z](?:[0-9A-Za-z_.:-]{{0,{MOST_DIGITS - 2}}}[0-9A-Za-z])?$")
_PRINTED = re.compile(r"^[0-9][0-9 -]*$")
_UPC_DIGITS = 12


def card_as_typed(text: str) -> str | None:
    """Return the number of a card that was typed or read from a magnetic stripe.

    Groups of digits are put together. ``None`` for what can be no number: other letters than Latin
    ones, blanks among letters, nothing but zeros.
    """
    bare = text.strip()
    track = _TRACK_2.match(bare)
    if track:
        bare = track.group(1)
    if _PRINTED.match(bare):
        bare = bare.replace(" ", "").replace("-", "")
    return bare if _NUMBER.match(bare) and bare.strip("0") else None


def card_from_scan(text: str) -> str | None:
    """Return the number behind a scanned code, ``None`` for what can be no number.

    Twelve digits are a UPC-A, which is an EAN-13 without its leading zero, when the scanner says so
    or when their check digit fits.
    """
    bare = text.strip()
    symbology = _SYMBOLOGY.match(bare)
    if symbology:
        bare = bare[symbology.end() :]
    number = card_as_typed(bare)
    if number is None or len(number) != _UPC_DIGITS or not number.isdecimal():
        return number
    is_ean = symbology is not None and symbology.group(1) in _OF_EAN
    is_upc = is_ean or (symbology is None and _checks(number))
    return f"0{number}" if is_upc else number


def _checks(upc: str) -> bool:
    """Tell whether the check digit of a UPC-A fits."""
    digits = [int(digit) for digit in upc]
    return (3 * sum(digits[::2]) + sum(digits[1::2])) % 10 == 0
