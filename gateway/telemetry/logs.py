"""Logs: structlog with a redacting processor, JSON lines for machines or a console for people.

Nothing is configured globally: ``build_log`` returns a logger that the composition root hands on.
``adopt_stdlib`` sends the libraries' own records through the same chain.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Callable, MutableMapping, Sequence
from enum import StrEnum
from pathlib import PurePath
from types import TracebackType
from typing import Any, TextIO, TypeAlias, cast

import orjson
import structlog
from structlog.contextvars import merge_contextvars
from structlog.stdlib import ProcessorFormatter
from structlog.typing import FilteringBoundLogger, Processor, WrappedLogger

from gateway.telemetry.masking import redacted

EventDict: TypeAlias = MutableMapping[str, Any]
_FRAMES = 5
_DEEPEST_CAUSE = 5


class LogForm(StrEnum):
    """How a line looks."""

    JSON = "json"
    CONSOLE = "console"


def build_log(
    stream: TextIO,
    *,
    form: LogForm = LogForm.JSON,
    level: int = logging.INFO,
    safe_errors: Sequence[type[BaseException]] = (),
) -> FilteringBoundLogger:
    """Return the root logger; bind account, correlation id and the like to it.

    Shape: ``safe_errors`` are classes whose messages are our own words and may be shown (the
    contract's ``GatewayError``); of any other exception only type and place are written, because
    its arguments may hold a record.
    """
    logger = structlog.wrap_logger(
        structlog.WriteLogger(stream),
        processors=[*_chain(tuple(safe_errors)), _renderer(form)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    return cast("FilteringBoundLogger", logger)


def adopt_stdlib(
    stream: TextIO,
    *,
    form: LogForm = LogForm.JSON,
    level: int = logging.WARNING,
    safe_errors: Sequence[type[BaseException]] = (),
) -> Callable[[], None]:
    """Let the root logger of ``logging`` write through the same chain; return what undoes it.

    Only here is process-wide state touched: libraries know no other logger.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name],
            processors=[
                ProcessorFormatter.remove_processors_meta,
                *_chain(tuple(safe_errors)),
                _renderer(form),
            ],
        )
    )
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(level)

    def undo() -> None:
        root.removeHandler(handler)
        root.setLevel(before)

    return undo


def _chain(safe_errors: tuple[type[BaseException], ...]) -> list[Processor]:
    def tell_exception(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        error = _exception_of(event.pop("exc_info", None))
        if error is not None:
            event.update(_told(error, safe_errors))
        return event

    return [
        merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        tell_exception,
        _redact,
    ]


def _redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Redact last before rendering, so that nothing that any processor adds escapes."""
    return cast("EventDict", redacted(event))


def _renderer(form: LogForm) -> Processor:
    if form is LogForm.CONSOLE:
        return structlog.dev.ConsoleRenderer(colors=False)
    return _json_line


def _json_line(_: WrappedLogger, __: str, event: EventDict) -> str:
    return orjson.dumps(event).decode()


def _exception_of(exc_info: object) -> BaseException | None:
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        found = exc_info[1]
        return found if isinstance(found, BaseException) else None
    return sys.exception() if exc_info else None


def _told(error: BaseException, safe_errors: tuple[type[BaseException], ...]) -> dict[str, object]:
    told: dict[str, object] = {"error": type(error).__name__, "at": _places(error.__traceback__)}
    if isinstance(error, safe_errors):
        told["reason"] = str(error)
    causes = _causes(error)
    if causes:
        told["caused_by"] = causes
    return told


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-_FRAMES:]
    return [f"{'/'.join(PurePath(f.filename).parts[-2:])}:{f.lineno} {f.name}" for f in frames]


def _causes(error: BaseException) -> list[str]:
    names: list[str] = []
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    while cause is not None and len(names) < _DEEPEST_CAUSE:
        names.append(type(cause).__name__)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return names
