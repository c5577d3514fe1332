"""The console's benchmark: what it fills a store with, what it visits, and the tables it makes."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from benchmarks.console.__main__ import main
from benchmarks.console.happenings import LONGEST
from benchmarks.console.pages import CHROMIUM, Landmarks, Times, pages_of
from benchmarks.console.place import Place, furnish
from benchmarks.console.report import HEADINGS, RATES, missed, rate_rows, rows, verdict
from benchmarks.console.seed import Sizes, filled
from benchmarks.console.shop import Shop
from benchmarks.w1.measure import Run
from benchmarks.w1.referee import Verdict
from gateway.bootstrap.backstage import build_backstage
from gateway.bootstrap.foundation import lay_foundation
from gateway.config import load
from gateway.ops.backstage import Backstage
from gateway.ops.figures import Span
from gateway.ops.search import How
from gateway.ports import LetterFilter, PairState

SIZES = Sizes(journal=600, letters=70, entities=40, days=1)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """A furnished folder, once per engine."""
    asked = request.param == "postgresql"
    return furnish(tmp_path / "shop", request.getfixturevalue("postgres_schema") if asked else "")


@pytest.fixture
async def shop(place: Place) -> Shop:
    """What the place's store was filled with."""
    return await filled(place, SIZES, lambda *_: None)


@pytest.fixture
async def backstage(place: Place, shop: Shop) -> AsyncIterator[Backstage]:
    """The operators' services on that store."""
    del shop
    foundation = await lay_foundation(load(place.config), exclusive=False, log_to=io.StringIO())
    yield build_backstage(foundation)
    await foundation.close()


async def test_a_store_holds_as_much_as_was_asked_for(backstage: Backstage, place: Place) -> None:
    """The benchmark would measure a smaller store than it says, or one filled twice."""
    with pytest.raises(ValueError, match="holds something already"):
        await filled(place, SIZES, lambda *_: None)
    counted = await backstage.store.read(lambda tx: tx.count_dead())
    assert sum(counted.values()) == SIZES.letters
    assert await backstage.store.read(lambda tx: tx.journal_head()) == SIZES.journal
    waiting = await backstage.store.read(lambda tx: tx.count_deliveries())
    assert sum(waiting.values()) == SIZES.letters + SIZES.entities // 10
    pairs = await backstage.store.read(lambda tx: tx.count_pairs())
    assert pairs[PairState.OPEN] == SIZES.entities * 3 // 5 // 2
    assert (await backstage.reports.builder.progress()).is_done


async def test_it_can_be_read_as_operators_read_it(
    backstage: Backstage, shop: Shop, place: Place
) -> None:
    """Rows that no page can show would make quick pages."""
    marks = Landmarks.of(place)
    found = await backstage.search.look(marks.phone)
    assert found.how is How.EXACT
    assert shop.id(LONGEST) == marks.object
    assert marks.object in {line.id for line in found.lines}
    assert (await backstage.search.look(marks.slip)).how is How.NEAR
    view = await backstage.letters.show(marks.letter)
    group = LetterFilter(account=marks.account, cause_code=marks.cause_code)
    page = await backstage.letters.page(group)
    assert view.line.id in {one.id for one in page.letters}
    story = await backstage.journal.story(marks.object, limit=100)
    assert story.steps
    assert all(step.sentence.is_known for step in story.steps)
    reviews = await backstage.reviews.list(state=PairState.OPEN, limit=5)
    assert len(reviews.lines) == 5
    figures = await backstage.figures.show(Span.DAY)
    assert all(any(one.values) for one in figures.figures)


def test_the_whole_menu_and_what_stands_behind_it_is_visited() -> None:
    """A page would be slow and nobody would be told."""
    marks = Landmarks("c-1", "l1", "+79161234567", "+79161234568", "crm", "BAD")
    pages = pages_of(["/", "/live", "/news"], marks)
    assert [page.name for page in pages[:3]] == ["overview", "live", "news"]
    paths = {page.path for page in pages}
    assert {"/object/c-1", "/dead/l1", "/search?q=%2B79161234567"} <= paths
    assert len({page.name for page in pages}) == len(pages)


def test_the_table_says_which_pages_miss_their_target() -> None:
    """A slow page would stand there as if it were quick."""
    found = {
        "quick": (Times([100.0, 90.0], [5.0]), Times([120.0, 110.0], [6.0])),
        "slow": (Times([900.0], [5.0]), Times([1100.0], [6.0])),
        "grown": (Times([100.0], [5.0]), Times([301.0], [200.0])),
    }
    made = rows(found)
    assert all(len(row) == len(HEADINGS) for row in made)
    assert made[0] == ("quick", "95", "115", "1.21", "5", "6", "kept")
    assert [row[-1] for row in made[1:3]] == ["over 1000 ms", "over 3 times"]
    assert verdict(found).endswith("missed by: slow, grown")
    assert not missed(*found["quick"])


def test_rates_are_compared_within_a_round() -> None:
    """A machine that was busy in one round would decide over the target."""
    pairs = [(_run(100), _run(99)), (_run(400), _run(380)), (_run(200), _run(190))]
    made = rate_rows(pairs, [(10, 0), (12, 1), (11, 0)])
    assert [row[3] for row in made] == ["0.990", "0.950", "0.950", "0.950"]
    assert made[-1] == ("median", "200", "190", "0.950", "5.00", "5.26", "1.053", "33", "1")
    assert all(len(row) == len(RATES) for row in made)


def _run(events: int) -> Run:
    return Run(
        "gateway", 0.0, events, Verdict(0, 0, 0, 0, 0, 1.0, {}), unacknowledged=0,
        is_complete=True, cpu_s=1.0, pss_mib=1.0, commits=0,
    )  # fmt: skip


@pytest.mark.timeout(240)  # two consoles and a browser, on a machine that may do other things
@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Debian's chromium is not installed")
def test_a_tiny_measurement_makes_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    """The benchmark would not run when it is needed."""
    sizes = ("--journal", "300", "--letters", "30", "--entities", "20", "--days", "0")
    pages = ("overview", "object, longest story", "letter", "search by phone")
    assert main([*sizes, "--rounds", "1", "--only", *pages]) == 0
    told = capsys.readouterr().out.splitlines()
    assert [line.partition("  ")[0] for line in told[:-1]] == [
        "page", "overview", "search by phone", "object, longest story", "letter", "median of all",
    ]  # fmt: skip
    assert "missed by: " in told[-1]
    assert main([*sizes, "--only", "nowhere"]) == 1
