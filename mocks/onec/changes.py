"""Registration of changes for the nodes of exchange plans (reference, sections 1.9 and 1.13)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mocks.onec.schema import Key

Node = tuple[str, str]


@dataclass
class Registration:
    """One changed object in a node's queue.

    ``message`` is the number under which it was last handed out, None while it was not since its
    last change. ``deleted`` tells that the object is gone.
    """

    entity: str
    key: Key
    deleted: bool = False
    message: int | None = None


class ChangeQueues:
    """The queues of all nodes; a node is (whole name of the plan, ``Ref_Key``)."""

    def __init__(self) -> None:
        """Start without nodes."""
        self._queues: dict[Node, dict[tuple[str, Key], Registration]] = {}
        self.content: set[str] | None = None

    def subscribe(self, node: Node) -> None:
        """Open a queue for a node; a known one keeps its queue."""
        self._queues.setdefault(node, {})

    def drop(self, node: Node) -> None:
        """Forget a node with its queue."""
        self._queues.pop(node, None)

    def register(self, entity: str, key: Key, *, deleted: bool = False) -> None:
        """Put a changed object into every queue; its stamp of an earlier selection is lost.

        ``content`` limits the plans to these entities, None is everything.
        """
        if self.content is not None and entity not in self.content:
            return
        for queue in self._queues.values():
            queue[entity, key] = Registration(entity, key, deleted)

    def snapshot(self) -> dict[Node, dict[tuple[str, Key], Registration]]:
        """Return the queues as they are, for ``restore`` to go back to."""
        return {node: dict(queue) for node, queue in self._queues.items()}

    def restore(self, kept: dict[Node, dict[tuple[str, Key], Registration]]) -> None:
        """Go back to the queues as they were; nodes opened since begin empty."""
        for node in self._queues:
            self._queues[node] = kept.get(node, {})

    def forget_all(self) -> None:
        """Empty every queue: what was loaded is no change."""
        for queue in self._queues.values():
            queue.clear()

    def select(self, node: Node, message: int) -> Iterable[Registration]:
        """Stamp all that is not confirmed with ``message`` and return it.

        Raises:
            KeyError: no such node.
        """
        found = list(self._queues[node].values())
        for one in found:
            one.message = message
        return found

    def confirm(self, node: Node, message: int) -> int:
        """Remove what was handed out under ``message`` or before; return how much it was.

        Raises:
            KeyError: no such node.
        """
        queue = self._queues[node]
        done = [
            name
            for name, one in queue.items()
            if one.message is not None and one.message <= message
        ]
        for name in done:
            del queue[name]
        return len(done)

    def waiting(self, node: Node) -> list[Registration]:
        """Return a node's queue as it is.

        Raises:
            KeyError: no such node.
        """
        return list(self._queues[node].values())
