"""List prices of Google Cloud, in one place: change them here when they change there.

They are from general knowledge of the public price lists: this machine could not read them again. Free quotas are left
out, so a bill is never higher than the estimate for these reasons.
"""

from dataclasses import dataclass
from datetime import date

TIB = 2**40
LEAST_MESSAGE = 2**10


@dataclass(frozen=True)
class Prices:
    """US dollars for what is used.

    Attributes:
        read_on: when they were last known to hold.
        query_tib: BigQuery, on demand, for each TiB that queries are billed for (US multi-region).
        load_tib: BigQuery, for each TiB loaded by jobs of the shared pool.
        stored_gib_month: BigQuery, for each GiB of active logical storage and month.
        read_100k, write_100k, delete_100k: Firestore, for 100,000 documents (US multi-region).
        message_tib: Pub/Sub, for each TiB that is published or delivered.
    """

    read_on: date = date(2025, 6, 1)
    query_tib: float = 6.25
    load_tib: float = 0.0
    stored_gib_month: float = 0.02
    read_100k: float = 0.06
    write_100k: float = 0.18
    delete_100k: float = 0.02
    message_tib: float = 40.0

    def queries(self, billed_bytes: int) -> float:
        """Return what queries cost."""
        return billed_bytes / TIB * self.query_tib

    def documents(self, reads: int, writes: int, deletes: int) -> float:
        """Return what documents cost."""
        return (reads * self.read_100k + writes * self.write_100k + deletes * self.delete_100k) / 100_000

    def messages(self, pushes: int) -> float:
        """Return what small messages cost: each is billed as 1 KiB at least, published and delivered."""
        return 2 * pushes * LEAST_MESSAGE / TIB * self.message_tib


PRICES = Prices()
