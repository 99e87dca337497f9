"""Small sources and small environments, written where a test wants them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from propcast.delivery.images.distributions import Installed
from propcast.delivery.images.reach import Tree


def tree(root: Path, files: Mapping[str, str]) -> Tree:
    """Our package below `root`, with these files; packages on the way are made."""
    for name, text in files.items():
        file = root / "propcast" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        for folder in (file.parent, *file.parent.parents):
            if folder.is_relative_to(root / "propcast"):
                (folder / "__init__.py").touch()
        file.write_text(text, encoding="utf-8")
    return Tree(root)


def installed(site: Path, distributions: Mapping[str, Sequence[str]], requires: Sequence[str] = ()) -> Installed:
    """An environment in which each distribution has these files; all of them require the same."""
    for name, files in distributions.items():
        info = site / f"{name.replace('-', '_')}-1.0.dist-info"
        info.mkdir(parents=True)
        lines = [f"Requires-Dist: {each}" for each in requires]
        (info / "METADATA").write_text(
            "\n".join(["Metadata-Version: 2.1", f"Name: {name}", "Version: 1.0", *lines, ""])
        )
        for file in files:
            (site / file).parent.mkdir(parents=True, exist_ok=True)
            (site / file).touch()
        (info / "RECORD").write_text("".join(f"{file},,\n" for file in files))
    return Installed([str(site)])
