"""A folder that Prometheus, Alertmanager and Grafana read: what was written by us is on record in it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from propcast.delivery.monitoring.target import MonitoringRefused, Placed

RECORD = ".propcast-monitoring.json"
READ = (".yml", ".yaml", ".json")
"""What these programs read; anything else in the folder, such as a key, is nobody's business."""
RELOAD_S = 10.0


@dataclass(frozen=True)
class Folder:
    """Monitoring objects as files.

    Attributes:
        reload: addresses that are asked to read the files again, such as `http://127.0.0.1:9090/-/reload`.
    """

    path: Path
    reload: tuple[str, ...] = ()

    def placed(self) -> Mapping[str, Placed]:
        """Return every file that is read, by its path in the folder."""
        ours = self._ours()
        files = (file for file in sorted(self.path.rglob("*")) if file.suffix in READ and file.name != RECORD)
        names = {str(file.relative_to(self.path)): file for file in files if file.is_file()}
        return {name: Placed(file.read_text(encoding="utf-8"), name in ours) for name, file in names.items()}

    def agrees(self, wanted: str, found: str) -> bool:
        """Return whether a file is to the letter what it shall be."""
        return wanted == found

    def put(self, name: str, body: str) -> None:
        """Write a file: readers see the old one or the new one."""
        self._record(self._ours() | {name})  # first, so that what we wrote is never a stranger's
        _replace(self.path / name, body)

    def delete(self, name: str) -> None:
        """Remove a file."""
        (self.path / name).unlink(missing_ok=True)
        self._record(self._ours() - {name})

    def done(self) -> None:
        """Ask whoever reads the files to read them again; `MonitoringRefused` when one does not."""
        for address in self.reload:
            _ask(address)

    def _ours(self) -> set[str]:
        record = self.path / RECORD
        return set(json.loads(record.read_text(encoding="utf-8"))) if record.is_file() else set()

    def _record(self, names: set[str]) -> None:
        _replace(self.path / RECORD, json.dumps(sorted(names), indent=1) + "\n")


def _replace(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f"{file.name}.new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(file)


def _ask(address: str) -> None:
    import httpx  # only those who ask pay for it

    try:
        answer = httpx.post(address, timeout=RELOAD_S, trust_env=False)
    except httpx.HTTPError as error:
        raise MonitoringRefused(f"{address} is not reached: {type(error).__name__}; the files are written") from error
    if answer.status_code != httpx.codes.OK:
        raise MonitoringRefused(f"{address} answers {answer.status_code}: {answer.text.strip()[:300]}")
