"""Configuration: every mistake is told with its place and its remedy, and no secret is shown."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from gateway.bootstrap.required import required_at
from gateway.canonical import Canonical, Kind
from gateway.canonical.paths import MODELS, pattern, spoken
from gateway.config import ConfigProblems, load, parse
from gateway.sync.required import Contact, Required
from tests.gateway.canonical.samples import CARDS, CUSTOMERS, ORDERS, PRODUCTS
from tests.gateway.config_files import ACCOUNT, SECRET, loaded, problems


def test_smallest_file_gives_safe_defaults(tmp_path: Path) -> None:
    """A first start listens to the whole network, or writes into nowhere."""
    config = loaded(tmp_path, ACCOUNT)

    assert config.http.host == "127.0.0.1"
    assert config.store_url().startswith("sqlite:////")
    assert config.store_url().endswith("data/gateway.db")
    assert not config.shares_store()
    assert config.accounts["shop"].reads == frozenset()


REQUIRED = [
    ("", Required()),
    ('required = ["email"]', Required({Contact.EMAIL})),
    ('incomplete = "refuse"', Required(refuses=True)),
]


@pytest.mark.parametrize(("said", "meant"), REQUIRED)
def test_an_account_requires_what_the_shop_does_unless_it_says_otherwise(
    tmp_path: Path, said: str, meant: Required
) -> None:
    """A requirement of the whole shop is forgotten at one account, or cannot be lifted there."""
    own = loaded(tmp_path, f"{ACCOUNT}{said}\n")
    common = '[identity]\nrequired = ["phone"]\n'
    whole = loaded(tmp_path, f"{common}{ACCOUNT}{said}\n")
    lifted = loaded(tmp_path, f"{common}{ACCOUNT}required = []\n")

    assert required_at(own, "shop") == replace(meant, contacts=frozenset(meant.contacts))
    assert required_at(whole, "shop").contacts == frozenset(meant.contacts or {Contact.PHONE})
    assert required_at(whole, "house").contacts == {Contact.PHONE}
    assert required_at(lifted, "shop").contacts == frozenset()


WRONG = [
    pytest.param("", "accounts: this key is needed: add it", id="no accounts"),
    pytest.param("[accounts]", "accounts: Dictionary should have at least 1", id="no account"),
    pytest.param(ACCOUNT + "colour = 1", "accounts.shop.colour: unknown key", id="unknown key"),
    pytest.param("[htpp]\nport = 1\n" + ACCOUNT, "htpp: unknown key", id="unknown section"),
    pytest.param("[accounts.shop]", "accounts.shop.connector: this key is needed", id="needed key"),
    pytest.param("[http]\nport = 99999\n" + ACCOUNT, "http.port: Input should be less", id="port"),
    pytest.param('[log]\nlevel = "all"\n' + ACCOUNT, "log.level: Input should be", id="level"),
    pytest.param(ACCOUNT + "poll_s = 0", "accounts.shop.poll_s: Input should be gr", id="no pause"),
    pytest.param(
        ACCOUNT + 'required = ["fax"]', "accounts.shop.required.0: Input should be", id="contact"
    ),
    pytest.param(
        '[identity]\nincomplete = "drop"\n' + ACCOUNT,
        "identity.incomplete: Input should be 'queue' or 'refuse'",
        id="what becomes of incomplete ones",
    ),
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
    text = 'reads = ["customer", "card", "product", "order"]'
    section = loaded(tmp_path, ACCOUNT + text).accounts["shop"]

    assert section.reads == frozenset(Kind)


def test_every_owner_and_priority_that_exists_is_accepted(tmp_path: Path) -> None:
    """A right file is refused."""
    text = '[ownership]\npriority = ["shop"]\n[ownership.customer]\n"*" = "owner:shop"\n' + ACCOUNT

    assert loaded(tmp_path, text).ownership.customer == {"*": "owner:shop"}


def test_rule_for_a_field_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    """A misspelt rule is silently missing, and the wrong system wins."""
    text = '[ownership.customer]\nphnes = "owner:shop"\n' + ACCOUNT

    assert problems(tmp_path, text)[0].startswith("ownership.customer.phnes: ")


def with_rule(kind: Kind, path: str) -> str:
    """A file with a rule for this path."""
    return f'{ACCOUNT}[ownership.{kind}]\n"{path}" = "manual"\n'


@pytest.mark.parametrize(
    ("kind", "path", "hint"),
    [
        (Kind.CUSTOMER, "phnes", "did you mean phones?"),
        (Kind.CUSTOMER, "name/frist", "did you mean name/first?"),
        (Kind.CUSTOMER, "phones/number", "did you mean"),
        (Kind.CUSTOMER, "phones/+79161234567/rank", "did you mean phones/rank?"),
        (Kind.CUSTOMER, "attributes/", "did you mean attributes?"),
        (Kind.CUSTOMER, "birth_date/year", "did you mean birth_date?"),
        (Kind.ORDER, "phones", "write a field's path without keys of items, or *"),
        (Kind.ORDER, "lines/price/amount", "did you mean"),
        (Kind.ORDER, "", "write a field's path without keys of items, or *"),
    ],
)
def test_rule_that_no_field_would_follow_names_the_nearest(
    tmp_path: Path, kind: Kind, path: str, hint: str
) -> None:
    """A path that looks right is accepted, and its rule is never looked up."""
    (problem,) = problems(tmp_path, with_rule(kind, path))

    assert problem.startswith(f"ownership.{kind}.{path}: no field of {kind} is called so: ")
    assert hint in problem


@settings(max_examples=100, deadline=None)
@given(entity=CUSTOMERS | CARDS | PRODUCTS | ORDERS)
def test_every_field_that_is_merged_may_have_a_rule(entity: Canonical) -> None:
    """A rule for a field that does exist is refused."""
    (kind,) = (kind for kind, model in MODELS.items() if model is type(entity))
    named = {path for path in spoken(entity) if path != "attributes/"}  # a code of no letters
    rules = {pattern(path, kind): "manual" for path in named}
    data = {"accounts": {"shop": {"connector": "x"}}, "ownership": {str(kind): rules}}

    assert getattr(parse(data).ownership, str(kind)) == rules


def test_rule_for_a_part_holds_all_that_is_in_it(tmp_path: Path) -> None:
    """A rule for a whole address or for all lines is refused."""
    for one in ("contact/name", "delivery/address", "lines/discounts", "lines/product", "*"):
        assert loaded(tmp_path, with_rule(Kind.ORDER, one)).ownership.order == {one: "manual"}


@pytest.mark.parametrize("place", [".", "gateway.toml/gateway.toml"])
def test_path_that_is_no_file_is_told(tmp_path: Path, place: str) -> None:
    """``--config`` with a folder ends in a traceback."""
    (tmp_path / "gateway.toml").touch()

    with pytest.raises(ConfigProblems, match=r"cannot be read \(.*\): .* with --config"):
        load(tmp_path / place)


def test_data_that_are_resolved_already_are_checked_too() -> None:
    """A gateway that is put together by a program runs with a configuration nobody checked."""
    with pytest.raises(ConfigProblems, match="no account is called erp"):
        parse({"accounts": {"shop": {"connector": "x"}}, "ownership": {"priority": ["erp"]}})
