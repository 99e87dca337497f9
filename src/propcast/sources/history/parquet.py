"""Reads one Parquet file of the layout once, or says why it cannot be used."""

from pathlib import Path

import polars as pl

from propcast.core.errors import FileFault
from propcast.sources.history.specification import Specification


def read_file(directory: Path, specification: Specification) -> pl.DataFrame:
    """Return the file's listed columns in canonical dtypes.

    Raises:
        FileFault: the file is missing, unreadable, truncated, empty, or has missing or mistyped columns.
    """
    path = directory / specification.file_name
    if not path.is_file():
        raise FileFault(f"{specification.file_name}: no such file in {directory}; copy it there and import again.")
    try:
        frame = specification.select(pl.scan_parquet(path)).collect()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise FileFault(
            f"{specification.file_name}: cannot be read as Parquet ({_first_line(error)}). "
            "Nothing of it was written; copy or export the file again."
        ) from error
    if frame.is_empty():
        raise FileFault(f"{specification.file_name}: has no rows. Nothing was written; export the file again.")
    return frame


def _first_line(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0][:200]
