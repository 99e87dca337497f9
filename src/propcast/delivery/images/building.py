"""Builds and pushes the image of a service, by whichever builder is here."""

import shutil
import subprocess
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile

from propcast.core.errors import InputError, NotReady
from propcast.core.instants import text_of
from propcast.delivery.images.checkout import Checkout
from propcast.delivery.images.dockerfile import lint
from propcast.delivery.images.lock import disagreements, lock_hash
from propcast.service import catalogue

_PINNED = "@sha256:"


@dataclass(frozen=True)
class Recipe:
    """What goes into a build: all of it ends in labels."""

    service: str
    reference: str
    base: str
    release: str
    commit: str
    created: str
    lock: str

    @property
    def arguments(self) -> dict[str, str]:
        """The arguments of the Dockerfile."""
        return {
            "SERVICE": self.service, "BASE": self.base, "RELEASE": self.release, "COMMIT": self.commit,
            "CREATED": self.created, "LOCK_HASH": self.lock,
        }  # fmt: skip


def recipe_of(checkout: Checkout, service: str, now: datetime, reference: str = "", base: str = "") -> Recipe:
    """Return the recipe of a service; `InputError` for sources that must not become an image."""
    wrong = [*lint(checkout.folder), *disagreements(checkout.folder)]
    if wrong:
        raise InputError("; ".join(wrong))
    name, image = catalogue.service(service).name, checkout.manifest.image
    base = base or image.base
    if _PINNED not in base:
        raise InputError(f"base {base} is not pinned by digest; name it as NAME@sha256:…")
    release, commit = version_of(checkout.folder), commit_of(checkout.folder)
    told = reference or f"{image.registry}/{name}:{release}-{commit[:12]}"
    return Recipe(name, told, base, release, commit, text_of(now), lock_hash(checkout.folder))


def build(checkout: Checkout, recipe: Recipe) -> None:
    """Build the image; its last step is the self-test, so an image that is there has passed it."""
    arguments = [word for name, value in recipe.arguments.items() for word in ("--build-arg", f"{name}={value}")]
    folder = str(checkout.folder)
    if shutil.which("buildah"):
        words = ["buildah", "bud", "--isolation", "chroot", "--format", "oci", "--pull-never"]
        words = words if recipe.base.startswith("localhost/") else words[:-1]
        _run([*words, *arguments, "--tag", recipe.reference, "--file", f"{folder}/Dockerfile", folder])
    elif shutil.which("docker"):
        _run(["docker", "build", *arguments, "--tag", recipe.reference, folder])
    else:
        raise NotReady("there is no builder here; install buildah (Debian) or Docker. The self-test needs neither")


def push(reference: str, destination: str = "") -> str:
    """Push an image and return the digest that it has there."""
    if not shutil.which("buildah"):
        _run(["docker", "push", reference])
        told = _run(["docker", "inspect", "--format", "{{index .RepoDigests 0}}", reference], quiet=True)
        return told.strip().partition("@")[2]
    with NamedTemporaryFile(prefix="propcast-digest-") as file:
        where = [reference, *([destination] if destination else [])]
        _run(["buildah", "push", "--digestfile", file.name, *where])
        return Path(file.name).read_text(encoding="ascii").strip()


def version_of(folder: Path) -> str:
    """Return the version that a checkout declares."""
    return str(tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def commit_of(folder: Path) -> str:
    """Return the commit of a checkout, `-dirty` behind it where files are changed or new."""
    head = _run(["git", "-C", str(folder), "rev-parse", "HEAD"], quiet=True).strip()
    changed = _run(["git", "-C", str(folder), "status", "--porcelain"], quiet=True).strip()
    return f"{head}-dirty" if changed else head


def _run(words: Sequence[str], *, quiet: bool = False) -> str:
    done = subprocess.run(words, check=False, text=True, stdout=subprocess.PIPE if quiet else None)  # noqa: S603
    if done.returncode:
        raise NotReady(f"`{' '.join(words[:3])} …` failed with {done.returncode}; what it said stands above")
    return done.stdout or ""
