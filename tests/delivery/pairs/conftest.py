"""The small game day of the batch protocol."""

from tests.pipeline.batch.conftest import pair, tables
from tests.pipeline.conftest import played_template, raw_template

__all__ = ["pair", "played_template", "raw_template", "tables"]
