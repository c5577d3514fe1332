"""Door: the whole HTTP application of a process, with tills, forms, operator API and console."""

from __future__ import annotations

from dataclasses import replace

from fastapi import FastAPI

from gateway.bootstrap.backstage import build_backstage
from gateway.bootstrap.forms import Forms
from gateway.bootstrap.merging import build_answering
from gateway.bootstrap.running import Gateway
from gateway.bootstrap.tills import Tills
from gateway.cli.till_part import till_part
from gateway.console.build import build_console
from gateway.ingress.app import build_http
from gateway.ingress.door import Door
from gateway.ingress.forms.merges import MergePart
from gateway.ingress.forms.part import FormsPart
from gateway.ingress.ops.part import OpsPart

CONSOLE = "/console"


def application(
    door: Door, gateway: Gateway, tills: Tills | None, forms: Forms | None = None
) -> FastAPI:
    """Put it together; operators are served where the configuration names any.

    Raises ``ConfigInvalid`` and ``ConfigProblems``.
    """
    foundation = gateway.foundation
    if tills is not None:
        door = replace(door, till=till_part(foundation, tills))
    config = foundation.config
    merges = _merges(gateway)
    if forms is not None or merges is not None:
        desks = forms.desks if forms is not None else {}
        secret = foundation.sealer.derive("forms")
        door = replace(door, forms=FormsPart(desks, secret, foundation.log, merges))
    if not config.operators and config.console.proxy is None:
        return build_http(door)
    backstage = build_backstage(foundation, wake=gateway.outbound.wake)
    app = build_http(replace(door, ops=OpsPart(backstage, foundation.log)))
    app.mount(CONSOLE, build_console(backstage, log=foundation.log, health=door.health))
    return app


def _merges(gateway: Gateway) -> MergePart | None:
    """Return what serves the page of merges, where the configuration has one."""
    foundation = gateway.foundation
    page = foundation.config.merge.page
    answering = build_answering(foundation, gateway.outbound.wake)
    if page is None or answering is None:
        return None
    return MergePart(answering, page, foundation.log)
