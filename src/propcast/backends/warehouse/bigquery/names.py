"""What tables are called in BigQuery; identifiers come from declarations alone."""

import re
from dataclasses import dataclass
from secrets import token_hex

from propcast.backends.scratch import PREFIX
from propcast.core.errors import InputError

JOURNAL = "__commits"
"""Ends the name of the table that lists the commits of another."""
STAGING = "load_"
"""Begins the name of a table that holds a frame between its upload and its commit."""
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Names:
    """Names of one environment.

    Attributes:
        project: as Google names it.
        dataset: of the tables.
        scratch: of what may be removed once it is old.
    """

    project: str
    dataset: str
    scratch: str

    @classmethod
    def of(cls, project: str, prefix: str) -> "Names":
        """Return the names of the environment whose datasets begin so."""
        return cls(project, f"{prefix}warehouse", f"{prefix}scratch")

    def table(self, name: str) -> str:
        """Return where a declared table is, `project.dataset.table`."""
        if name.startswith(PREFIX):
            return f"{self.project}.{self.scratch}.{scratch_id(name)}"
        return f"{self.project}.{self.dataset}.{identifier(name)}"

    def journal(self, name: str) -> str:
        """Return where the commits of a table are listed."""
        return self.table(name) + JOURNAL

    def staging(self, instant: str) -> str:
        """Return a new place for a frame; like every scratch name it tells its age."""
        return f"{self.project}.{self.scratch}.{STAGING}{instant}_{token_hex(8)}"


def scratch_id(name: str) -> str:
    """Return what a table under `_scratch/` is called: a letter must stand in front of its instant."""
    return identifier("t" + name.removeprefix(PREFIX).replace("-", "_"))


def age_of(table_id: str) -> str:
    """Return the instant that a name in the scratch dataset begins with."""
    return table_id.removeprefix(STAGING).removeprefix("t")


def identifier(name: str) -> str:
    """Return the name if it can stand in a statement; `InputError` for any other."""
    if not _IDENTIFIER.fullmatch(name):
        raise InputError(f"{name!r} cannot be a name in BigQuery; use letters, digits and underscores")
    return name
