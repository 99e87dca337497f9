"""The data files of our packages, as the sources have them."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from propcast.delivery.images.reach import Tree

_NO_DATA = {".py", ".pyc", ".typed"}


def data_of(tree: Tree, modules: Iterable[str]) -> list[tuple[str, str]]:
    """Return the data files of the packages among some modules, as (package, path in it)."""
    packages = [module for module in modules if module in tree.files and tree.is_package(module)]
    found = ((package, tree.files[package].parent) for package in packages)
    return sorted(
        (package, path.relative_to(folder).as_posix()) for package, folder in found for path in _below(folder)
    )


def _below(folder: Path) -> Iterator[Path]:
    """Yield data files of a package, not those of packages in it."""
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            if path.name != "__pycache__" and not (path / "__init__.py").exists():
                yield from _below(path)
        elif path.suffix not in _NO_DATA:
            yield path
