"""Probing: a worker's port where it is asked for; elsewhere nothing of it is loaded."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from gateway.config import Config
from gateway.ingress.door import Door

if TYPE_CHECKING:
    from gateway.cli.worker_port import Server


def probed(config: Config, index: int) -> Server | None:
    """Bind the port of worker ``index``. Raises ``ConfigInvalid`` when it cannot be had."""
    if config.work.metrics_port is None:
        return None
    from gateway.cli.worker_port import bound  # noqa: PLC0415 - only where it is asked for

    return bound(config.work, index)


def answering(server: Server, door: Door) -> AbstractAsyncContextManager[None]:
    """Answer until the end of the block."""
    from gateway.cli import worker_port  # noqa: PLC0415 - see above

    return worker_port.answering(server, door)
