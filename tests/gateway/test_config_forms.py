"""Questionnaires of the configuration: what is refused before anything starts."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import ValidationError

from gateway.bootstrap.forms import build_forms, form_problems
from gateway.bootstrap.foundation import lay_foundation
from gateway.bootstrap.running import build_gateway
from gateway.cli.checking import check_all
from gateway.config import ConfigProblems, FormSection, load
from tests.e2e.forms.stage import open_stage
from tests.gateway.identity.questionnaire.sections import CONSENTS, section
from tests.stores import upgrade


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
        ('theme = "green"', 'logo = "nowhere.svg"', ["forms.club.logo"]),
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
            assert [one.path for one in form_problems(foundation)] == paths
            with pytest.raises(ConfigProblems) as refused:
                build_forms(build_gateway(foundation))
        finally:
            await foundation.close()
        assert [one.path for one in refused.value.problems] == paths


async def test_a_check_tells_of_forms(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A platform engineer would learn of a fault only at the start."""
    async with open_stage(tmp_path) as stage:
        text = stage.config.read_text("utf-8").replace('site = "shop"', 'site = "sms"')
        stage.config.write_text(text, "utf-8")
        with pytest.MonkeyPatch.context() as patch:
            for name, value in stage.env.items():
                patch.setenv(name, value)
            with pytest.raises(typer.Exit):
                await asyncio.to_thread(check_all, stage.config, as_json=True)
    checks = {one["name"]: one for one in json.loads(capsys.readouterr().out)["checks"]}
    assert not checks["forms"]["ok"]
    assert "forms.club.site" in checks["forms"]["notes"][0]


async def test_a_logo_is_shown_and_never_run(tmp_path: Path) -> None:
    """A picture with a script in it would act for the shop's page."""
    logo = tmp_path / "logo.svg"
    logo.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", "utf-8")
    async with open_stage(tmp_path, form=f'logo = "{logo}"') as stage:
        await stage.start(works=False)
        page = await stage.http.get(f"{stage.url}/forms/club")
        assert 'src="/forms/club/logo"' in page.text
        shown = await stage.http.get(f"{stage.url}/forms/club/logo")
    assert shown.content == logo.read_bytes()
    assert shown.headers["content-type"].startswith("image/svg+xml")
    assert "sandbox" in shown.headers["content-security-policy"]
