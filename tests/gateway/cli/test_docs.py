"""The guides are true: their example works, and no key is left out."""

from __future__ import annotations

import re
import tomllib
from typing import Any, get_origin

import pytest
from pydantic import BaseModel

from gateway.bootstrap.foundation import validated
from gateway.config import Config, load
from gateway.ops.faults import ExitCode
from tests.gateway.ops.house import REPOSITORY, House

CONFIGURE = REPOSITORY / "docs/how-to/configure.md"
OPERATE = REPOSITORY / "docs/how-to/operate.md"


def keys(model: type[BaseModel], prefix: str) -> list[str]:
    """Return the dotted keys of a section and of the sections in it."""
    found: list[str] = []
    for name, field in model.model_fields.items():
        inner = [
            one
            for one in (field.annotation, *getattr(field.annotation, "__args__", ()))
            if isinstance(one, type) and issubclass(one, BaseModel)
        ]
        if inner and get_origin(field.annotation) is not dict:
            found += keys(inner[0], f"{prefix}{name}.")
        elif inner:
            found += [f"{prefix}{name}.NAME", *keys(inner[0], f"{prefix}{name}.NAME.")]
        else:
            found.append(f"{prefix}{name}")
    return found


def test_every_key_is_described_and_none_that_is_not_there() -> None:
    """A key that only the code knows is found by nobody; one of the guide alone is refused."""
    text = CONFIGURE.read_text("utf-8").partition("## All keys")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `([\w.]+)` \|", text, re.MULTILINE) == keys(Config, "")


def test_the_examples_are_configurations_that_work(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An example that is refused is the reader's first impression."""
    secrets = {
        "SHOP_WEBHOOK_URL": "https://shop.example.ru/rest/1/abc/",
        "SHOP_TOKEN": "t",
        "CRM_API_KEY": "k",
        "ERP_PASSWORD": "e",
        "CDP_KEY": "c",
        "LOYALTY_PASSWORD": "l",
    }
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    pair, more = re.findall(r"```toml\n(.*?)```", CONFIGURE.read_text("utf-8"), re.DOTALL)
    document: dict[str, Any] = tomllib.loads(pair)
    assert set(document["accounts"]) == {"shop", "crm"}
    house.config.write_text(pair, "utf-8")
    assert set(validated(load(house.config))) == {"shop", "crm"}
    house.config.write_text(pair + more, "utf-8")
    assert set(validated(load(house.config))) == {"shop", "crm", "erp", "cdp", "loyalty"}


def test_every_exit_code_is_described() -> None:
    """Scripts branch on them."""
    codes = re.findall(r"^\| (\d+) \|", OPERATE.read_text("utf-8"), re.MULTILINE)
    assert [int(code) for code in codes] == [int(code) for code in ExitCode]
