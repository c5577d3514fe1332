"""``python -m benchmarks.vendors.double``: ``python -m mocks`` that never stops to collect garbage.

A double with 20,000 customers in memory stands still for a tenth of a second at each full
collection, and what arrived meanwhile is counted in one heap: its limit would be broken by itself.
A vendor counts at its front door.
"""

from __future__ import annotations

import gc

from mocks.__main__ import main

if __name__ == "__main__":
    gc.disable()
    raise SystemExit(main())
