"""The message formats of the peers, as their documentation gives them.

Written out here so that the queue can be loaded at full speed, with collected confirms, by a
process that has none of them installed. Each is checked against its library by the first run: a
message that the library does not understand is never delivered.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping

import orjson

from benchmarks.w1.broker import Outgoing
from benchmarks.w1.work import Message

CELERY_TASK = "w1.deliver"
DRAMATIQ_ACTOR = "deliver"


def plain(message: Message, _queue: str) -> Outgoing:
    """The event itself as the body."""
    return Outgoing(message.body, message.id)


def celery(message: Message, _queue: str) -> Outgoing:
    """A task message of protocol version 2: ``[args, kwargs, embed]`` and headers."""
    number = str(uuid.uuid4())
    headers = {
        "lang": "py",
        "task": CELERY_TASK,
        "id": number,
        "root_id": number,
        "parent_id": None,
        "group": None,
        "argsrepr": message.key,
        "kwargsrepr": "{}",
        "retries": 0,
        "eta": None,
        "expires": None,
        "timelimit": [None, None],
        "ignore_result": True,
    }
    embed: Mapping[str, None] = dict.fromkeys(("callbacks", "errbacks", "chain", "chord"))
    body = b"[[" + message.body + b"],{}," + orjson.dumps(embed) + b"]"
    return Outgoing(body, message.id, headers, {"correlation_id": number})


def dramatiq(message: Message, queue: str) -> Outgoing:
    """A message of ``dramatiq.Message.encode``, all in the body."""
    whole = {
        "queue_name": queue,
        "actor_name": DRAMATIQ_ACTOR,
        "args": [orjson.Fragment(message.body)],
        "kwargs": {},
        "options": {},
        "message_id": str(uuid.uuid4()),
        "message_timestamp": int(time.time() * 1000),
    }
    return Outgoing(orjson.dumps(whole), message.id)
