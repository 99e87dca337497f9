"""What can be wrong with an image: each as somebody once shipped it."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

WORKER, CONSOLE, PROCESSOR = "prediction-worker", "admin-dashboard", "analytics-processor"
RARE = "src/propcast/apps/desk.py"
Plant = Callable[[Path], None]


@dataclass(frozen=True)
class Defect:
    """A defect, the service whose image has it, and what has to be said.

    Attributes:
        in_sources: plants it in a copy of the checkout.
        in_environment: plants it in the packages of an environment that is sound.
    """

    id: str
    name: str
    service: str
    said: tuple[str, ...]
    in_sources: Plant | None = None
    in_environment: Plant | None = None


def replace(file: Path, before: str, after: str) -> None:
    """Put something in the place of a text that must be there."""
    text = file.read_text(encoding="utf-8")
    if before not in text:
        raise ValueError(f"{file} has no {before!r}")
    file.write_text(text.replace(before, after, 1), encoding="utf-8")


def imported_in_a_function(module: str, line: str) -> Plant:
    """Return what has a module import something, only once somebody calls a function of it."""

    def plant(checkout: Path) -> None:
        with (checkout / module).open("a", encoding="utf-8") as file:
            file.write(f"\n\ndef rarely() -> None:\n    {line}\n")

    return plant


def without_client(checkout: Path) -> None:
    """Let a service use a client of Google's, and its image be made without the extra that would bring one."""
    imported_in_a_function(RARE, "from google.cloud import pubsub_v1")(checkout)
    manifest = checkout / "deploy" / "propcast.toml"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace(', "gcp"', ""), encoding="utf-8")


def left_out(*paths: str) -> Plant:
    """Return what makes the wheel leave paths out."""
    names = ", ".join(f'"src/propcast/{path}"' for path in paths)

    def plant(checkout: Path) -> None:
        packages = 'packages = ["src/propcast"]'
        replace(checkout / "pyproject.toml", packages, f"{packages}\nexclude = [{names}]")

    return plant


def without_openmp(site: Path) -> None:
    """Let LightGBM ask for a shared library that is nowhere."""
    library = site / "lightgbm" / "lib" / "lib_lightgbm.so"
    changed = library.read_bytes().replace(b"libgomp.so.1\0", b"libgone.so.1\0")
    library.unlink()  # it shares its bytes with every other environment
    library.write_bytes(changed)


def without_zones(site: Path) -> None:
    """Remove the zones of a continent."""
    shutil.rmtree(site / "tzdata" / "zoneinfo" / "America")


def other_version(site: Path) -> None:
    """Let the installed LightGBM be of another version than the model was made with."""
    (info,) = site.glob("lightgbm-*.dist-info")
    metadata = info / "METADATA"
    text = metadata.read_text(encoding="utf-8")
    metadata.unlink()
    metadata.write_text(text.replace("\nVersion: ", "\nVersion: 9", 1), encoding="utf-8")


DEFECTS = (
    Defect("I1", "client library that no requirements name", PROCESSOR,
           ("google.cloud.pubsub_v1", "google-cloud-pubsub", "analytics-processor in pyproject.toml"), without_client),
    Defect("I2", "sibling package that was not copied", PROCESSOR, ("No module named 'propcast.analytics'", ".py:"),
           left_out("analytics")),
    Defect("I3", "lazy import of a missing package", PROCESSOR,
           (f"{RARE}:", '"pandas"', "analytics-processor in pyproject.toml"),
           imported_in_a_function(RARE, "import pandas")),
    Defect("I4", "shared library that is missing", WORKER, ("libgone.so.1", "wheel of lightgbm"),
           in_environment=without_openmp),
    Defect("I5", "package data left out of the wheel", CONSOLE, ("templates/today.html", "left out of the wheel"),
           left_out("apps/console/templates/today.html")),
    Defect("I6", "zone database that is missing", CONSOLE, ("America/New_York",), in_environment=without_zones),
    Defect("I7", "model made with another library version", WORKER, ("was trained with lightgbm 4", "(here 94"),
           in_environment=other_version),
)  # fmt: skip
