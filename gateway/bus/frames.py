"""Frames of AMQP out of one socket, read in large pieces.

py-amqp asks the operating system thrice for each frame, and a message is three frames. Here the
socket is read into a buffer and frames are cut out of that. py-amqp waits for its own answers by
the same reader (``BrokerLink`` puts it in place), so that no byte is read past it.
"""

from __future__ import annotations

from struct import Struct
from typing import Protocol

PIECE = 64 * 1024
_HEAD = Struct(">BHI")
_HEAD_SIZE = 7
_END = 0xCE

Frame = tuple[int, int, bytes]
"""Type, channel and payload."""


class Socket(Protocol):
    """What is needed of a socket, plain or TLS."""

    def recv(self, size: int, /) -> bytes:
        """Receive what is there, at most ``size``; waits when nothing is."""


class FrameReader:
    """Cuts frames out of a stream. Thread safety: none. Bytes survive a time-out in ``fill``."""

    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        self._buffer = b""
        self._at = 0

    @property
    def has_frame(self) -> bool:
        """Whether a whole frame is here already."""
        return self._end() is not None

    def take(self) -> Frame | None:
        """Return the next frame, or ``None`` when no whole one is here yet.

        Raises ``ConnectionError`` when the stream is no AMQP.
        """
        end = self._end()
        if end is None:
            return None
        buffer, start = self._buffer, self._at
        if buffer[end - 1] != _END:
            msg = "the broker's stream is out of step: a frame does not end where it says"
            raise ConnectionError(msg)
        kind, channel, _ = _HEAD.unpack_from(buffer, start)
        self._at = end
        return kind, channel, buffer[start + _HEAD_SIZE : end - 1]

    def fill(self) -> None:
        """Receive once. Raises ``ConnectionError`` at the end of the stream, and what it raises."""
        piece = self._socket.recv(PIECE)
        if not piece:
            msg = "the broker closed the connection"
            raise ConnectionError(msg)
        self._buffer = self._buffer[self._at :] + piece
        self._at = 0

    def read_frame(self) -> Frame:
        """Return the next frame, waiting for it: py-amqp's own way to read."""
        while (frame := self.take()) is None:
            self.fill()
        return frame

    def _end(self) -> int | None:
        """Return where the next frame ends, if it is whole."""
        start = self._at
        if len(self._buffer) - start < _HEAD_SIZE:
            return None
        end: int = start + _HEAD_SIZE + _HEAD.unpack_from(self._buffer, start)[2] + 1
        return end if end <= len(self._buffer) else None
