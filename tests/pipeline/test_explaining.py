"""Explaining a prediction: everything that it came from, found by the start of its id."""

import polars as pl
import pytest

from propcast.backends.compose import Backends
from propcast.core.errors import InputError
from propcast.core.sport import Sport
from propcast.forecast.systems import boosted
from propcast.pipeline.champion import CHAMPION
from propcast.pipeline.day import run_day
from propcast.pipeline.explaining import Explanation, explain
from propcast.pipeline.queries import slate
from propcast.tables.features import CONTRACTS
from tests.pipeline.conftest import MLB_DAY, NBA_DAY


def lined(backends: Backends, sport: Sport = Sport.NBA) -> Explanation:
    """The first forecast of the slate at a line that books agree on."""
    day = NBA_DAY if sport is Sport.NBA else MLB_DAY
    rows = slate(backends, sport, day).rows.filter((pl.col("status") == "forecast") & (pl.col("n_books") > 1))
    return explain(backends, rows["prediction_id"][0])


@pytest.mark.parametrize("sport", list(Sport))
def test_every_input_has_a_value_or_a_reason(played_home: Backends, sport: Sport) -> None:
    found = lined(played_home, sport)
    names = CONTRACTS[sport].names
    assert set(found.features) | set(found.null_reasons) == set(names)
    assert not set(found.features) & set(found.null_reasons)
    assert found.features


def test_its_quotes_are_those_of_the_consensus_and_of_the_best_prices(played_home: Backends) -> None:
    found = lined(played_home)
    row = found.prediction
    best = {row["over_quote_id"], row["under_quote_id"]} - {None}
    assert set(found.quotes["quote_id"]) == set(found.consensus["quote_ids"]) | best
    assert (found.quotes["observed_at"] <= row["as_of"]).all()
    used = dict(found.quotes.select("quote_id", "used_for").iter_rows())
    assert "best over" in used[row["over_quote_id"]]


def test_it_shows_versions_event_and_decision(played_home: Backends) -> None:
    found = lined(played_home)
    row = found.prediction
    assert found.event["event_id"] == row["event_id"]
    assert found.decision["prediction_id"] == row["prediction_id"]
    assert row["feature_hash"] == CONTRACTS[Sport.NBA].hash
    run = next(run for run in played_home.ledger.runs() if run.run_id == row["run_id"])
    assert run.step == "nba/forecast"


def test_a_formula_has_no_model_and_an_ungraded_day_no_grade(played_home: Backends) -> None:
    found = lined(played_home)
    assert found.prediction["system"] == CHAMPION
    assert (found.model, found.grade) == ({}, {})


def test_a_graded_prediction_shows_how_it_ended(graded_home: Backends) -> None:
    found = lined(graded_home)
    assert found.grade["prediction_id"] == found.prediction["prediction_id"]
    assert found.grade["outcome"] in {"no_bet", "win", "loss", "push", "void"}


def test_a_trained_system_shows_its_artefact(trained_home: Backends) -> None:
    run_day(trained_home, Sport.NBA, NBA_DAY)
    rows = slate(trained_home, Sport.NBA, NBA_DAY, system=boosted.NAME, market="points").rows
    found = explain(trained_home, rows.filter(pl.col("status") == "forecast")["prediction_id"][0])
    assert found.model["model_id"] == found.prediction["model_id"]
    assert found.prediction["contributions"]


def test_the_start_of_an_id_is_enough_when_only_one_begins_so(played_home: Backends) -> None:
    whole = lined(played_home).prediction["prediction_id"]
    assert explain(played_home, f" {whole[:16].upper()} ").prediction["prediction_id"] == whole


def test_an_ambiguous_start_says_how_many_and_names_some(played_home: Backends) -> None:
    whole = lined(played_home).prediction["prediction_id"]
    with pytest.raises(InputError, match=r"[0-9,]+ current predictions start with '.' \(.*give more of the id"):
        explain(played_home, whole[:1])


@pytest.mark.parametrize("text", ["feedfacefeedface", "zzz", "~"])
def test_an_unknown_id_says_where_ids_are(played_home: Backends, text: str) -> None:
    with pytest.raises(InputError, match="propcast slate"):
        explain(played_home, text)


def test_finding_one_costs_as_many_round_trips_as_there_are_parts(graded_home: Backends) -> None:
    """However many slates there are, the search is one read."""
    whole = lined(graded_home).prediction["prediction_id"]
    before = graded_home.warehouse.round_trips
    explain(graded_home, whole)
    assert graded_home.warehouse.round_trips - before <= 9


def test_a_prediction_of_a_replaced_batch_is_not_current(played_home: Backends) -> None:
    """After another batch is published, ids that only the old one had are gone from view."""
    old = slate(played_home, Sport.MLB, MLB_DAY).rows
    starts = old["starts_at"].min()
    run_day(played_home, Sport.MLB, MLB_DAY, as_of=starts)  # type: ignore[arg-type]
    current = slate(played_home, Sport.MLB, MLB_DAY, every_line=True).rows
    gone = old.join(current, on="prediction_id", how="anti")
    assert gone.height > 0
    with pytest.raises(InputError, match="no current prediction"):
        explain(played_home, gone["prediction_id"][0])
