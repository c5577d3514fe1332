"""Frames: cut rightly wherever the pieces of the stream end, and none is lost to a time-out."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import pytest

from gateway.bus.frames import Frame, FrameReader

FRAMES: list[Frame] = [(1, 0, b""), (2, 1, b"head"), (3, 7, b"\xce" * 300), (8, 0, b"")]


def wire(frames: list[Frame]) -> bytes:
    """Write frames as the broker does."""
    return b"".join(
        struct.pack(">BHI", kind, channel, len(payload)) + payload + b"\xce"
        for kind, channel, payload in frames
    )


class Pieces:
    """A socket that gives its bytes in pieces; ``None`` is a time-out, the end a closed one."""

    def __init__(self, pieces: list[bytes | None]) -> None:
        self._pieces: Iterator[bytes | None] = iter(pieces)

    def recv(self, _: int, /) -> bytes:
        """Give the next piece."""
        piece = next(self._pieces, b"")
        if piece is None:
            raise TimeoutError
        return piece


@pytest.mark.parametrize("size", [1, 2, 7, 8, 9, 11, 64, 4096])
def test_frames_are_whole_wherever_a_piece_ends(size: int) -> None:
    """One byte out of step, and everything after it is misread."""
    stream = wire(FRAMES)
    reader = FrameReader(
        Pieces([stream[start : start + size] for start in range(0, len(stream), size)])
    )
    assert [reader.read_frame() for _ in FRAMES] == FRAMES
    assert not reader.has_frame


def test_what_came_behind_an_answer_is_known_to_be_here() -> None:
    """The thread would wait on the socket for messages that it has already."""
    reader = FrameReader(Pieces([wire(FRAMES)]))
    assert reader.take() is None
    reader.read_frame()
    assert reader.has_frame
    assert [reader.take() for _ in FRAMES[1:]] == FRAMES[1:]
    assert reader.take() is None


def test_half_a_frame_survives_a_time_out() -> None:
    """The next read would begin in the middle of a frame."""
    stream = wire(FRAMES)
    reader = FrameReader(Pieces([stream[:5], None, stream[5:]]))
    with pytest.raises(TimeoutError):
        reader.read_frame()
    assert [reader.read_frame() for _ in FRAMES] == FRAMES


def test_a_closed_connection_is_an_error() -> None:
    """The thread would spin on a socket that is always readable."""
    reader = FrameReader(Pieces([wire(FRAMES)[:5]]))
    with pytest.raises(ConnectionError, match="closed"):
        reader.read_frame()


def test_a_stream_out_of_step_is_an_error() -> None:
    """Whatever came next would be taken for messages."""
    reader = FrameReader(Pieces([wire(FRAMES)[:-1] + b"?"]))
    for _ in FRAMES[1:]:
        reader.read_frame()
    with pytest.raises(ConnectionError, match="out of step"):
        reader.read_frame()
