"""How numbers and dates of a file are written: by the scheme and switch S17 (reference 3.3)."""

from __future__ import annotations

from dataclasses import dataclass

from mocks.bitrix.fields import number

PARTS_FROM = 2.1
NEWER_THAN = 2.05


@dataclass(frozen=True)
class Figures:
    """The form of one file."""

    scheme: float
    decimals: int

    @property
    def has_parts(self) -> bool:
        """Tell whether payments and shipments are documents of their own."""
        return self.scheme >= PARTS_FROM

    @property
    def is_newer(self) -> bool:
        """Tell whether the scheme is younger than 2.05."""
        return self.scheme > NEWER_THAN

    def money(self, value: object) -> str:
        """Write an amount: plain, or with 2 or 4 decimals."""
        read = number(value if value is not None else 0)
        return f"{float(read):.{self.decimals}f}" if self.decimals else str(read)

    def moment(self, stamp: str | None) -> str:
        """Write a date-time of the site: ISO without offset from 2.1, dotted before."""
        if not stamp:
            return ""
        if self.has_parts:
            return stamp[:19]
        day, time = stamp[:10], stamp[11:19]
        return f"{day[8:10]}.{day[5:7]}.{day[:4]} {time}"
