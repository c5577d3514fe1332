"""Secrets of the configuration: they come from elsewhere, are there, and are never shown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import AliasChoices, BaseModel, Field, RootModel, Secret, SecretStr

from gateway.config import Config, secrets_in_clear
from tests.gateway.config_files import ACCOUNT, SECRET, loaded, problems


class Settings(BaseModel):
    """Settings of an account, as a connector declares them."""

    key: SecretStr
    spare: SecretStr | None = None
    url: str = ""


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


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://gateway@127.0.0.1/gateway",
        "postgresql://gateway:@127.0.0.1:5432/gateway?sslmode=require",
        "sqlite:////var/lib/a:b@c/gateway.db",
    ],
)
def test_url_without_a_password_may_stand_in_the_file(tmp_path: Path, url: str) -> None:
    """An address that is no secret has to be hidden from those who read the file."""
    assert loaded(tmp_path, f'[store]\nurl = "{url}"\n{ACCOUNT}').store_url() == url


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://127.0.0.1/gateway?user=gateway&password={SECRET}",
        f"postgresql://127.0.0.1/gateway?sslpassword={SECRET}",
        f"postgresql://gateway:a/{SECRET}@127.0.0.1/gateway",
        f"amqp://one@127.0.0.1;amqp://two:{SECRET}@127.0.0.1",
        f"amqp://:{SECRET}@127.0.0.1//",
    ],
)
def test_password_is_found_wherever_a_driver_finds_it(tmp_path: Path, url: str) -> None:
    """A password that is spelt in a rarer way lies in the file."""
    (problem,) = problems(tmp_path, f'[bus]\nurl = "{url}"\n{ACCOUNT}')

    assert problem.startswith("bus.url: it holds a password: write the whole URL as { env")


@pytest.mark.parametrize("text", ['{ env = "" }', '{ file = " " }', "{ file = 7 }"])
def test_reference_that_names_nothing_is_told(tmp_path: Path, text: str) -> None:
    """A reference that was left open is read as the folder, or as a variable without a name."""
    (problem,) = problems(tmp_path, with_key(text))

    assert "must be a text: write { " in problem


def test_reference_that_names_nothing_hides_no_other_mistake(tmp_path: Path) -> None:
    """A file is mended line by line, or a missing variable is told twice."""
    text = f'[http]\nport = {{ env = "PORT" }}\nprot = 1\n{ACCOUNT}reads = [{{ env = "KIND" }}]\n'

    assert sorted(one.partition(":")[0] for one in problems(tmp_path, text)) == [
        "accounts.shop.reads.0", "http.port", "http.prot",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["env", "file"])
def test_tables_are_no_references(tmp_path: Path, name: str) -> None:
    """An account, or a vendor's only setting, cannot be called env or file."""
    text = f'[accounts.{name}]\nconnector = "x"\nsettings = {{ {name} = "prices.csv" }}\n'
    config = loaded(tmp_path, text)

    assert config.accounts[name].settings == {name: "prices.csv"}
    assert problems(tmp_path, f'{name} = "x"\n{text}')[0].startswith(f"{name}: unknown key")


class Login(BaseModel):
    """A part of settings."""

    password: SecretStr
    user: str = ""


class Tokens(RootModel[dict[str, SecretStr]]):
    """A part of settings that is a map as a whole."""


class Deep(BaseModel):
    """Settings with secrets further down and in all the shapes that pydantic knows."""

    login: Login | None = None
    logins: dict[str, Login] = {}
    keys: list[SecretStr] = []
    pair: tuple[str, SecretStr] | None = None
    many: tuple[Annotated[SecretStr, Field(min_length=1)], ...] = ()
    pin: Secret[int] | None = None
    tokens: Tokens | None = None
    named: SecretStr | None = Field(  # type: ignore[pydantic-alias]
        default=None, validation_alias=AliasChoices("key", "token")
    )


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ({"login": {"password": SECRET, "user": "Алёна"}}, "login.password"),
        ({"logins": {"one": {"password": SECRET}}}, "logins.one.password"),
        ({"keys": [SECRET]}, "keys.0"),
        ({"pair": ["Алёна", SECRET]}, "pair.1"),
        ({"many": [SECRET]}, "many.0"),
        ({"pin": 7788}, "pin"),
        ({"tokens": {"one": SECRET}}, "tokens.one"),
        ({"token": SECRET}, "token"),
    ],
)
def test_secrets_in_clear_are_found_further_down(data: dict[str, Any], place: str) -> None:
    """A connector with nested settings takes secrets in clear."""
    assert [problem.path for problem in secrets_in_clear(Deep, data, "here")] == [f"here.{place}"]


def test_references_further_down_are_taken(tmp_path: Path) -> None:
    """A secret that is kept apart as it should be is refused."""
    text = (
        ACCOUNT + "[accounts.shop.settings]\n"
        'keys = [{ env = "KEY" }]\npair = ["Алёна", { env = "KEY" }]\ntoken = { env = "KEY" }\n'
        'login = { password = { env = "KEY" }, user = "Алёна" }\n'
    )
    settings = settings_of(loaded(tmp_path, text, {"KEY": SECRET}))

    assert secrets_in_clear(Deep, settings, "here") == []
    assert Deep.model_validate(settings).keys[0].get_secret_value() == SECRET
