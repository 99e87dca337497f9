"""How old a book's last answer may be before its quotes no longer stand (DOMAIN 8.1)."""

from dataclasses import dataclass
from datetime import timedelta

import polars as pl


@dataclass(frozen=True)
class Freshness:
    """One rule for live feeds and imported history: the age of a book's last answered poll, against a limit.

    Attributes:
        limits: (time to the start of at least, age of at most) steps, the longest time to the start first.
        from_newest_poll: measure the age up to the newest poll of that vendor, not up to `as_of`. Imported history
            was polled on its own timetable, so there a quote stands as long as the newest poll still shows it.
    """

    limits: tuple[tuple[timedelta, timedelta], ...]
    from_newest_poll: bool = False

    def holds(self) -> pl.Expr:
        """Return whether a quote is fresh, from `as_of`, `starts`, `newest_poll_at` and `seen_at`."""
        measured_at = pl.col("newest_poll_at") if self.from_newest_poll else pl.col("as_of")
        lead = pl.col("starts") - pl.col("as_of")
        allowed = pl.coalesce(pl.when(lead >= at_least).then(pl.lit(at_most)) for at_least, at_most in self.limits)
        return (measured_at - pl.col("seen_at") <= allowed).fill_null(value=False)


LIVE = Freshness(
    limits=(
        (timedelta(hours=6), timedelta(minutes=90)),
        (timedelta(hours=2), timedelta(minutes=45)),
        (timedelta(minutes=30), timedelta(minutes=20)),
        (timedelta(0), timedelta(minutes=10)),
    )
)

IMPORTED = Freshness(limits=((timedelta(0), timedelta(0)),), from_newest_poll=True)
