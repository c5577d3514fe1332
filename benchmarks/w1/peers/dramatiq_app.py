"""Dramatiq: one process with threads, acknowledged after the work, as it always does.

Its queue is the durable classic one that it declares itself, with its dead-letter queue.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import dramatiq
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.middleware import Retries, ShutdownNotifications

from benchmarks.w1.peers.blocking import Work
from benchmarks.w1.peers.formats import DRAMATIQ_ACTOR
from benchmarks.w1.place import Place

_PLACE = Place.from_environment()
_MOST_THREADS = 16

# kombu and aio-pika write the default virtual host as "//", pika as "/%2F".
_URL = f"{_PLACE.broker.removesuffix('//')}/%2F" if _PLACE.broker.endswith("//") else _PLACE.broker

# Only the middleware that the work needs: the default ones cost a few calls for every message.
broker = RabbitmqBroker(
    url=_URL,
    confirm_delivery=True,
    middleware=[ShutdownNotifications(), Retries(max_retries=None)],
)
dramatiq.set_broker(broker)


@cache
def _work() -> Work:
    """The process's own work, made after the fork."""
    return Work(_PLACE, threads=_MOST_THREADS)


@dramatiq.actor(actor_name=DRAMATIQ_ACTOR, queue_name=_PLACE.queue)
def deliver(event: Mapping[str, Any]) -> None:
    """Deliver one event."""
    _work().handle(event)
