"""A clean virtual environment: made from the lock with some extras, then made to prove itself."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from propcast.core.errors import NotReady
from propcast.delivery.images import findings
from propcast.delivery.images.baked import Baked, write
from propcast.delivery.images.booting import outside
from propcast.delivery.images.findings import Finding, Proven

PROOF = "propcast.delivery.images.proof"
_UNWANTED = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")


@dataclass(frozen=True)
class Environment:
    """An environment that is made below a folder, from a checkout."""

    checkout: Path
    folder: Path

    @property
    def venv(self) -> Path:
        """Where it is."""
        return self.folder / "venv"

    @property
    def python(self) -> str:
        """Its interpreter."""
        return str(self.venv / "bin" / "python")

    def install(self, extras: Sequence[str]) -> list[Finding]:
        """Install what the lock says for some extras, then the package as a wheel."""
        wanted = [word for extra in extras for word in ("--extra", extra)]
        words = ["sync", "--frozen", "--no-default-groups", "--no-editable", "--python", sys.executable, *wanted]
        done = self._uv([*words, "--directory", str(self.checkout)])
        return [Finding("install", "uv sync", _said(done))] if done.returncode else []

    def consistency(self) -> list[Finding]:
        """Have every distribution find the versions that it asks for."""
        done = self._uv(["pip", "check", "--python", self.python])
        return [Finding("consistency", "uv pip check", _said(done))] if done.returncode else []

    def prove(self, service: str, needed: Baked, without: Sequence[str] = ()) -> list[Proven]:
        """Run the proofs of a service in a fresh interpreter, with no zone data but what is installed."""
        needs = self.folder / "needs.json"
        needs.write_text(write(needed), encoding="utf-8")
        words = [self.python, "-m", PROOF, service, str(needs), "--without", *without]
        done = subprocess.run(  # noqa: S603 - our own module in the environment just made
            words, cwd=self.folder, env=_clean() | {"PYTHONTZPATH": ""}, capture_output=True, text=True, check=False
        )
        try:
            return findings.read(done.stdout)
        except json.JSONDecodeError:
            return [Proven("imports", 0.0, (Finding("imports", PROOF, _said(done)),))]

    def size(self) -> int:
        """Return the bytes of all its files."""
        return sum(path.stat().st_size for path in self.venv.rglob("*") if path.is_file() and not path.is_symlink())

    def _uv(self, words: Sequence[str]) -> "subprocess.CompletedProcess[str]":
        environ = _clean() | {"UV_PROJECT_ENVIRONMENT": str(self.venv), "UV_NO_PROGRESS": "1"}
        return subprocess.run(  # noqa: S603 - a fixed command
            [find_uv(self.checkout), *words], env=environ, capture_output=True, text=True, check=False
        )


def find_uv(checkout: Path) -> str:
    """Return a uv: that on the path, or the checkout's own."""
    own = checkout / ".tools" / "bin" / "uv"
    found = shutil.which("uv") or (str(own) if own.exists() else None)
    if found is None:
        raise NotReady("there is no uv here, which makes clean environments; run `make setup` in the checkout")
    return found


def _clean() -> dict[str, str]:
    return {name: value for name, value in outside().items() if name not in _UNWANTED}


def _said(done: "subprocess.CompletedProcess[str]") -> str:
    """Return the end of what a process said: that is where tools say what was wrong."""
    lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
    return " | ".join(line.strip() for line in lines[-6:])[-1000:] or f"it ended with {done.returncode}"
