"""Configuration: every mistake is told with its place and its remedy, and no secret is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from gateway.canonical import Kind
from gateway.config import Config, ConfigProblems, load, parse, secrets_in_clear

SECRET = "очень-тайный-ключ-7788"
ACCOUNT = '[accounts.shop]\nconnector = "bitrix"\n'


class Settings(BaseModel):
    """Settings of an account, as a connector declares them."""

    key: SecretStr
    spare: SecretStr | None = None
    url: str = ""


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


def test_smallest_file_gives_safe_defaults(tmp_path: Path) -> None:
    """A first start listens to the whole network, or writes into nowhere."""
    config = loaded(tmp_path, ACCOUNT)

    assert config.http.host == "127.0.0.1"
    assert config.store_url().startswith("sqlite:////")
    assert config.store_url().endswith("data/gateway.db")
    assert not config.shares_store()
    assert config.accounts["shop"].reads == frozenset()


WRONG = [
    pytest.param("", "accounts: this key is needed: add it", id="no accounts"),
    pytest.param("[accounts]", "accounts: Dictionary should have at least 1", id="no account"),
    pytest.param(ACCOUNT + "colour = 1", "accounts.shop.colour: unknown key", id="unknown key"),
    pytest.param("[htpp]\nport = 1\n" + ACCOUNT, "htpp: unknown key", id="unknown section"),
    pytest.param("[accounts.shop]", "accounts.shop.connector: this key is needed", id="needed key"),
    pytest.param("[http]\nport = 99999\n" + ACCOUNT, "http.port: Input should be less", id="port"),
    pytest.param(ACCOUNT + "poll_s = 0", "accounts.shop.poll_s: Input should be gr", id="no pause"),
    pytest.param(ACCOUNT + 'reads = ["cats"]', "accounts.shop.reads.0: Input should be", id="kind"),
    pytest.param(
        ACCOUNT + "[accounts.shop.rate]\ncalls = -1", "accounts.shop.rate.calls:", id="rate"
    ),
    pytest.param(
        '[accounts."Shop 1"]\nconnector = "x"', "accounts.Shop 1.[key]: String", id="account name"
    ),
    pytest.param(
        '[ownership.customer]\nname = "oldest"\n' + ACCOUNT,
        "ownership.customer.name: String should match",
        id="no such rule",
    ),
    pytest.param(
        '[ownership.order]\nlines = "owner:erp"\n' + ACCOUNT,
        "ownership.order.lines: no account is called erp",
        id="owner without account",
    ),
    pytest.param(
        '[ownership]\npriority = ["erp"]\n' + ACCOUNT,
        "ownership.priority: no account is called erp",
        id="priority without account",
    ),
    pytest.param(
        ACCOUNT + 'creates = ["order"]\nupdates = ["customer"]',
        "accounts.shop.creates: what is created must also be in updates",
        id="creates without updates",
    ),
    pytest.param("accounts = ", "gateway.toml: not readable as TOML: ", id="no TOML"),
]


@pytest.mark.parametrize(("text", "wanted"), WRONG)
def test_mistake_is_told_with_its_place(tmp_path: Path, text: str, wanted: str) -> None:
    """An operator does not know what to mend, or a misspelt setting is silently missing."""
    (problem,) = problems(tmp_path, text)

    assert wanted in problem


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """A file is mended line by line, with a start in between."""
    found = problems(tmp_path, "[http]\nport = -1\nprot = 2\n" + ACCOUNT + "poll_s = -3")

    assert sorted(problem.partition(":")[0] for problem in found) == [
        "accounts.shop.poll_s", "http.port", "http.prot",
    ]  # fmt: skip


def test_missing_file_is_told(tmp_path: Path) -> None:
    """A wrong path ends in a traceback."""
    with pytest.raises(ConfigProblems, match=r"none\.toml: no such file: give one with --config"):
        load(tmp_path / "none.toml")


def test_file_in_another_encoding_is_told(tmp_path: Path) -> None:
    """A file saved by an old editor ends in a traceback."""
    path = tmp_path / "gateway.toml"
    path.write_bytes("# настройки".encode("cp1251"))

    with pytest.raises(ConfigProblems, match="not readable as TOML"):
        load(path)


def with_key(value: str) -> str:
    """A file whose account has this key."""
    return f"{ACCOUNT}[accounts.shop.settings]\nkey = {value}\n"


def settings_of(config: Config) -> dict[str, Any]:
    """The settings of the only account."""
    return config.accounts["shop"].settings


def test_secret_comes_from_the_environment(tmp_path: Path) -> None:
    """The secret that was set is not the one that is used."""
    config = loaded(tmp_path, with_key('{ env = "KEY" }'), {"KEY": SECRET})

    assert settings_of(config)["key"] == SECRET
    assert secrets_in_clear(Settings, settings_of(config), "accounts.shop.settings") == []
    assert Settings.model_validate(settings_of(config)).key.get_secret_value() == SECRET


def test_secret_comes_from_a_file_beside_the_configuration(tmp_path: Path) -> None:
    """The path is looked for in the folder of whoever starts, or the last newline is sent too."""
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "key").write_text(f"{SECRET}\n", encoding="utf-8")
    config = loaded(tmp_path, with_key('{ file = "secrets/key" }'))

    assert settings_of(config)["key"] == SECRET
    assert secrets_in_clear(Settings, settings_of(config), "accounts.shop.settings") == []


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ('{ env = "KEY" }', "accounts.shop.settings.key: the environment has no KEY: set it"),
        ('{ file = "none" }', "accounts.shop.settings.key: cannot read the secret's file: No such"),
        ('{ file = "." }', "accounts.shop.settings.key: cannot read the secret's file: Is a dir"),
    ],
)
def test_secret_that_is_not_there_is_told(tmp_path: Path, value: str, wanted: str) -> None:
    """A vendor is called with no key, and parks the account."""
    (problem,) = problems(tmp_path, with_key(value))

    assert wanted in problem


def test_secrets_in_clear_are_refused_by_name() -> None:
    """A secret lies in a file that is copied and versioned."""
    found = secrets_in_clear(Settings, {"key": SECRET, "spare": SECRET, "url": "x"}, "here")

    assert [problem.path for problem in found] == ["here.key", "here.spare"]
    assert all("env" in problem.text and "file" in problem.text for problem in found)
    assert SECRET not in "".join(map(str, found))


def test_references_are_resolved_in_lists_and_deep_tables(tmp_path: Path) -> None:
    """A secret in a nested table is sent to the vendor as a table."""
    text = ACCOUNT + '[accounts.shop.settings.deep]\nkeys = [{ env = "KEY" }, { env = "KEY" }]\n'
    config = loaded(tmp_path, text, {"KEY": SECRET})

    assert settings_of(config) == {"deep": {"keys": [SECRET, SECRET]}}


def test_urls_with_passwords_are_not_shown(tmp_path: Path) -> None:
    """A dump of the configuration shows the database's password."""
    text = '[store]\nurl = { env = "DB" }\n' + ACCOUNT
    config = loaded(tmp_path, text, {"DB": f"postgresql://user:{SECRET}@127.0.0.1/db"})

    assert config.shares_store()
    assert SECRET not in repr(config)
    assert SECRET not in str(config.model_dump())


@pytest.mark.parametrize(
    "text",
    [
        f'[http]\nport = "{SECRET}"\n{ACCOUNT}',
        f'[store]\nurl = ["{SECRET}"]\n{ACCOUNT}',
        f'{ACCOUNT}reads = "{SECRET}"',
        f'[ownership.customer]\nname = "{SECRET}"\n{ACCOUNT}',
        f'[accounts]\nshop = "{SECRET}"',
    ],
)
def test_refused_value_is_never_shown(tmp_path: Path, text: str) -> None:
    """A secret that was put in the wrong place is printed when the start fails."""
    assert problems(tmp_path, text)


def test_kinds_are_read(tmp_path: Path) -> None:
    """An account is asked for nothing although the file says so."""
    section = loaded(tmp_path, ACCOUNT + 'reads = ["customer", "order"]').accounts["shop"]

    assert section.reads == frozenset(Kind)


def test_every_owner_and_priority_that_exists_is_accepted(tmp_path: Path) -> None:
    """A right file is refused."""
    text = '[ownership]\npriority = ["shop"]\n[ownership.customer]\n"*" = "owner:shop"\n' + ACCOUNT

    assert loaded(tmp_path, text).ownership.customer == {"*": "owner:shop"}


def test_rule_for_a_field_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    """A misspelt rule is silently missing, and the wrong system wins."""
    text = '[ownership.customer]\nphnes = "owner:shop"\n' + ACCOUNT

    assert problems(tmp_path, text)[0].startswith("ownership.customer.phnes: ")


@pytest.mark.parametrize("section", ["store", "bus"])
def test_url_with_a_password_in_clear_is_refused(tmp_path: Path, section: str) -> None:
    """The password of the database or the broker lies in a file that is copied and versioned."""
    text = f'[{section}]\nurl = "amqp://gateway:{SECRET}@127.0.0.1/"\n{ACCOUNT}'

    assert problems(tmp_path, text)[0].startswith(f"{section}.url: ")


@pytest.mark.parametrize("value", ["7", "[1]", "{ x = 1 }"])
def test_reference_that_is_no_text_is_told(tmp_path: Path, value: str) -> None:
    """A slip in a reference ends in a traceback, or asks for a variable called 7."""
    (problem,) = problems(tmp_path, with_key(f"{{ env = {value} }}"))

    assert "text" in problem


def test_secret_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    """A binary key in a secret's file ends in a traceback."""
    (tmp_path / "key").write_bytes(b"\xff\xfe\x00")

    assert "accounts.shop.settings.key: " in problems(tmp_path, with_key('{ file = "key" }'))[0]


@pytest.mark.parametrize("value", ['{ env = "KEY" }', '{ file = "key" }'])
def test_empty_secret_is_told(tmp_path: Path, value: str) -> None:
    """A variable that is set to nothing calls the vendor without a key, and parks the account."""
    (tmp_path / "key").write_text("\n", encoding="utf-8")

    assert "is empty" in problems(tmp_path, with_key(value), {"KEY": ""})[0]


def test_folder_instead_of_a_file_is_told(tmp_path: Path) -> None:
    """``--config`` with a folder ends in a traceback."""
    with pytest.raises(ConfigProblems):
        load(tmp_path)


class Deep(BaseModel):
    """Settings with secrets further down."""

    class Login(BaseModel):
        """A part of settings."""

        password: SecretStr

    login: Login
    keys: list[SecretStr] = []


@pytest.mark.parametrize("data", [{"login": {"password": SECRET}}, {"keys": [SECRET]}])
def test_secrets_in_clear_are_found_further_down(data: dict[str, Any]) -> None:
    """A connector with nested settings takes secrets in clear."""
    assert len(secrets_in_clear(Deep, data, "here")) == 1


def test_data_that_are_resolved_already_are_checked_too() -> None:
    """A gateway that is put together by a program runs with a configuration nobody checked."""
    with pytest.raises(ConfigProblems, match="no account is called erp"):
        parse({"accounts": {"shop": {"connector": "x"}}, "ownership": {"priority": ["erp"]}})
