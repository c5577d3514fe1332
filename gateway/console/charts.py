"""Charts: series in, shapes out; the template ``charts/chart.html`` draws them as SVG.

Drawn by the server, so that a chart is there without a script and under the strictest content
security policy. All lengths are in the units of the view box, which keeps its ratio on any screen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log10
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["line", "bars", "spark"]
Tone: TypeAlias = Literal["", "good", "bad", "warn", "calm"]

COLOURS = 8
"""So many colours stand in ``charts.css``; a further series takes the first again."""

_WIDE, _HIGH = 480.0, 200.0
_SPARK_WIDE, _SPARK_HIGH = 120.0, 28.0
_TOP, _BOTTOM, _RIGHT = 12.0, 26.0, 12.0
_LETTER = 7.0
"""Width of a letter of the labels, a little more than it takes."""
_TICKS = 4
_BAR_SHARE = 0.76
_NICE = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Series:
    """One line, or one colour of bars. Shape: a value per label, ``None`` where there is none.

    ``tone`` gives the colour a meaning; without it the colours follow each other.
    """

    name: str
    values: tuple[float | None, ...]
    tone: Tone = ""


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark at an axis: where along it, and the value or text there."""

    at: float
    value: float = 0.0
    text: str = ""
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Point:
    """A value in the picture. ``lone``: no line leads to it, so that it must show by itself."""

    x: float
    y: float
    label: str
    value: float
    lone: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A value as a bar."""

    x: float
    y: float
    width: float
    height: float
    label: str
    value: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """One series as shapes. ``lines`` are the ``points`` of polylines, broken where values lack."""

    name: str
    css: str
    lines: tuple[str, ...] = ()
    points: tuple[Point, ...] = ()
    bars: tuple[Bar, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawing:
    """All shapes of a chart. ``base`` is where zero is, or the lowest tick."""

    width: float
    height: float
    left: float
    right: float
    base: float
    ticks: tuple[Tick, ...]
    labels: tuple[Tick, ...]
    series: tuple[Drawn, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """What is shown over what. Texts are in the viewer's language already.

    Raises: ``ValueError`` for a series with more or fewer values than there are labels.
    """

    title: str
    unit: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    kind: Kind = "line"

    def __post_init__(self) -> None:
        for one in self.series:
            if len(one.values) != len(self.labels):
                msg = f"{one.name}: {len(one.values)} values for {len(self.labels)} labels"
                raise ValueError(msg)

    @property
    def is_empty(self) -> bool:
        """True when there is no value at all; zero is a value."""
        return all(value is None for one in self.series for value in one.values)

    @property
    def rows(self) -> Iterator[tuple[str, tuple[float | None, ...]]]:
        """The figures as a table, a row per label."""
        for at, label in enumerate(self.labels):
            yield label, tuple(one.values[at] for one in self.series)

    @property
    def drawing(self) -> Drawing:
        """The shapes. Not for a chart that is empty."""
        return _Pen(self).drawing()


def nice_ticks(
    low: float, high: float, *, about: int = _TICKS, whole: bool = False
) -> tuple[float, ...]:
    """Return round values, evenly spaced, that enclose ``low`` to ``high`` and zero.

    Shape: at least two, rising; with ``whole`` whole numbers, for what is counted.
    """
    low, high = min(low, 0.0), max(high, 0.0)
    if high - low <= 0:
        high = 1.0
    rough = (high - low) / about
    magnitude = 10.0 ** floor(log10(rough))
    steps = (nice * magnitude for nice in _NICE if rough <= nice * magnitude * (1 + 1e-9))
    if whole:
        steps = (max(1.0, one) for one in steps if one <= 1 or one % 1 == 0)
    step = next(steps)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return tuple(round(at * step, 12) for at in range(first, last + 1))


def css_of(at: int, tone: str) -> str:
    """Return the class of ``charts.css`` that gives a series its colour."""
    return f"chart-{tone}" if tone else f"chart-s{at % COLOURS}"


class _Pen:
    """Places one chart."""

    def __init__(self, chart: Chart) -> None:
        self._chart = chart
        self._is_spark = chart.kind == "spark"
        self.width = _SPARK_WIDE if self._is_spark else _WIDE
        self.height = _SPARK_HIGH if self._is_spark else _HIGH
        known = [value for one in chart.series for value in one.values if value is not None]
        counts = all(float(value).is_integer() for value in known)
        self._values = nice_ticks(min(known), max(known), whole=counts)
        self.top = 2.0 if self._is_spark else _TOP
        self.bottom = self.height - (2.0 if self._is_spark else _BOTTOM)
        self.left = 2.0 if self._is_spark else self._margin()
        self.right = self.width - (2.0 if self._is_spark else _RIGHT)

    def _margin(self) -> float:
        texts = (f"{value:,.2f}".rstrip("0").rstrip(".") for value in self._values)
        return 12.0 + _LETTER * max(map(len, texts))

    def drawing(self) -> Drawing:
        draw = self._bars if self._chart.kind == "bars" else self._line
        return Drawing(
            width=self.width,
            height=self.height,
            left=self.left,
            right=self.right,
            base=self._y(0.0),
            ticks=() if self._is_spark else tuple(Tick(self._y(v), v) for v in self._values),
            labels=() if self._is_spark else tuple(self._labels()),
            series=tuple(draw(at, one) for at, one in enumerate(self._chart.series)),
        )

    def _y(self, value: float) -> float:
        low, high = self._values[0], self._values[-1]
        return round(self.bottom - (value - low) / (high - low) * (self.bottom - self.top), 2)

    def _x(self, at: int) -> float:
        """Return the middle of a label's place."""
        count = len(self._chart.labels)
        if self._chart.kind == "bars":
            return round(self.left + (at + 0.5) * (self.right - self.left) / count, 2)
        if count == 1:
            return round((self.left + self.right) / 2, 2)
        return round(self.left + at * (self.right - self.left) / (count - 1), 2)

    def _labels(self) -> Iterator[Tick]:
        """Show as many labels as have room."""
        labels = self._chart.labels
        room = max(len(label) for label in labels) * _LETTER + 14.0
        step = max(1, ceil(len(labels) * room / (self.right - self.left)))
        for at in range(0, len(labels), step):
            x, half = self._x(at), len(labels[at]) * _LETTER / 2
            over = x + half > self.width
            yield Tick(min(x, self.width), text=labels[at], anchor="end" if over else "middle")

    def _line(self, at: int, series: Series) -> Drawn:
        runs = list(_runs(series.values))
        return Drawn(
            series.name,
            css_of(at, series.tone),
            lines=tuple(
                " ".join(f"{self._x(one):g},{self._y(value):g}" for one, value in run)
                for run in runs
                if len(run) > 1
            ),
            points=tuple(
                Point(self._x(one), self._y(value), self._chart.labels[one], value, len(run) == 1)
                for run in runs
                for one, value in run
            ),
        )

    def _bars(self, at: int, series: Series) -> Drawn:
        place = (self.right - self.left) / len(self._chart.labels)
        width = place * _BAR_SHARE / len(self._chart.series)
        bars = []
        for one, value in enumerate(series.values):
            if value is not None:
                x = self.left + one * place + place * (1 - _BAR_SHARE) / 2 + at * width
                edges = sorted((self._y(0.0), self._y(value)))
                bars.append(
                    Bar(
                        round(x, 2), edges[0], round(width, 2), round(edges[1] - edges[0], 2),
                        self._chart.labels[one], value,
                    )
                )  # fmt: skip
        return Drawn(series.name, css_of(at, series.tone), bars=tuple(bars))


def _runs(values: Sequence[float | None]) -> Iterable[list[tuple[int, float]]]:
    """Split at what is missing: a gap is drawn as a gap, never as a line across it."""
    known = [(at, value) for at, value in enumerate(values) if value is not None]
    run = known[:1]
    for before, after in pairwise(known):
        if after[0] != before[0] + 1:
            yield run
            run = []
        run.append(after)
    if run:
        yield run
