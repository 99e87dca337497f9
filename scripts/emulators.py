"""Installs what stands in for BigQuery in tests, in an environment of its own: it pins libraries older than ours.

Google's emulators of Pub/Sub and Firestore come with its SDK and are only looked for; that of Cloud Storage is a wheel.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from bootstrap import TOOLS, find_uv, run, say

HOME = TOOLS / "bigquery"
WANTED = ("bqemulator==1.4.0", "duckdb==1.5.5", "duckdb-extension-spatial==1.5.5", "numpy")


def main() -> None:
    """Install the BigQuery emulator where it is missing."""
    stamp = HOME / ".installed"
    if stamp.exists() and stamp.read_text() == "\n".join(WANTED):
        return
    say("installing the BigQuery emulator into .tools/bigquery (about 500 MB, once)")
    uv = find_uv()
    run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(HOME)])
    run([uv, "pip", "install", "--quiet", "--python", str(HOME / "bin" / "python"), *WANTED])
    stamp.write_text("\n".join(WANTED))


if __name__ == "__main__":
    main()
