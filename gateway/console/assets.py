"""Assets: style sheets and scripts, the libraries' straight out of their packages.

Nothing is copied into the project and nothing is fetched at run time. ``SOURCES`` is the one place
that knows where an asset lives.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from gateway.contract import ConfigInvalid

_OWN = Path(__file__).with_name("static")
_TABLER, _HTMX = "starlette_admin", "js_lib_htmx"
SOURCES: Mapping[str, tuple[str, str]] = {
    "tabler.css": (_TABLER, "static/css/vendor/tabler.min.css"),
    "tabler.js": (_TABLER, "static/js/vendor/tabler.min.js"),
    "htmx.js": (_HTMX, "static/htmx/htmx.min.js"),
}
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file in memory, as it is and compressed. ``version`` changes with its content."""

    content: bytes = field(repr=False)
    packed: bytes = field(repr=False)
    media_type: str
    version: str


class Assets:
    """Serves assets by name, under addresses that change with their content."""

    def __init__(self) -> None:
        """Read all. Raises ``ConfigInvalid`` when a package is not installed whole."""
        paths = {name: _path(package, file) for name, (package, file) in SOURCES.items()}
        paths |= {path.name: path for path in sorted(_OWN.iterdir()) if path.suffix in _TYPES}
        self._assets = {name: _asset(path) for name, path in paths.items()}

    def address(self, name: str) -> str:
        """Return the path of an asset below the console's own."""
        return f"/static/{self._assets[name].version}/{name}"

    async def serve(self, request: Request) -> Response:
        """Answer with an asset; an old address of one that changed gets the new one."""
        asset = self._assets.get(request.path_params["name"])
        if asset is None:
            return Response(status_code=404)
        headers = {
            "Cache-Control": _FOREVER,
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
        }
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return Response(asset.packed, headers=headers, media_type=asset.media_type)
        return Response(asset.content, headers=headers, media_type=asset.media_type)


def _path(package: str, file: str) -> Path:
    """Find a file without importing its package, which would load what nobody needs."""
    spec = find_spec(package)
    path = Path(spec.origin).parent / file if spec is not None and spec.origin else None
    if path is None or not path.is_file():
        msg = f"the console needs {file} of the package {package}: install the gateway again"
        raise ConfigInvalid(msg)
    return path


def _asset(path: Path) -> Asset:
    content = path.read_bytes()
    version = sha256(content).hexdigest()[:12]
    return Asset(content, gzip.compress(content, 6, mtime=0), _TYPES[path.suffix], version)
