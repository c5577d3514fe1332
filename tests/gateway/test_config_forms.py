"""Questionnaires of the configuration: what is refused before anything starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.bootstrap import build_forms, build_gateway, lay_foundation
from gateway.config import ConfigProblems, FormSection, load
from gateway.store import upgrade
from tests.e2e.forms.stage import open_stage
from tests.gateway.identity.questionnaire.sections import CONSENTS, section


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"consents": CONSENTS[1:]}, "personal_data"),
        ({"consents": [*CONSENTS, CONSENTS[1]]}, "none comes twice"),
        ({"title": {"ru": "Анкета"}}, "title: has no text in en"),
        ({"languages": ["ru"], "title": {"en": "Form"}}, "title: has no text in ru"),
        ({"asks": ["last", "last"]}, "no field comes twice"),
        ({"optional": ["patronymic"]}, "optional: names a field that is not asked"),
        ({"fields": [{"code": "a", "kind": "choice", "label": {"ru": "А", "en": "A"}}]}, "choices"),
        ({"fields": [{"code": "a", "label": {"ru": "А"}}]}, "fields.a.label"),
        ({"proxies": ["not an address"]}, "proxies"),
        ({"bonus": "-1"}, "bonus"),
        ({"logo": "logo.exe"}, "logo"),
    ],
)
def test_a_form_that_cannot_work_is_refused(change: dict[str, Any], told: str) -> None:
    """A visitor would find the fault instead of the operator."""
    with pytest.raises(ValidationError) as refused:
        section(**change)
    assert told in str(refused.value)


def test_a_form_has_sensible_defaults() -> None:
    """The shortest section would not do."""
    plain = section()
    assert isinstance(plain, FormSection)
    assert plain.languages == ("ru", "en")
    assert [str(one) for one in section(proxies=["10.0.0.0/8"]).networks()] == ["10.0.0.0/8"]


@pytest.mark.parametrize(
    ("old", "new", "paths"),
    [
        ('site = "shop"', 'site = "nobody"', ["forms.club.site"]),
        ('site = "shop"', 'site = "sms"', ["forms.club.site"]),
        ('processor = "points"', 'processor = "house"', ["forms.club.processor"]),
        ('creates = ["customer"]', "creates = []", ["forms.club.site", "forms.club.processor"]),
        ('email = "mail"\n', "", ["codes"]),
    ],
)
async def test_a_form_of_accounts_that_do_not_serve_it_is_refused(
    tmp_path: Path, old: str, new: str, paths: list[str]
) -> None:
    """The first visitor's customer would never arrive."""
    async with open_stage(tmp_path) as stage:
        stage.config.write_text(stage.config.read_text("utf-8").replace(old, new), "utf-8")
        config = load(stage.config, env=dict(stage.env))
        upgrade(config.store_url())
        foundation = await lay_foundation(
            config, exclusive=True, env=dict(stage.env), log_to=stage.log
        )
        try:
            with pytest.raises(ConfigProblems) as refused:
                build_forms(build_gateway(foundation))
        finally:
            await foundation.close()
        assert [one.path for one in refused.value.problems] == paths
