"""The work of one message in a thread: what Celery and Dramatiq share.

One transaction spans the claim, the POST and the outcome. The row that it locks keeps the order of
an order's versions over any number of threads and processes, and a worker that dies leaves nothing
behind. Statements are bound by the client (``ClientCursor``), so that begin and claim, record and
commit travel together: two round trips and one commit per event.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import orjson
import psycopg
from urllib3 import HTTPConnectionPool, Retry, connection_from_url

from benchmarks.w1.peers.statements import CLAIM, RECORD
from benchmarks.w1.place import Place
from benchmarks.w1.shape import to_sink

_TIMEOUT_S = 5.0
_BUSY = 503
_CLAIM = "begin;" + CLAIM.format(id="%s", version="%s")
_RECORD = RECORD.format(id="%s", version="%s", outcome="%s") + "; commit"


class Work:
    """The work at one place. Thread safety: any number of threads, each with its connection.

    Make it in the process that uses it: connections do not survive a fork.
    """

    def __init__(self, place: Place, *, threads: int) -> None:
        self._place = place
        self._local = threading.local()
        # The key makes a repeated POST harmless, so the pool itself repeats what was busy or lost.
        retry = Retry(
            total=10,
            allowed_methods={"POST"},
            status_forcelist={_BUSY},
            respect_retry_after_header=True,
        )
        self._sink: HTTPConnectionPool = connection_from_url(
            place.sink, maxsize=threads, block=True, timeout=_TIMEOUT_S, retries=retry
        )

    def handle(self, event: Mapping[str, Any]) -> bool:
        """Deliver one event unless it is a duplicate or stale; tell whether it was delivered.

        When this returns, mark and outcome are committed; when it raises, neither is.
        """
        cursor = self._cursor()
        try:
            cursor.execute(_CLAIM, (event["id"], event["version"]))
            cursor.nextset()
            if cursor.fetchone() is None:
                cursor.execute("rollback")
                return False
            status = self._post(event)
            cursor.execute(_RECORD, (status, event["id"], event["version"]))
        except Exception:
            self._forget()
            raise
        return True

    def _post(self, event: Mapping[str, Any]) -> int:
        key = f"{event['id']}:{event['version']}"
        headers = {"Content-Type": "application/json", "Idempotency-Key": key}
        body = orjson.dumps(to_sink(event))
        answer = self._sink.urlopen("POST", "/orders", body=body, headers=headers)
        if answer.status >= 300:  # noqa: PLR2004 - the end of success in HTTP
            msg = f"the sink answered {answer.status} to {key}"
            raise RuntimeError(msg)
        return answer.status

    def _cursor(self) -> psycopg.ClientCursor[tuple[Any, ...]]:
        cursor: psycopg.ClientCursor[tuple[Any, ...]] | None
        cursor = getattr(self._local, "cursor", None)
        if cursor is None:
            connection = psycopg.connect(self._place.database, autocommit=True)
            cursor = self._local.cursor = psycopg.ClientCursor(connection)
        return cursor

    def _forget(self) -> None:
        """Close the thread's connection; the server rolls back what was open."""
        cursor = self._cursor()
        self._local.cursor = None
        cursor.connection.close()
