"""Whether a module could be imported here, found out without importing anything."""

import pkgutil
import sys
from collections.abc import Iterable, Sequence
from types import ModuleType

from propcast.delivery.images.reach import Need

Search = Sequence[str] | None
"""Where the modules of a package lie; None for what is no package."""


def unresolved(needs: Iterable[Need]) -> list[Need]:
    """Return what cannot be imported in this process."""
    return [need for need in needs if not resolves(need)]


def resolves(need: Need) -> bool:
    """Return whether a need is met; of a package without code of its own, a name is a module that must be there too."""
    found = _find(need.module)
    if found is None:
        return False
    is_namespace, search = found
    return not (is_namespace and need.name) or _step(need.full, search) is not None


def _find(module: str) -> tuple[bool, Search] | None:
    loaded = sys.modules.get(module)
    if loaded is not None:
        return _of_loaded(loaded)
    search: Search = None
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        found = _step(".".join(parts[:end]), search) if end == 1 or search is not None else None
        if found is None:
            return None
        is_namespace, search = found
    return is_namespace, search


def _step(name: str, search: Search) -> tuple[bool, Search] | None:
    loaded = sys.modules.get(name)
    if loaded is not None:
        return _of_loaded(loaded)
    portions = list[str]()
    for folder in sys.path if search is None else search:
        finder = pkgutil.get_importer(folder)
        spec = None if finder is None else finder.find_spec(name)
        if spec is not None and spec.loader is not None:
            inside = spec.submodule_search_locations
            return False, None if inside is None else list(inside)
        portions += [] if spec is None else spec.submodule_search_locations or []
    return (True, portions) if portions else None  # asking PathFinder instead would need the parents imported


def _of_loaded(module: ModuleType) -> tuple[bool, Search]:
    path = getattr(module, "__path__", None)
    return getattr(module, "__file__", None) is None and path is not None, None if path is None else list(path)
