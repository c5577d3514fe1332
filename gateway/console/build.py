"""Build: the console's application, with all of its pages."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette

from gateway.console.assets import Assets
from gateway.console.frame import Frame
from gateway.console.nav import NAV
from gateway.console.pages import DOORS, PAGES
from gateway.contract import Log
from gateway.ops.backstage import Backstage
from gateway.ops.health import Health

TEMPLATES = Path(__file__).with_name("templates")


def build_console(backstage: Backstage, *, log: Log, health: Health | None = None) -> Starlette:
    """Make the application; it is to be mounted, and starts nothing.

    ``health`` is that of this process. Raises ``ConfigInvalid`` when a package of its assets is not
    there.
    """
    assets = Assets()
    environment = _templates()
    environment.globals |= {"asset": assets.address, "NAV": NAV}
    frame = Frame(backstage, environment, assets, log=log, health=health)
    return frame.application(PAGES, DOORS)


@cache
def _templates() -> Environment:
    """Return the templates, which a process compiles once."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
