"""Prepares this checkout to run: uv, a virtual environment, and the one system library the models need.

Uses nothing but the standard library, says what it does, and is quick when there is nothing to do.
"""

import ctypes
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ROOT / ".tools"
STAMP = ROOT / ".venv" / ".propcast-synced"
INPUTS = (ROOT / "pyproject.toml", ROOT / "uv.lock")


def main() -> None:
    """Install what is missing; end with a sentence that says what to do where it cannot."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this file must run on older Pythons to say so
        fail(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}. Install one, e.g. from python.org.")
    if is_current():
        return
    started = time.monotonic()
    need_openmp()
    uv = find_uv()
    say("installing PropCast and its libraries into .venv (about 400 MB, once)")
    run([uv, "sync", "--frozen", "--all-extras", "--python", sys.executable])
    STAMP.write_text("synced\n")
    say(f"ready in {time.monotonic() - started:.0f} s")


def is_current() -> bool:
    """Tell whether the environment was made from these very inputs."""
    if not STAMP.exists():
        return False
    made = STAMP.stat().st_mtime
    return all(path.stat().st_mtime <= made for path in INPUTS)


def find_uv() -> str:
    """Return a uv executable: the one on PATH, or one of our own under .tools."""
    found = shutil.which("uv")
    if found:
        return found
    own = TOOLS / "bin" / "uv"
    if not own.exists():
        say("installing the package manager uv into .tools")
        make_tools()
        run([str(TOOLS / "bin" / "python"), "-m", "pip", "install", "--quiet", "uv>=0.9"])
    return str(own)


def make_tools() -> None:
    """Create the small environment that holds uv."""
    made = subprocess.run([sys.executable, "-m", "venv", str(TOOLS)], check=False, capture_output=True, text=True)
    if made.returncode == 0:
        return
    shutil.rmtree(TOOLS, ignore_errors=True)
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if apt_install(package):
        run([sys.executable, "-m", "venv", str(TOOLS)])
        return
    fail(f"this Python cannot make virtual environments. Install {package} (or uv itself), then run make again.")


def need_openmp() -> None:
    """Make sure that the OpenMP runtime, which LightGBM loads, is there."""
    if not sys.platform.startswith("linux"):
        return
    try:
        ctypes.CDLL("libgomp.so.1")
    except OSError:
        if not apt_install("libgomp1"):
            fail(
                "the OpenMP runtime libgomp.so.1 is missing. Install libgomp1 (Debian) or libgomp (Fedora), then retry."
            )


def apt_install(package: str) -> bool:
    """Install a Debian package when that is possible here; tell whether it worked."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return False
    say(f"installing the system package {package}")
    updated = subprocess.run(["apt-get", "update", "-qq"], check=False)
    installed = subprocess.run(["apt-get", "install", "-y", "-qq", package], check=False)
    return updated.returncode == 0 and installed.returncode == 0


def run(command: list[str]) -> None:
    """Run a command in the checkout, showing what it prints; end on failure."""
    done = subprocess.run(command, cwd=ROOT, check=False)
    if done.returncode != 0:
        fail(f"`{' '.join(command)}` failed (exit {done.returncode}). Is a package index reachable?")


def say(text: str) -> None:
    """Tell the user what happens."""
    sys.stderr.write(f"· {text}\n")


def fail(text: str) -> None:
    """End with one sentence that says what to do."""
    sys.stderr.write(f"✗ {text}\n")
    raise SystemExit(1)


if __name__ == "__main__":
    main()
