"""Self-pipe: lets a loop or another thread interrupt a thread that waits on a socket."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections import defaultdict


class Waker:
    """A level-triggered wake-up; ``wake`` is safe from any thread and never blocks."""

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._reader.settimeout(0)
        self._writer.settimeout(0)
        self._awake = False

    def fileno(self) -> int:
        """Return what to wait on for reading."""
        return self._reader.fileno()

    def wake(self) -> None:
        """End the present or the next wait."""
        if self._awake:
            return
        self._awake = True
        # A full pipe wakes as well; a closed one belongs to a thread that has ended.
        with contextlib.suppress(BlockingIOError, OSError):
            self._writer.send(b"\0")

    def clear(self) -> None:
        """Forget wake-ups so far. Look for work after this, never before."""
        with contextlib.suppress(BlockingIOError):
            self._reader.recv(4096)
        self._awake = False

    def close(self) -> None:
        """Release both ends."""
        self._reader.close()
        self._writer.close()


class LocalListeners:
    """Who in this process uses a prefix of the in-memory transport, which has no wake-up itself.

    kombu's memory queues live as long as the process. The last user of a prefix is told, so that it
    can empty them.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wakers: dict[str, set[Waker]] = defaultdict(set)
        self._users: dict[str, int] = defaultdict(int)

    def enter(self, prefix: str) -> None:
        """Count a user of the prefix."""
        with self._lock:
            self._users[prefix] += 1

    def leave(self, prefix: str) -> bool:
        """Forget a user; True when it was the last one."""
        with self._lock:
            self._users[prefix] -= 1
            if self._users[prefix] > 0:
                return False
            del self._users[prefix]
            return True

    def listen(self, prefix: str, waker: Waker) -> None:
        """Wake ``waker`` whenever something is announced under the prefix."""
        with self._lock:
            self._wakers[prefix].add(waker)

    def silence(self, prefix: str, waker: Waker) -> None:
        """Stop waking ``waker``."""
        with self._lock:
            self._wakers[prefix].discard(waker)
            if not self._wakers[prefix]:
                del self._wakers[prefix]

    def announce(self, prefix: str) -> None:
        """Wake all listeners of the prefix."""
        with self._lock:
            wakers = tuple(self._wakers.get(prefix, ()))
        for waker in wakers:
            waker.wake()


LOCAL_LISTENERS = LocalListeners()
