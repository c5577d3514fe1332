"""Faults: one clear text with a remedy and an exit code for whatever went wrong."""

from __future__ import annotations

import errno

import pytest

from gateway.config import ConfigProblems, Problem
from gateway.contract import AuthRejected, ConfigInvalid, StoreError, Unavailable
from gateway.ops.faults import ExitCode, NotFound, Refused, fault_of

PHONE = "+79161234567"

CASES = [
    pytest.param(
        ConfigProblems([Problem("accounts.shop.poll_s", "must be positive")]),
        ExitCode.CONFIG, "  accounts.shop.poll_s: must be positive", id="configuration",
    ),
    pytest.param(
        ConfigInvalid("[bus] url is wrong"), ExitCode.CONFIG, "[bus] url is wrong", id="invalid"
    ),
    pytest.param(
        StoreError("no space left (SQLITE_FULL); free its disk"),
        ExitCode.STORE, "free its disk", id="full disk of the database",
    ),
    pytest.param(
        OSError(errno.ENOSPC, "No space left on device", "/srv/x/data.key"),
        ExitCode.STORE, "data.key: No space left on device\nFree the disk", id="full disk",
    ),
    pytest.param(
        PermissionError(errno.EACCES, "Permission denied", "/srv/x/data"),
        ExitCode.CONFIG, "data: Permission denied\nCheck data_dir", id="no rights",
    ),
    pytest.param(
        AuthRejected("the vendor refuses the key", operation="orders.list"),
        ExitCode.VENDOR, "orders.list: the vendor refuses the key\nRenew the key", id="token",
    ),
    pytest.param(
        Unavailable("no answer"), ExitCode.VENDOR, "no answer\nNothing to do", id="vendor away"
    ),
    pytest.param(NotFound("no letter x"), ExitCode.FOUND, "no letter x", id="not found"),
    pytest.param(Refused("use edit"), ExitCode.FOUND, "use edit", id="refused"),
    pytest.param(StoreError(), ExitCode.STORE, "The store cannot take work now", id="no words"),
]  # fmt: skip


@pytest.mark.parametrize(("error", "code", "text"), CASES)
def test_a_known_error_has_text_remedy_and_code(
    error: Exception, code: ExitCode, text: str
) -> None:
    """An operator at night would read a trace instead of what to do."""
    fault = fault_of(error)
    assert fault.code is code
    assert text in str(fault)
    assert "/srv" not in str(fault)


def test_an_unforeseen_error_names_its_place_and_never_its_words() -> None:
    """The words of a foreign exception may hold a customer's phone."""
    with pytest.raises(KeyError) as caught:
        _ = dict[str, str]()[PHONE]
    fault = fault_of(caught.value)
    assert fault.code is ExitCode.GATEWAY
    assert "KeyError at ops/test_faults.py:" in str(fault)
    assert PHONE not in str(fault)
