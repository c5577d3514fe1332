"""``python -m benchmarks.people``: matches a base of known truth and prints what came of it."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Sequence
from time import perf_counter

from benchmarks.people.population import Habits
from benchmarks.people.records import Mishaps, made_base
from benchmarks.people.report import Score, Trial
from gateway.config import IdentitySection

HARD_HABITS = Habits(household=0.45, second_phone=0.03, changed_phone=0.06, married=0.05)
HARD = Mishaps(
    phone_typo=0.01, email_typo=0.03, alias=0.1, family_phone=0.05, family_email=0.05,
    family_card=0.05, cashier_phone=0.006, placeholder=0.01, swapped=0.06, name_typo=0.04, pet=0.06,
    initial=0.03, look_alike=0.01, latin=0.03, junk=0.04, born_typo=0.02, born_turned=0.01,
    born_default=0.02,
)  # fmt: skip
"""About twice as much of everything that goes wrong, and more families."""
THRESHOLDS = (6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 15.0)
TRADED = 60_000
say = sys.stdout.write


def show(title: str, score: Score, trial: Trial) -> None:
    """Print one result with its confusion by cause."""
    say(f"\n{title}: {len(trial.records):,} customers, {score.truth:,} true pairs\n")
    say(f"  read in {trial.read_s:.1f} s, matched in {trial.decided_s:.1f} s\n")
    say(f"  precision           {score.precision:8.3%}  of {score.joined:,} pairs joined\n")
    say(f"  recall              {score.recall:8.3%}  of {score.traced:,} pairs with a trace\n")
    say(f"  recall of all pairs {score.recall_of_all:8.3%}\n")
    say(f"  asked of people     {score.asked:8,}  of which {score.asked_right:,} are one person\n")
    whole = score.truth
    for what, causes in (
        ("missed", score.missed),
        ("no trace in the data", score.untraced),
        ("wrongly joined", score.wrong),
    ):
        total = sum(count for _, count in causes)
        say(f"  {what}: {total:,} ({total / whole:.3%} of the true pairs)\n")
        for cause, count in causes[:9]:
            say(f"    {count:>7,}  {cause}\n")


def trade_off(trial: Trial, thresholds: Sequence[float]) -> None:
    """Print precision and recall for each threshold."""
    say(f"\ntrade-off by identity.certain, {len(trial.records):,} customers\n")
    say(f"  {'certain':>8}{'precision':>12}{'recall':>10}{'of all':>10}{'asked':>9}\n")
    for certain in thresholds:
        section = IdentitySection(certain=certain, possible=min(certain, 7.0))
        score = trial.score(section)
        say(
            f"  {certain:>8.0f}{score.precision:>12.3%}{score.recall:>10.2%}"
            f"{score.recall_of_all:>10.2%}{score.asked:>9,}\n"
        )


def main() -> int:
    """Print everything; exit 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.people")
    parser.add_argument("--customers", type=int, default=450_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    began = perf_counter()
    gc.disable()  # a whole base in memory is nothing that the gateway has, and makes no cycles
    trial = Trial(made_base(asked.customers, asked.seed))
    show("usual base", trial.score(IdentitySection()), trial)
    few = min(TRADED, asked.customers)
    hard = Trial(made_base(few, asked.seed + 1, habits=HARD_HABITS, mishaps=HARD))
    show("hard base", hard.score(IdentitySection()), hard)
    trade_off(Trial(made_base(few, asked.seed + 2)), THRESHOLDS)
    say(f"\n{perf_counter() - began:.0f} s in all\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
