"""Reading: from the file to a checked configuration, with all problems told at once."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from gateway.canonical import Kind
from gateway.config.in_clear import keys_in_clear, urls_in_clear
from gateway.config.patterns import is_pattern, nearest
from gateway.config.problems import ConfigProblems, Problem, problems_of
from gateway.config.references import References
from gateway.config.sections import Config


def load(path: Path, *, env: Mapping[str, str] = os.environ) -> Config:
    """Read and validate the file. Raises ``ConfigProblems`` naming every error."""
    references = References(path.parent, env)
    resolved = references.resolve(_document(path))
    problems = [*references.problems, *urls_in_clear(resolved), *keys_in_clear(resolved)]
    told = {problem.path for problem in problems}
    try:
        config = parse(resolved)
    except ConfigProblems as error:
        # A reference that named nothing left no value, which is no second problem.
        problems += [problem for problem in error.problems if problem.path not in told]
        raise ConfigProblems(problems) from None
    if problems:
        raise ConfigProblems(problems)
    return config


def parse(data: Mapping[str, Any]) -> Config:
    """Validate data whose secrets are resolved already."""
    try:
        config = Config.model_validate(data)
    except ValidationError as error:
        raise ConfigProblems(problems_of(error)) from None
    problems = [*_ownership_checks(config), *_account_checks(config)]
    if problems:
        raise ConfigProblems(problems)
    return config


def _document(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        text = "no such file: give one with --config"
        raise ConfigProblems([Problem(str(path), text)]) from error
    except OSError as error:
        text = f"cannot be read ({error.strerror}): give a readable file with --config"
        raise ConfigProblems([Problem(str(path), text)]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigProblems([Problem(str(path), f"not readable as TOML: {error}")]) from error


def _ownership_checks(config: Config) -> Iterable[Problem]:
    for name in config.ownership.priority:
        if name not in config.accounts:
            yield Problem("ownership.priority", f"no account is called {name}")
    for kind in Kind:
        for pattern, rule in getattr(config.ownership, str(kind)).items():
            path = f"ownership.{kind}.{pattern}"
            if not is_pattern(kind, pattern):
                yield Problem(path, _no_field(kind, pattern))
            owner = rule.partition(":")[2]
            if owner and owner not in config.accounts:
                yield Problem(path, f"no account is called {owner}")


def _no_field(kind: Kind, pattern: str) -> str:
    meant = nearest(kind, pattern)
    hint = f"did you mean {meant}?" if meant else "write a field's path without keys of items, or *"
    return f"no field of {kind} is called so: {hint}"


def _account_checks(config: Config) -> Iterable[Problem]:
    for name, account in config.accounts.items():
        if account.creates - account.updates:
            yield Problem(
                f"accounts.{name}.creates", "what is created must also be in updates: add it there"
            )
