"""Collected confirms: each message ends once, each call when all of its messages have."""

from __future__ import annotations

import asyncio

import pytest

from gateway.bus.confirms import MAX_RETURNS, ConfirmWindow, Outgoing, PublishJob


def _job(size: int) -> PublishJob:
    return PublishJob(asyncio.get_running_loop(), size)


def _messages(job: PublishJob, count: int) -> list[Outgoing]:
    return [Outgoing(job, "shop.work.0", b"{}", order=number) for number in range(count)]


async def test_a_call_is_done_when_all_is_acknowledged() -> None:
    """A call that ends too early promises what the broker has not stored."""
    window, job = ConfirmWindow(), _job(4)
    for message in _messages(job, 4):
        window.add(message)
    window.acknowledge(3, up_to=True)
    window.acknowledge(3)  # a repeated word changes nothing
    await asyncio.sleep(0)
    assert not job.done.done()
    assert len(window) == 1
    window.acknowledge(4)
    await asyncio.wait_for(job.done, 1)


async def test_single_acknowledgements_come_in_any_order() -> None:
    """Brokers confirm quorum messages as their replicas answer, not as they were sent."""
    window, first, second = ConfirmWindow(), _job(2), _job(1)
    for message in (*_messages(first, 2), *_messages(second, 1)):
        window.add(message)
    window.acknowledge(3)
    await asyncio.wait_for(second.done, 1)
    assert not first.done.done()
    window.acknowledge(2)
    window.acknowledge(1)
    await asyncio.wait_for(first.done, 1)


async def test_a_refused_message_fails_its_call_and_no_other() -> None:
    """A broker without space refuses; taking that for a confirm loses the wake."""
    window, refused, other = ConfirmWindow(), _job(2), _job(1)
    for message in (*_messages(refused, 2), *_messages(other, 1)):
        window.add(message)
    window.refuse(2, up_to=True)
    window.acknowledge(3)
    with pytest.raises(ConnectionError, match="refused"):
        await asyncio.wait_for(refused.done, 1)
    await asyncio.wait_for(other.done, 1)
    assert refused.abandoned


async def test_the_acknowledgement_of_a_returned_message_does_not_count() -> None:
    """The broker acknowledges what it returned as well: confirmed, and stored nowhere."""
    window, job = ConfirmWindow(), _job(2)
    for message in _messages(job, 2):
        window.add(message)
    window.give_back(1)
    window.acknowledge(2, up_to=True)
    await asyncio.sleep(0)
    assert not job.done.done()
    [returned] = window.take_returned()
    window.acknowledge(window.add(returned))
    await asyncio.wait_for(job.done, 1)


async def test_a_message_that_never_finds_a_queue_fails() -> None:
    """A queue that somebody keeps deleting would be declared and missed for ever."""
    window, job = ConfirmWindow(), _job(1)
    [message] = _messages(job, 1)
    for _ in range(MAX_RETURNS):
        window.give_back(window.add(message))
        assert window.take_returned() == [message]
    window.give_back(window.add(message))
    assert window.take_returned() == []
    with pytest.raises(ConnectionError, match=r"shop\.work\.0"):
        await asyncio.wait_for(job.done, 1)


async def test_all_that_is_under_way_comes_out_in_order() -> None:
    """After a lost connection the newer message would be sent before the older."""
    window, job = ConfirmWindow(), _job(5)
    messages = _messages(job, 5)
    for message in messages:
        window.add(message)
    window.give_back(4)
    window.give_back(2)
    assert window.take_all() == messages
    assert (len(window), window.returned) == (0, 0)
    assert window.add(messages[0]) == 1
