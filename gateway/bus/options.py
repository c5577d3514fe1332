"""Settings of the bus: who this worker is among the others, and the pace of its threads."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BusOptions:
    """Pace and limits; the defaults fit production.

    Units: names that end in ``_s`` are seconds.

    ``prefetch`` bounds the unacknowledged wakes of one shard. A batch is handed over when
    ``batch_size`` wakes are ready, when nothing is being handled, or ``batch_wait_s`` after the
    first. ``max_batches`` run at once. ``max_attempts`` bounds how often a handler may fail on one
    wake before it is dropped; the pause between them starts at ``retry_pause_s`` and doubles up to
    ``retry_pause_max_s``. ``delivery_limit`` is the broker's own count of deliveries, which also
    grows when a worker dies. ``window`` bounds unconfirmed messages of the publisher.
    """

    heartbeat_s: float = 10.0
    connect_timeout_s: float = 5.0
    stall_timeout_s: float = 10.0
    backoff_s: float = 0.2
    backoff_max_s: float = 10.0
    publish_timeout_s: float = 10.0
    window: int = 500
    prefetch: int = 200
    batch_size: int = 50
    batch_wait_s: float = 0.003
    max_batches: int = 8
    retry_pause_s: float = 0.5
    retry_pause_max_s: float = 15.0
    max_attempts: int = 8
    delivery_limit: int = 20
    standby_after_s: float = 1.5
    rebalance_s: float = 30.0
    drain_timeout_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Shards:
    """The shards of a prefix, and which of them are this worker's own."""

    prefix: str
    count: int
    worker_index: int = 0
    workers: int = 1

    def queue(self, shard: int) -> str:
        """Name the queue of a shard."""
        return f"{self.prefix}.work.{shard}"

    def owns(self, shard: int) -> bool:
        """Tell whether this worker consumes the shard at once rather than as a standby."""
        return shard % self.workers == self.worker_index

    @property
    def queues(self) -> tuple[str, ...]:
        """All queue names, by shard."""
        return tuple(self.queue(shard) for shard in range(self.count))

    @property
    def own(self) -> tuple[int, ...]:
        """Shards of this worker."""
        return tuple(shard for shard in range(self.count) if self.owns(shard))

    @property
    def standby(self) -> tuple[int, ...]:
        """Shards of the other workers."""
        return tuple(shard for shard in range(self.count) if not self.owns(shard))
