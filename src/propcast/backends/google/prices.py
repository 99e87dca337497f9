"""List prices of Google Cloud, in one place: change them here when they change there.

They are from general knowledge of the public price lists: this machine could not read them again. Free quotas are left
out, so a bill is never higher than the estimate for these reasons.
"""

from dataclasses import dataclass
from datetime import date

TIB = 2**40


@dataclass(frozen=True)
class Prices:
    """US dollars for what is used.

    Attributes:
        read_on: when they were last known to hold.
        query_tib: BigQuery, on demand, for each TiB that queries are billed for (US multi-region).
        load_tib: BigQuery, for each TiB loaded by jobs of the shared pool.
        stored_gib_month: BigQuery, for each GiB of active logical storage and month.
    """

    read_on: date = date(2025, 6, 1)
    query_tib: float = 6.25
    load_tib: float = 0.0
    stored_gib_month: float = 0.02

    def queries(self, billed_bytes: int) -> float:
        """Return what queries cost."""
        return billed_bytes / TIB * self.query_tib


PRICES = Prices()
