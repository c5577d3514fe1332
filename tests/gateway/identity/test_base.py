"""A base of known truth: how much of it is found, and how little is glued that is two.

The base is made by ``benchmarks.people`` from its own model of mishaps, which knows nothing of the
rules; ``make bench-identity`` prints the same for 450,000 customers.
"""

from __future__ import annotations

import pytest

from benchmarks.people.records import made_base
from benchmarks.people.report import Score, Trial
from gateway.config import IdentitySection

CUSTOMERS = 20_000


@pytest.fixture(scope="module")
def trial() -> Trial:
    """A base, read once."""
    return Trial(made_base(CUSTOMERS, seed=1))


@pytest.fixture(scope="module")
def score(trial: Trial) -> Score:
    """What the default rules find."""
    return trial.score(IdentitySection())


def test_the_base_is_worth_the_trial(trial: Trial, score: Score) -> None:
    """A base without families, aliases and lost numbers would prove nothing."""
    befallen = {name for record in trial.records.values() for name in record.mishaps}
    assert befallen >= {
        "phone_typo", "email_typo", "alias", "family_phone", "family_email", "family_card",
        "cashier_phone", "placeholder", "swapped", "name_typo", "changed_phone", "married", "junk",
    }  # fmt: skip
    assert score.truth > CUSTOMERS / 2
    assert 0.9 < score.traced / score.truth < 1


def test_precision_and_recall_hold(score: Score) -> None:
    """Strangers would share an account, or most duplicates stay."""
    assert score.precision >= 0.999
    assert score.recall >= 0.97


def test_people_are_asked_about_few_and_mostly_rightly(score: Score) -> None:
    """The list would be so long that nobody works on it."""
    assert score.asked < CUSTOMERS / 50
    assert score.asked_right > score.asked / 2


def test_the_threshold_trades_recall_for_precision(trial: Trial, score: Score) -> None:
    """Whoever fears a wrong merge could not ask for fewer."""
    strict = trial.score(IdentitySection(certain=15))
    assert strict.recall < score.recall
    assert strict.precision >= score.precision
    assert strict.asked > score.asked


def test_two_bases_of_one_seed_are_one() -> None:
    """A table could not be measured again."""
    assert made_base(500, seed=3) == made_base(500, seed=3)
    assert made_base(500, seed=3) != made_base(500, seed=4)
