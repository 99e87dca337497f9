"""The forecasts of some people: who cannot be computed abstains with a reason, and takes nobody else along."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from propcast.core.errors import InputError
from propcast.core.markets import Market
from propcast.core.reasons import Reason, Status
from propcast.forecast.pricing import BatchIdentity
from propcast.forecast.systems.registry import system_names
from propcast.pipeline.batch.inputs import PERSON, Models, of_people
from propcast.pipeline.batch.records import Participant, Said
from propcast.pipeline.champion import CHAMPION
from propcast.pipeline.slate import Slate, forecast_markets
from propcast.tables.forecasts import PREDICTIONS


def forecast_people(slate: Slate, markets: Sequence[Market], models: Models, identity: BatchIdentity) -> pl.DataFrame:
    """Return the PREDICTIONS rows of everybody on the slate.

    An unknown error is narrowed down by halves to the people who cause it; each of them abstains in every system with
    UNEXPECTED_ERROR. It is raised when it spares nobody: then the fault is not in a participant.
    """
    try:
        return PREDICTIONS.conform(forecast_markets(slate, markets, models, identity))
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - the edge of one participant: whatever is wrong with him is his reason
        return _narrowed(_Run(slate, markets, models, identity), error)


def said_of(rows: pl.DataFrame, people: Sequence[Participant]) -> tuple[Said, ...]:
    """Return what the champion says of each person: a forecast, no line, or an abstention with its reasons."""
    spoken = rows.filter(pl.col("system") == CHAMPION).group_by(PERSON)
    status = pl.col("status")
    found = spoken.agg(
        pl.when((status == Status.FORECAST).any())
        .then(pl.lit(Status.FORECAST))
        .when((status == Status.NO_LINE).any())
        .then(pl.lit(Status.NO_LINE))
        .otherwise(pl.lit(Status.ABSTAINED))
        .alias("status"),
        pl.col("reasons").explode().drop_nulls().unique().sort(),
    )
    by_person = {(event, person): _said(word, reasons) for event, person, word, reasons in found.iter_rows()}
    unknown = [each for each in people if (each.event_id, each.participant_id) not in by_person]
    if unknown:
        raise InputError(f"{len(unknown)} participants are not in the pinned inputs (first: {unknown[0]})")
    return tuple(by_person[each.event_id, each.participant_id] for each in people)


def rows_owed(people: Sequence[Participant], markets: Sequence[Market]) -> int:
    """Return how many rows people have: per market and system one for each line, one without a line."""
    systems = {market.name: len(system_names(market)) for market in markets}
    return sum(n * max(1, len(each.lines.get(name, ()))) for each in people for name, n in systems.items())


class _Run:
    """One forecast of a slate in parts."""

    def __init__(self, slate: Slate, markets: Sequence[Market], models: Models, identity: BatchIdentity) -> None:
        self.slate, self.n_forecast = slate, 0
        self._markets, self._models, self._identity = markets, models, identity

    def forecast(self, slate: Slate) -> pl.DataFrame:
        return forecast_markets(slate, self._markets, self._models, self._identity)

    def parts(self, people: pl.DataFrame) -> list[pl.DataFrame]:
        """Return the rows of people, by halves where they cannot be forecast together."""
        try:
            rows = [self.forecast(of_people(self.slate, people))]
        except Exception:  # noqa: BLE001 - as above; the error itself was seen by the first, whole attempt
            if people.height == 1:
                return [self._silent(of_people(self.slate, people))]
            half = people.height // 2
            return self.parts(people[:half]) + self.parts(people[half:])
        self.n_forecast += people.height
        return rows

    def _silent(self, one: Slate) -> pl.DataFrame:
        """Forecast him from nothing but who he is and his lines: every system abstains."""
        reason = pl.lit(Reason.UNEXPECTED_ERROR.value).alias("reason")
        contexts = one.contexts.with_columns(reason)
        bare = replace(one, contexts=contexts, features=one.features.clear(), consensus=one.consensus.clear())
        return self.forecast(bare)


def _narrowed(run: _Run, error: Exception) -> pl.DataFrame:
    people = run.slate.contexts.select(PERSON).unique().sort(PERSON)
    rows = PREDICTIONS.conform(pl.concat(run.parts(people)))
    if not run.n_forecast:
        raise error
    return rows


def _said(word: str, reasons: list[str]) -> Said:
    status = Status(word)
    return Said(status, () if status is Status.FORECAST else tuple(reasons))
