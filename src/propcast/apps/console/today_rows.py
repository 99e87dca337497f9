"""The panels of Today as rows, for CSV."""

from collections.abc import Callable, Sequence

import polars as pl

from propcast.apps.console import today
from propcast.apps.console.today import Today
from propcast.pipeline.plain import plain


def rows_of(found: Today, panel: str) -> pl.DataFrame:
    """Return one panel as rows."""
    return _ROWS[panel](found)


def _day(found: Today) -> pl.DataFrame:
    return _flat(found.day.content or ())


def _needs(found: Today) -> pl.DataFrame:
    concerns = found.needs.content.concerns if found.needs.content else ()
    rows = [(each.severity.name.lower(), each.what, each.remedy) for each in concerns]
    return pl.DataFrame(rows, schema=dict.fromkeys(("severity", "what", "remedy"), pl.String), orient="row")


def _games(found: Today) -> pl.DataFrame:
    funnels = [funnel.rows() for funnel in found.games.content or ()]
    return pl.concat(funnels) if funnels else pl.DataFrame()


def _ages(found: Today) -> pl.DataFrame:
    return _flat(found.ages.content or ())


def _services(found: Today) -> pl.DataFrame:
    rows = found.services.content.rows if found.services.content else ()
    numbers = ("health", "ready", "passed", "warned", "failed")
    told = [
        (
            row.service,
            *(row.answers[path].code for path in ("/health", "/ready")),
            *(row.counts() or (None, None, None)),
            str(row.verdict.overall),
            "; ".join(row.verdict.notes),
        )
        for row in rows
    ]
    schema = {
        "service": pl.String(),
        **dict.fromkeys(numbers, pl.Int64()),
        "overall": pl.String(),
        "notes": pl.String(),
    }
    return pl.DataFrame(told, schema=schema, orient="row")


def _flat(records: Sequence[object]) -> pl.DataFrame:
    return pl.DataFrame([plain(record) for record in records], infer_schema_length=None)


_ROWS: dict[str, Callable[[Today], pl.DataFrame]] = {
    today.DAY: _day,
    today.NEEDS: _needs,
    today.GAMES: _games,
    today.AGES: _ages,
    today.SERVICES: _services,
}
