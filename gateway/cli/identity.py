"""Commands of ``gateway identity``: names, options and help; the work is in ``identity_desk``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from gateway.cli.options import DEFAULT_CONFIG, AsJson, ConfigPath, Unmask, Who

identity = typer.Typer(help="Who is who: duplicates and decisions.", no_args_is_help=True)


class Verdict(StrEnum):
    """What an operator may say about two customers."""

    SAME = "same"
    DIFFERENT = "different"


class Listed(StrEnum):
    """Which pairs are listed."""

    OPEN = "open"
    PROPOSED = "proposed"
    SAME = "same"
    DIFFERENT = "different"
    DENIED = "denied"
    APART = "apart"
    MERGED = "merged"


class Language(StrEnum):
    """Language of reasons."""

    RU = "ru"
    EN = "en"


InLanguage = Annotated[Language, typer.Option("--language", help="Language of the reasons.")]


@identity.command("scan")
def identity_scan(
    *,
    restart: Annotated[bool, typer.Option(help="Begin anew instead of going on.")] = False,
    pages: Annotated[int | None, typer.Option(min=1, help="Stop after so many pages.")] = None,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Look through the whole base for duplicates; nothing is merged.

    It may be cut at any time and goes on where it was. Certain pairs are proposed for merging,
    doubtful ones are put before a person.
    """
    from gateway.cli.identity_desk import run_scan  # noqa: PLC0415 - keeps help quick

    run_scan(config, pages=pages, restart=restart, as_json=as_json)


@identity.command("reviews")
def identity_reviews(
    *,
    state: Annotated[Listed, typer.Option(help="Which pairs.")] = Listed.OPEN,
    after: Annotated[str | None, typer.Option(help="From the page before.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many.")] = 20,
    language: InLanguage = Language.RU,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """List pairs of customers, the most certain first, each with what speaks for and against."""
    from gateway.cli.identity_desk import list_reviews  # noqa: PLC0415 - keeps help quick

    list_reviews(
        config, state=state.value, after=after, limit=limit, language=language.value,
        as_json=as_json,
    )  # fmt: skip


@identity.command("show")
def identity_show(
    pair: Annotated[str, typer.Argument(help="A pair's id.")],
    *,
    who: Who,
    unmask: Unmask = False,
    language: InLanguage = Language.RU,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Show both records side by side."""
    from gateway.cli.identity_desk import show_review  # noqa: PLC0415 - keeps help quick

    show_review(config, pair, unmask=unmask, who=who, language=language.value, as_json=as_json)


@identity.command("decide")
def identity_decide(
    pair: Annotated[str, typer.Argument(help="A pair's id.")],
    verdict: Annotated[Verdict, typer.Argument(help="Are they one person?")],
    *,
    reason: Annotated[str, typer.Option(help="Why; it is kept.")],
    who: Who,
    config: ConfigPath = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Say that two are one person, or two; the latter is not asked again without new evidence."""
    from gateway.cli.identity_desk import decide_review  # noqa: PLC0415 - keeps help quick

    decide_review(
        config, pair, same=verdict is Verdict.SAME, reason=reason, who=who, as_json=as_json
    )
