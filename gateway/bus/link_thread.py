"""Thread per connection: owns a link, and begins again whenever it is lost.

The thread is the only one that touches its connection. It does no work of the gateway's own: it
moves messages, acknowledgements and heartbeats, and hands everything else to the event loop.
"""

from __future__ import annotations

import abc
import contextlib
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass

from gateway.bus.link import BrokerLink
from gateway.bus.options import BusOptions
from gateway.bus.waker import Waker
from gateway.contract import Clock, Log

IDLE_WAIT_S = 0.5
_RANDOM = secrets.SystemRandom()


@dataclass(frozen=True, slots=True)
class LinkHealth:
    """What a probe needs to judge one connection.

    ``silent_s``: seconds since its part last moved; trying to connect counts as moving.
    ``last_error``: type of the last trouble, empty when there was none.
    """

    connected: bool
    silent_s: float = 0.0
    last_error: str = ""


class LinkThread(abc.ABC):
    """Session loop: open, work, and after any failure drop everything, back off, start again."""

    def __init__(self, url: str, *, options: BusOptions, clock: Clock, log: Log, role: str) -> None:
        self._url = url
        self._options = options
        self._clock = clock
        self._log = log
        self._role = role
        self._waker = Waker()
        self._stop = threading.Event()
        self._failures = 0
        self._thread = threading.Thread(target=self._run, name=f"bus-{role}", daemon=True)
        self.connected = False
        self.turned_at = clock.monotonic()
        self.last_error = ""

    def start(self) -> None:
        """Start the thread; it connects by itself."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to finish what it was told so far and to end."""
        self._stop.set()
        self._waker.wake()

    def health(self) -> LinkHealth:
        """Tell how the connection is doing; cheap, from any thread."""
        silent_s = self._clock.monotonic() - self.turned_at
        return LinkHealth(self.connected, silent_s, self.last_error)

    def join(self) -> None:
        """Wait for the end; a thread inside a connection attempt needs that attempt's time-out."""
        self._thread.join()
        self._waker.close()

    @abc.abstractmethod
    def _begin(self, link: BrokerLink) -> None:
        """Set up the open link: channels, queues, consumers."""

    @abc.abstractmethod
    def _turn(self, link: BrokerLink) -> float:
        """Do what is to be done now; return for how many seconds nothing else is planned."""

    def _finish(self, link: BrokerLink) -> None:
        """Do what must still be done before the link is closed in peace."""
        self._turn(link)

    @abc.abstractmethod
    def _lost(self) -> None:
        """Forget all that hung on the lost link."""

    @abc.abstractmethod
    def _ended(self) -> None:
        """Answer whoever still waits, as the thread is about to end."""

    def _run(self) -> None:
        while not self._stop.is_set():
            link = BrokerLink(self._url, options=self._options, waker=self._waker)
            try:
                self._session(link)
            except Exception as error:  # noqa: BLE001 - whatever broke, a new session is the cure
                self.last_error = type(error).__name__
                with contextlib.suppress(Exception):  # the link is being thrown away
                    link.abandon()
                self.connected = False
                self._lost()
                self._failures += 1
                self.turned_at = self._clock.monotonic()  # who tries again does not hang
                self._log.warning(
                    "bus.lost", role=self._role, cause=self.last_error, failures=self._failures
                )
                self._stop.wait(self._backoff())
        self._ended()

    def _session(self, link: BrokerLink) -> None:
        link.open()
        self._begin(link)
        self.connected = True
        self._log.info("bus.connected", role=self._role, after_failures=self._failures)
        self._failures = 0
        longest = min(IDLE_WAIT_S, self._options.heartbeat_s / 4)
        while not self._stop.is_set():
            pause = self._turn(link)
            self.turned_at = self._clock.monotonic()
            link.wait(min(pause, longest))
            link.read()
            link.beat()
        self._finish(link)
        self.connected = False
        link.close()

    def _backoff(self) -> float:
        """Full jitter: workers that lost one broker together do not come back together."""
        ceiling = self._options.backoff_s * 2 ** min(self._failures - 1, 16)
        return _RANDOM.uniform(0, min(ceiling, self._options.backoff_max_s))


def tell(loop_call: Callable[..., object], *args: object) -> None:
    """Call an event loop's ``call_soon_threadsafe``; a loop that has closed has no listeners."""
    with contextlib.suppress(RuntimeError):
        loop_call(*args)
