"""The database of known vulnerabilities at osv.dev, asked for all distributions of an image at once."""

from collections.abc import Mapping, Sequence
from typing import Any

from propcast.core.errors import StoreUnavailable
from propcast.delivery.images.closure import Part

ADDRESS = "https://api.osv.dev"
LIMIT_S = 15.0
_AT_ONCE = 1000


class Osv:
    """`vulnerabilities.Database` over its public interface (v1, `querybatch`)."""

    def __init__(self, address: str = ADDRESS) -> None:
        self._url = f"{address}/v1/querybatch"

    def __call__(self, parts: Sequence[Part]) -> Mapping[str, Sequence[str]]:
        """Return the ids by distribution; `StoreUnavailable` for anything but a whole answer."""
        known = dict[str, list[str]]()
        waiting = [(part.name, _query(part)) for part in parts]
        while waiting:
            asked, waiting = waiting[:_AT_ONCE], waiting[_AT_ONCE:]
            for (name, query), result in zip(asked, self._ask([query for _, query in asked]), strict=True):
                known.setdefault(name, []).extend(str(each["id"]) for each in result.get("vulns", ()))
                if page := result.get("next_page_token"):
                    waiting.append((name, {**query, "page_token": page}))
        return {name: ids for name, ids in known.items() if ids}

    def _ask(self, queries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        import httpx

        try:
            answer = httpx.post(self._url, json={"queries": queries}, timeout=LIMIT_S, trust_env=False)
            answer.raise_for_status()
            results: list[dict[str, Any]] = answer.json()["results"]
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise StoreUnavailable(f"{self._url} did not answer: {type(error).__name__}") from error
        if len(results) != len(queries):
            raise StoreUnavailable(f"{self._url} answered {len(results)} of {len(queries)} questions")
        return results


def _query(part: Part) -> dict[str, Any]:
    return {"package": {"ecosystem": "PyPI", "name": part.name}, "version": part.version}
