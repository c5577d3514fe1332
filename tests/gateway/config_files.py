"""Configuration files of tests: written, loaded, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config import Config, ConfigProblems, load

SECRET = "очень-тайный-ключ-7788"
ACCOUNT = '[accounts.shop]\nconnector = "bitrix"\n'


def loaded(folder: Path, text: str, env: dict[str, str] | None = None) -> Config:
    """Load a file of this text."""
    path = folder / "gateway.toml"
    path.write_text(text, encoding="utf-8")
    return load(path, env=env or {})


def problems(folder: Path, text: str, env: dict[str, str] | None = None) -> list[str]:
    """Return what is wrong with a file of this text."""
    with pytest.raises(ConfigProblems) as caught:
        loaded(folder, text, env)
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(caught.value)
    return [str(problem) for problem in caught.value.problems]
