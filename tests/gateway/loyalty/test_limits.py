"""Limits: no window is ever broken, waits grow, and a success resets what it should and no more."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.loyalty.alarm import Watch
from gateway.loyalty.limits import Delays, Gate, Limit, Limiter, Window

GAPS = st.lists(st.floats(0, 30, allow_nan=False), max_size=80)
WINDOWS = st.lists(
    st.builds(Window, most=st.integers(1, 6), per_s=st.floats(0.5, 60)), min_size=1, max_size=3
)


@given(gaps=GAPS, windows=WINDOWS, keys=st.lists(st.sampled_from("abcd"), min_size=80))
def test_no_window_ever_holds_more_than_it_may(
    gaps: list[float], windows: list[Window], keys: list[str]
) -> None:
    """A burst at the edge of two windows would get twice the tries; a full memory would forget."""
    limiter = Limiter(Limit(tuple(windows)), size=2)
    admitted: dict[str, list[float]] = {key: [] for key in "abcd"}
    now = 0.0
    for gap, key in zip(gaps, keys, strict=False):
        now += gap
        if limiter.wait_s(key, now) == 0:
            limiter.take(key, now)
            admitted[key].append(now)
        assert len(limiter) <= 2
    for moments in admitted.values():
        for window in windows:
            for first, beyond in zip(moments, moments[window.most :], strict=False):
                assert beyond >= first + window.per_s


@given(gaps=GAPS, window=st.builds(Window, most=st.integers(1, 6), per_s=st.floats(0.5, 60)))
def test_the_wait_that_is_told_is_enough(gaps: list[float], window: Window) -> None:
    """A till that waits as long as it was told would be refused again."""
    limiter = Limiter(Limit((window,), Delays(free=1, first_s=2, most_s=40)))
    now = 0.0
    for gap in gaps:
        now += gap
        now += limiter.wait_s("a", now)
        while limiter.wait_s("a", now) > 0:  # what floating-point sums leave over
            assert limiter.wait_s("a", now) < 1e-6
            now += 1e-6
        limiter.take("a", now)


@given(delays=st.builds(Delays, free=st.integers(0, 5), first_s=st.floats(0.1, 10)))
def test_waits_grow_up_to_the_longest(delays: Delays) -> None:
    """Guessing would become cheaper with each try."""
    waits = [delays.after(failures) for failures in range(100)]
    assert all(later >= earlier for earlier, later in pairwise(waits))
    assert waits[: delays.free + 1] == [0.0] * (delays.free + 1)
    assert waits[delays.free + 1] == delays.first_s
    assert max(waits) == delays.most_s


def strict() -> Limiter:
    """Return a limiter with room in its windows and waits from the second failure."""
    return Limiter(Limit((Window(100, 1000.0),), Delays(free=1, first_s=10.0, forget_s=500.0)))


def test_failures_are_forgotten_after_a_time_only() -> None:
    """A person would wait for last year's mistakes, or a guesser for none."""
    limiter = strict()
    for now in (0.0, 1.0):
        limiter.take("a", now)
    assert limiter.wait_s("a", 1.0) == 10.0
    limiter.take("a", 11.0)
    assert limiter.wait_s("a", 11.0) == 20.0
    limiter.take("a", 600.0)
    assert limiter.wait_s("a", 600.0) == 0.0


def test_a_success_takes_back_its_own_failure_only() -> None:
    """Who owns one good card could reset the waits with it between guesses."""
    limiter = strict()
    limiter.take("a", 0.0)
    limiter.take("a", 1.0)
    limiter.take("a", 11.0)
    limiter.excuse("a")
    assert limiter.wait_s("a", 11.0) == 0.0
    limiter.take("a", 12.0)
    assert limiter.wait_s("a", 12.0) == 20.0


def test_forgiving_leaves_the_windows_and_the_others() -> None:
    """One success would open the whole window again, or help somebody else."""
    gate = Gate({"phone": Limit((Window(2, 60.0),), Delays(free=0, first_s=30.0)),
                 "address": Limit((Window(9, 60.0),), Delays(free=0, first_s=5.0))})  # fmt: skip
    keys = {"phone": "p", "address": "a"}
    assert gate.admit(keys, 0.0) is None
    gate.forgive(keys, ["phone"])
    refused = gate.admit(keys, 1.0)
    assert refused is not None
    assert (refused.limit, refused.wait_s) == ("address", 4.0)
    assert gate.admit(keys, 5.0) is None
    gate.forgive(keys, ["phone", "address"])
    refused = gate.admit(keys, 6.0)
    assert refused is not None
    assert (refused.limit, refused.wait_s) == ("phone", 54.0)


def test_who_is_refused_is_counted_nowhere() -> None:
    """A flood at one phone would use up the limit of the till, and with it of everybody."""
    gate = Gate({"phone": Limit((Window(1, 60.0),)), "whole": Limit((Window(3, 60.0),))})
    told = [gate.admit({"phone": "p", "whole": "*"}, 0.0) is None for _ in range(50)]
    assert told == [True] + [False] * 49
    others = [gate.admit({"phone": f"q{n}", "whole": "*"}, 1.0) is None for n in range(3)]
    assert others == [True, True, False]


def test_tries_side_by_side_meet_the_waits() -> None:
    """A hundred tries at once would all be admitted before the first of them is answered."""
    gate = Gate({"address": Limit((Window(1000, 60.0),), Delays(free=3))})
    told = [gate.admit({"address": "a"}, 0.0) is None for _ in range(100)]
    assert told.count(True) == 4


def test_a_full_memory_refuses_new_keys_until_an_old_one_is_cold() -> None:
    """Who sends from a hundred thousand addresses would make it forget his first one."""
    limiter = Limiter(Limit((Window(1, 60.0),)), size=2)
    limiter.take("a", 0.0)
    limiter.take("b", 10.0)
    assert limiter.wait_s("c", 20.0) == 40.0
    assert limiter.wait_s("a", 20.0) == 40.0
    assert limiter.wait_s("c", 60.0) == 0.0
    limiter.take("c", 60.0)
    assert limiter.wait_s("b", 60.0) == 10.0


@pytest.mark.parametrize(("most", "per_s"), [(0, 1.0), (1, 0.0)])
def test_a_window_that_makes_no_sense_is_refused(most: int, per_s: float) -> None:
    """A slip in the configuration would let everything through."""
    with pytest.raises(ValueError, match="window"):
        Window(most, per_s)


def test_guessing_is_told_when_it_begins_and_when_it_is_over() -> None:
    """Ten thousand tries would make ten thousand alarms, or none."""
    watch = Watch(Window(5, 60.0))
    turns = [watch.miss(now / 10) for now in range(1000)]
    told = [one for one in turns if one is not None]
    assert [(one.outcome, one.misses) for one in told] == [("began", 5)]
    assert watch.look(100.0) is None
    ended = watch.look(165.0)
    assert ended is not None
    assert (ended.outcome, ended.misses) == ("over", 1000)
    assert watch.look(300.0) is None


def test_a_few_misses_now_and_then_are_no_guessing() -> None:
    """Every slip of a cashier would wake somebody."""
    watch = Watch(Window(5, 60.0))
    assert [watch.miss(now * 20.0) for now in range(100)] == [None] * 100
