"""Calls: what the tills of the bench send, directly to the processor and to the gateway."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from benchmarks.till.recording import LINES, PHONE, SPENT, Recording
from benchmarks.till.stand import Stand


@dataclass(frozen=True, slots=True)
class Calls:
    """Makes calls; ``numbers`` make the sales' ids."""

    recording: Recording
    running: Stand
    numbers: Iterator[int]

    def direct(self, *steps: str) -> Callable[[int], list[Sequence[bytes]]]:
        """Return a maker of calls to the processor: all that the connector says for these steps."""
        said = [call for step in steps for call in self.recording.calls[step]]
        return lambda size: [said] * size

    def identify(self, size: int) -> list[Sequence[bytes]]:
        """Name a member by phone."""
        call = self.running.post("/pos/v1/identify", {"phone": f"+{PHONE}"})
        return [[call]] * size

    def quotes(self, size: int) -> list[Sequence[bytes]]:
        """Reckon a basket of five lines, each of its own sale."""
        return [
            [self.running.post("/pos/v1/quote", {"id": sale_id, **self._sale()})]
            for sale_id in self._ids(size)
        ]

    def receipts(self, size: int) -> list[Sequence[bytes]]:
        """Reckon a sale with the points that are spent, reserve and commit it."""
        return [self._receipt(sale_id) for sale_id in self._ids(size)]

    def _receipt(self, sale_id: str) -> list[bytes]:
        post, spending = self.running.post, self._sale(points=str(SPENT))
        at = f"/pos/v1/sales/{sale_id}"
        return [
            post("/pos/v1/quote", {"id": sale_id, **spending}),
            post(f"{at}/reserve", spending, key=f"{sale_id}-r"),
            post(f"{at}/commit", spending, key=f"{sale_id}-c"),
        ]

    def _ids(self, size: int) -> list[str]:
        return [f"bench-{next(self.numbers)}" for _ in range(size)]

    def _sale(self, **more: Any) -> dict[str, Any]:
        lines = [
            {
                "id": str(number),
                "product_id": f"SKU-{number}",
                "name": f"Шампур № {number}",
                "quantity": number,
                "price": "199.90",
            }
            for number in range(1, LINES + 1)
        ]
        return {
            "at": datetime.now(UTC).isoformat(),
            "member": {"member_id": self.recording.member_id},
            "lines": lines,
            **more,
        }
