"""Faults: what an error means to an operator: one clear text, its remedy and an exit code.

 0  all is well
 1  something was found that a person must look at, or a request was refused
 2  the command or the configuration is wrong
 3  the store cannot work (away, full disk, other schema, taken by another process)
 4  a vendor cannot be used (away, refuses the credentials)
70  a fault of the gateway itself
"""

from __future__ import annotations

import errno
import traceback
from dataclasses import dataclass
from enum import IntEnum
from pathlib import PurePath

from gateway.config import ConfigProblems
from gateway.contract import ConfigInvalid, ConnectorError, GatewayError, StoreError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class ExitCode(IntEnum):
    """How a command ends."""

    OK = 0
    FOUND = 1
    CONFIG = 2
    STORE = 3
    VENDOR = 4
    GATEWAY = 70


class NotFound(GatewayError):
    """What was asked for does not exist; the text names where to look."""

    remedy = "Look the id up in the list again."


class Refused(GatewayError):
    """An operator's request that cannot be done; the text says why and what to do instead."""

    remedy = "Do what the text names instead."


@dataclass(frozen=True, slots=True)
class Fault:
    """One error as an operator reads it; ``lines`` hold no personal data."""

    code: ExitCode
    lines: tuple[str, ...]
    remedy: str = ""

    def __str__(self) -> str:
        return "\n".join((*self.lines, *([self.remedy] if self.remedy else [])))


def fault_of(error: BaseException) -> Fault:
    """Translate any error. Total: what nobody foresaw becomes a fault of the gateway."""
    if isinstance(error, GatewayError):
        return _of_gateway(error)
    if isinstance(error, ConfigProblems):
        count = len(error.problems)
        head = f"the configuration has {count} problem{'s' if count > 1 else ''}:"
        return Fault(ExitCode.CONFIG, (head, *(f"  {problem}" for problem in error.problems)))
    if isinstance(error, OSError):
        return _of_system(error)
    return Fault(
        ExitCode.GATEWAY,
        (f"unexpected {type(error).__name__} at {_place(error)}",),
        "This is a fault of the gateway: report this line; no data was lost.",
    )


def _of_gateway(error: GatewayError) -> Fault:
    if isinstance(error, ConnectorError):
        named = f"{error.operation}: {error.reason}" if error.operation else error.reason
        return Fault(ExitCode.VENDOR, (named,), error.remedy)
    text = str(error) or (type(error).__doc__ or "").partition("\n")[0]
    if isinstance(error, ConfigInvalid):
        return Fault(ExitCode.CONFIG, (text,))
    return Fault(ExitCode.STORE if isinstance(error, StoreError) else ExitCode.FOUND, (text,))


def _of_system(error: OSError) -> Fault:
    """Tell an error of the operating system; only a file's last name is shown."""
    name = PurePath(str(error.filename)).name if error.filename else ""
    reason = error.strerror or type(error).__name__
    text = f"{name}: {reason}" if name else reason
    if error.errno in _FULL:
        return Fault(ExitCode.STORE, (text,), "Free the disk; nothing that was taken in is lost.")
    if isinstance(error, PermissionError | FileNotFoundError | NotADirectoryError):
        return Fault(ExitCode.CONFIG, (text,), "Check data_dir and the rights of this user.")
    return Fault(ExitCode.GATEWAY, (f"{text} at {_place(error)}",), "Check what the machine lacks.")


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return "an unknown place"
    last = frames[-1]
    return f"{'/'.join(PurePath(last.filename).parts[-2:])}:{last.lineno}"
