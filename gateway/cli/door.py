"""Door: the whole HTTP application of a process, with tills, forms, operator API and console."""

from __future__ import annotations

from dataclasses import replace

from fastapi import FastAPI

from gateway.bootstrap import Forms, Gateway, Tills, build_backstage
from gateway.cli.till_part import till_part
from gateway.console.build import build_console
from gateway.ingress.app import build_http
from gateway.ingress.door import Door
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
    if forms is not None:
        door = replace(door, forms=FormsPart(forms.desks, forms.secret, foundation.log))
    config = foundation.config
    if not config.operators and config.console.proxy is None:
        return build_http(door)
    backstage = build_backstage(foundation, wake=gateway.outbound.wake)
    app = build_http(replace(door, ops=OpsPart(backstage, foundation.log)))
    app.mount(CONSOLE, build_console(backstage, log=foundation.log, health=door.health))
    return app
