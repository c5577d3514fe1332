"""The connector contract's public names: a change of them is a deliberate, visible diff."""

from __future__ import annotations

import types

from gateway import contract
from tests.architecture.sources import REPOSITORY

LISTING = REPOSITORY / "tests/architecture/public_api.txt"


def test_the_contract_exports_what_is_listed() -> None:
    """A name could join or leave what connectors depend on without a changelog line."""
    assert LISTING.read_text("utf-8").splitlines() == list(contract.__all__)


def test_the_listing_is_sorted_and_free_of_repeats() -> None:
    """An unsorted listing would hide a doubled or moved name in its diff."""
    constants_then_classes_then_functions = sorted(
        set(contract.__all__),
        key=lambda name: (not name.isupper(), not name[0].isupper(), name),
    )
    assert constants_then_classes_then_functions == list(contract.__all__)


def test_every_public_name_of_the_contract_is_exported() -> None:
    """A name imported there but not exported would be used by connectors unseen."""
    public = {
        name
        for name, value in vars(contract).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert public - {"annotations"} == set(contract.__all__)
