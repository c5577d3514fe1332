"""Competing consumers over shards: the bus that wakes work, by kombu and only here.

``open_bus`` is the one way in. The rest of the gateway knows the ``Bus`` port; it never sees a
connection, a channel or a queue.
"""

from gateway.bus.announcer import Announcement, Announcer
from gateway.bus.envelope import MAX_ENVELOPE_BYTES, shard_of
from gateway.bus.intake import Intake
from gateway.bus.intake_thread import Message, QueueNames
from gateway.bus.kombu_bus import BusHealth, KombuBus, open_bus
from gateway.bus.link_thread import LinkHealth
from gateway.bus.options import BusOptions

__all__ = [
    "MAX_ENVELOPE_BYTES",
    "Announcement",
    "Announcer",
    "BusHealth",
    "BusOptions",
    "Intake",
    "KombuBus",
    "LinkHealth",
    "Message",
    "QueueNames",
    "open_bus",
    "shard_of",
]
