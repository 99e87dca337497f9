"""Proofs that run inside an environment: that it imports, loads, opens and predicts all that a service may want."""

import importlib
import os
from collections.abc import Iterable, Iterator, Sequence
from importlib import resources

from propcast.delivery.images.distributions import Installed
from propcast.delivery.images.findings import Finding
from propcast.delivery.images.native import libraries_of
from propcast.delivery.images.reach import Need
from propcast.service.catalogue import Entry


def imports(entry: Entry, needs: Sequence[Need]) -> Iterator[Finding]:
    """Import everything in this interpreter, and take from it what is taken."""
    told = set[str]()
    for need in needs:
        error = _failure(need)
        if error is None:
            continue
        culprit = _culprit(error, need, needs)
        subject = getattr(error, "name", None) or culprit.full
        if subject not in told:
            told.add(subject)
            said = f"{culprit.place} imports {culprit.full}: {type(error).__name__}: {error}"
            yield Finding("imports", culprit.full, f"{said}; {_remedy(entry, culprit, error)}", culprit.optional)


def native() -> Iterator[Finding]:
    """Ask the loader for every shared library that a compiled file needs."""
    for library in libraries_of(Installed().by_name.items()):
        if not library.found:
            said = (
                f"{library.name} is not found; the wheel of {library.distribution} ({library.file}) needs it: add its"
            )
            yield Finding("native", library.name, f"{said} Debian package to `image.native` in deploy/propcast.toml")


def data(files: Iterable[tuple[str, str]]) -> Iterator[Finding]:
    """Open every data file."""
    for package, name in files:
        try:
            resources.files(package).joinpath(name).read_bytes()
        except (OSError, ModuleNotFoundError) as error:
            said = f"{package}: {name} cannot be opened ({type(error).__name__}); is it left out of the wheel?"
            yield Finding("data", name, said)


def golden(entry: Entry) -> Iterator[Finding]:
    """Load a tiny model of every family and have it predict what is known."""
    if "models" not in entry.groups:
        return
    from propcast.delivery.images.golden import FAMILIES, reproduced

    for family in FAMILIES:
        try:
            reproduced(family)
        except Exception as error:  # noqa: BLE001 - a proof: whatever keeps the model from its predictions
            yield Finding("golden", family, f"the tiny model of {family}: {type(error).__name__}: {error}")


def user() -> Iterator[Finding]:
    """See that an image does not run as root."""
    if os.geteuid() == 0:
        yield Finding("user", "root", "this image runs as root; put `USER` before the last step of the Dockerfile")


def _failure(need: Need) -> BaseException | None:
    try:
        module = importlib.import_module(need.module)
        if need.name and need.name != "*" and not hasattr(module, need.name):
            importlib.import_module(need.full)
    except BaseException as error:  # noqa: BLE001 - a proof: a module may raise anything when it is imported
        return _plain(error, need)
    return None


def _plain(error: BaseException, need: Need) -> BaseException:
    """Return the error as an import statement words it, where a name could not be taken from a module that is there."""
    if isinstance(error, ModuleNotFoundError) and error.name == need.full and need.name:
        return ImportError(f"cannot import name {need.name!r} from {need.module!r}", name=need.full)
    return error


def _culprit(error: BaseException, need: Need, needs: Sequence[Need]) -> Need:
    """Return the import that lacks something: what fails may be imported by what was asked for."""
    lacking = error.name if isinstance(error, ImportError) else None
    named = (each for each in needs if lacking and lacking in (each.module, each.full))
    below = (each for each in needs if lacking and each.module.startswith(f"{lacking}."))
    return next(named, None) or next(below, need)


def _remedy(entry: Entry, need: Need, error: BaseException) -> str:
    if isinstance(error, OSError):
        return "add the Debian package of the library to `image.native` in deploy/propcast.toml"
    if not isinstance(error, ImportError):
        return "mend what the module raises when it is imported"
    if need.module.split(".")[0] == "propcast":
        return "is the package left out of the wheel?"
    return f"add the distribution that has it to an extra of {entry.name} in pyproject.toml, then `uv lock`"
