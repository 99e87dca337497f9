"""Says what an image build needs of the manifest, before anything is installed: `parts.py extras|native SERVICE`."""

import sys
import tomllib
from pathlib import Path

MANIFEST = Path(__file__).with_name("propcast.toml")


def main() -> None:
    """Print the words: options of `uv sync`, or Debian packages."""
    what, service = sys.argv[1:]
    told = tomllib.loads(MANIFEST.read_text(encoding="utf-8"))
    extras = told["services"][service]["extras"]
    native = [package for extra in extras for package in told["image"]["native"].get(extra, [])]
    words = {"extras": [word for extra in extras for word in ("--extra", extra)], "native": native}[what]
    sys.stdout.write(" ".join(words) + ("\n" if words else ""))


if __name__ == "__main__":
    main()
