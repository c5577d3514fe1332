"""Celery, with threads or prefork: acknowledged late, prefetch tuned, everything else off.

The queue is a durable classic one, as its documentation has it: on quorum queues Celery replaces
its retries by delays of another kind. Classic and quorum queues are equally fast on one node.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from celery import Celery
from kombu.entity import Queue

from benchmarks.w1.peers.blocking import Work
from benchmarks.w1.peers.formats import CELERY_TASK
from benchmarks.w1.place import Place

_PLACE = Place.from_environment()
_MOST_THREADS = 16

app = Celery("w1", broker=_PLACE.broker)
app.conf.update(
    task_queues=[Queue(_PLACE.queue, routing_key=_PLACE.queue)],
    task_default_queue=_PLACE.queue,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    broker_transport_options={"confirm_publish": True},
    worker_disable_rate_limits=True,
    worker_enable_remote_control=False,  # its queue is named by the host, so two would collide
    worker_hijack_root_logger=False,
)


@cache
def _work() -> Work:
    """The process's own work, made after the fork."""
    return Work(_PLACE, threads=_MOST_THREADS)


@app.task(name=CELERY_TASK, autoretry_for=(Exception,), max_retries=None, retry_backoff=True)
def deliver(event: Mapping[str, Any]) -> None:
    """Deliver one event."""
    _work().handle(event)
