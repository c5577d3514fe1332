"""Tables: CSV files of bulk imports, in UTF-8 with semicolons (vendor reference, 20). Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

CODE_PAGE = "65001"
DELIMITER = ";"
QUALIFIER = '"'


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Write a file: what holds a delimiter, a qualifier or a line's end stands in qualifiers."""
    text = io.StringIO(newline="")
    # Both characters of the line's end are named here, because only those are put in qualifiers.
    writer = csv.writer(text, delimiter=DELIMITER, quotechar=QUALIFIER, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()
