"""Charts: round ticks, true shapes, words for nothing, figures for those who do not see."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from gateway import console
from gateway.console.charts import COLOURS, Chart, Series, css_of, nice_ticks

HERE = Path(next(iter(console.__path__)))
FIGURES = st.floats(-1e12, 1e12, allow_nan=False).map(lambda value: round(value, 6))


def drawn(chart: Chart) -> html.HtmlElement:
    """Draw a chart as a page of the console would."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.from_string(
        '{% from "charts/chart.html" import chart with context %}{{ chart(one) }}'
    )
    return html.fragment_fromstring(
        page.render(one=chart, _=str, number=lambda value: f"{value:g}")
    )


@given(FIGURES, FIGURES)
def test_ticks_are_even_few_and_enclose_all(one: float, other: float) -> None:
    """Whatever the figures, the axis is even, not crowded, and holds them and zero."""
    low, high = sorted((one, other))
    ticks = nice_ticks(low, high)
    room = (high - low) * 1e-8
    assert ticks[0] <= min(low, 0.0) + room
    assert ticks[-1] >= max(high, 0.0) - room
    assert 2 <= len(ticks) <= 7
    steps = [after - before for before, after in pairwise(ticks)]
    assert steps == pytest.approx([steps[0]] * len(steps))
    assert 0.0 in ticks


@pytest.mark.parametrize(
    ("high", "ticks"),
    [
        (0, (0.0, 0.25, 0.5, 0.75, 1.0)),
        (1, (0.0, 0.25, 0.5, 0.75, 1.0)),
        (97, (0.0, 25.0, 50.0, 75.0, 100.0)),
        (1234, (0.0, 500.0, 1000.0, 1500.0)),
    ],
)
def test_ticks_are_round(high: float, ticks: tuple[float, ...]) -> None:
    """People read 50 and 500, never 48.5."""
    assert nice_ticks(0, high) == ticks


@given(st.integers(0, 10**9))
def test_counts_have_whole_ticks(high: int) -> None:
    """Nobody sells a quarter of an order."""
    ticks = nice_ticks(0, high, whole=True)
    assert all(tick.is_integer() for tick in ticks)
    assert ticks[-1] >= high
    assert 2 <= len(ticks) <= 7


@given(st.lists(st.none() | FIGURES, min_size=1, max_size=40), st.sampled_from(["line", "bars"]))
def test_every_value_is_drawn_once_inside_the_picture(
    values: list[float | None], kind: str
) -> None:
    """No figure is lost, and none stands outside."""
    labels = tuple(str(at) for at in range(len(values)))
    made = Chart("t", "", labels, (Series("s", tuple(values)),), kind)  # type: ignore[arg-type]
    known = [value for value in values if value is not None]
    assert made.is_empty == (not known)
    if not known:
        return
    picture = made.drawing
    [series] = picture.series
    shapes = series.bars or series.points
    assert [shape.value for shape in shapes] == known
    for shape in shapes:
        assert picture.left <= shape.x <= picture.right
        assert 0 <= shape.y <= picture.height


def test_higher_values_stand_higher_and_gaps_stay_gaps() -> None:
    """No line leads across what is not known."""
    one = Chart("t", "", tuple("abcde"), (Series("s", (1.0, 3.0, None, 2.0, 0.0)),))
    [series] = one.drawing.series
    assert len(series.lines) == 2
    ys = {point.label: point.y for point in series.points}
    assert ys["b"] < ys["d"] < ys["a"] < ys["e"] == one.drawing.base


def test_a_point_between_gaps_shows_by_itself() -> None:
    """A value without neighbours would have no line to show it."""
    one = Chart("t", "", tuple("abc"), (Series("s", (None, 3.0, None)),))
    [series] = one.drawing.series
    assert [(point.label, point.lone) for point in series.points] == [("b", True)]
    assert len(drawn(one).xpath(".//circle[contains(@class, 'chart-lone')]")) == 1


def test_bars_of_several_series_stand_side_by_side() -> None:
    """Bars never cover each other."""
    one = Chart("t", "", ("a", "b"), (Series("x", (1.0, 2.0)), Series("y", (3.0, -1.0))), "bars")
    bars = sorted(
        (bar.x, bar.x + bar.width) for series in one.drawing.series for bar in series.bars
    )
    assert all(before[1] <= after[0] + 0.02 for before, after in pairwise(bars))


def test_labels_never_run_into_each_other() -> None:
    """Three hours of minutes show some labels, with room between."""
    labels = tuple(f"{at // 60:02}:{at % 60:02}" for at in range(180))
    shown = Chart("t", "", labels, (Series("s", (1.0,) * 180),)).drawing.labels
    assert 3 <= len(shown) <= 12
    assert all(after.at - before.at > 5 * 7 for before, after in pairwise(shown))


def test_the_picture_tells_each_point_and_the_table_holds_the_figures() -> None:
    """Hovering and screen readers tell the same figures."""
    found = drawn(
        Chart(
            "Принято", "в минуту", ("12:00", "12:01"),
            (Series("site", (5.0, None)), Series("crm", (0.0, 7.0), tone="bad")),
        )
    )  # fmt: skip
    titles = [title.text for title in found.xpath(".//circle/title")]
    assert titles == [
        "12:00 · site: 5 в минуту", "12:00 · crm: 0 в минуту", "12:01 · crm: 7 в минуту",
    ]  # fmt: skip
    rows = [[cell.text_content() for cell in row] for row in found.xpath(".//table//tr")]
    assert rows == [["", "site", "crm"], ["12:00", "5", "0"], ["12:01", "", "7"]]
    assert found.xpath(".//svg")[0].get("aria-label") == "Принято"
    assert [item.text_content().strip() for item in found.xpath(".//li")] == ["site", "crm"]
    assert found.xpath(".//g[@class='chart-bad']/polyline")


def test_nothing_is_told_in_words() -> None:
    """An empty picture would look like a broken one."""
    for one in (Chart("t", "", (), ()), Chart("t", "", ("a",), (Series("s", (None,)),))):
        found = drawn(one)
        assert not found.xpath(".//svg")
        assert "No figures" in found.text_content()


def test_a_spark_is_the_line_and_its_figures_alone() -> None:
    """A spark stands in a cell: no title, no labels."""
    found = drawn(Chart("t", "", ("a", "b"), (Series("s", (1.0, 2.0)),), "spark"))
    assert not found.xpath(".//text | .//li | .//figcaption")
    assert len(found.xpath(".//polyline")) == 1
    assert len(found.xpath(".//table/tbody/tr")) == 2


def test_names_are_text_never_markup() -> None:
    """A name from outside cannot become a tag."""
    found = drawn(Chart("<b>t</b>", "<i>", ("<u>",), (Series("<script>x</script>", (1.0,)),)))
    assert not found.xpath(".//b | .//i | .//u | .//script")
    assert "<script>x</script>" in found.xpath(".//circle/title")[0].text


def test_every_colour_is_in_the_style_sheet() -> None:
    """Each class that is drawn has its colour, from the theme."""
    sheet = (HERE / "static" / "charts.css").read_text()
    tones = ("good", "bad", "warn", "calm")
    for css in [css_of(at, "") for at in range(COLOURS)] + [css_of(0, tone) for tone in tones]:
        assert f".{css} {{ color: var(--tblr-" in sheet
    assert css_of(COLOURS, "") == css_of(0, "")


def test_a_series_must_fit_its_labels() -> None:
    """A shifted series would lie."""
    with pytest.raises(ValueError, match="2 values for 1 labels"):
        Chart("t", "", ("a",), (Series("s", (1.0, 2.0)),))
