"""What a target's log can tell of a request."""

import re

SYNTHETIC_AGENT = "propcast-synthetic"
"""How the user agent of synthetic load begins; it counts as nobody's."""

_KEPT_WHOLE = ("static",)
_NAMED = re.compile(r"[A-Za-z_.-]{1,40}(\.[a-z0-9]{1,5})?")
"""What a path is built of; a segment with a digit in it is a day, an id, or whatever else somebody looked for."""


def route_of(path: str) -> str:
    """Return the route of a path: the query left out, and every segment that names one of many as `*`."""
    first, *rest = path.partition("?")[0].strip("/").split("/")
    if first in _KEPT_WHOLE:
        return f"/{first}/*"
    return "/" + "/".join(_segment(segment) for segment in (first, *rest))


def _segment(segment: str) -> str:
    if not segment or _NAMED.fullmatch(segment):
        return segment
    ending = re.search(r"\.(json|csv)$", segment)
    return f"*{ending[0]}" if ending else "*"
