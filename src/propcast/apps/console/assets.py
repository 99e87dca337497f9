"""Style sheet and scripts, read once; their addresses change with their content, so browsers may keep them."""

import hashlib
from dataclasses import dataclass
from importlib import resources

from fastapi import APIRouter, Request
from starlette.responses import Response

from propcast.service.access import OPEN, access
from propcast.service.problems import not_found

PACKAGE = "propcast.apps.console"
TYPES = {
    "console.css": "text/css; charset=utf-8",
    "console.js": "text/javascript; charset=utf-8",
    "htmx.min.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
_FOR_A_YEAR = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Asset:
    """One file as it is sent."""

    name: str
    content: bytes

    @property
    def address(self) -> str:
        """Its path, with a mark of its content."""
        return f"/static/{self.name}?v={hashlib.sha256(self.content).hexdigest()[:12]}"


ASSETS = {name: Asset(name, (resources.files(PACKAGE) / "static" / name).read_bytes()) for name in TYPES}
ADDRESSES = {name: asset.address for name, asset in ASSETS.items()}

router = APIRouter(include_in_schema=False)


@router.api_route("/static/{name}", methods=["GET", "HEAD"])
@access(OPEN)
async def asset(name: str, request: Request) -> Response:
    """Return one file."""
    found = ASSETS.get(name)
    if found is None:
        raise not_found()
    kept = _FOR_A_YEAR if "v" in request.query_params else "no-cache"
    return Response(found.content, headers={"cache-control": kept}, media_type=TYPES[name])
