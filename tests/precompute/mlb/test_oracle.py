"""The engine agrees with brute force, also when results become known late."""

from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.precompute.mlb.built import KEY, all_features, built, features
from tests.precompute.mlb.oracle import Oracle


def disagreements(contexts: pl.DataFrame, found: pl.DataFrame, oracle: Oracle) -> list[str]:
    rows = {(row["event_id"], row["player_id"]): row for row in found.to_dicts()}
    wrong = []
    for context in contexts.to_dicts():
        got = rows[context["event_id"], context["player_id"]]
        for name, expected in oracle.features(context).items():
            if got[name] != (None if expected is None else pytest.approx(expected, rel=1e-5, abs=1e-6)):
                wrong.append(f"{context['event_id']} {context['player_id']} {name}: {got[name]}, not {expected}")
    return wrong


@pytest.mark.proves("L34", "E1")
def test_features_of_every_start_agree_with_brute_force() -> None:
    assert disagreements(built().scored, all_features(), Oracle(built().inputs)) == []


@pytest.mark.proves("L34")
def test_features_of_everybody_quoted_agree_with_brute_force() -> None:
    assert disagreements(built().quoted, features(built().quoted), Oracle(built().inputs)) == []


@pytest.mark.proves("L34", "E2")
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_a_result_counts_from_the_moment_it_was_known(data: st.DataObject) -> None:
    inputs = built().inputs
    late = data.draw(st.sets(st.integers(0, inputs.pitcher_games.height - 1), max_size=30))
    delay = timedelta(hours=data.draw(st.integers(1, 400)))
    events = inputs.pitcher_games.with_row_index("n").filter(pl.col("n").is_in(list(late)))["event_id"].unique()
    delayed = {
        name: getattr(inputs, name).with_columns(
            observed_at=pl.when(pl.col("event_id").is_in(events.to_list()))
            .then(pl.col("observed_at") + delay)
            .otherwise("observed_at")
        )
        for name in ("pitcher_games", "team_games", "plate_appearances")
    }
    some = built().scored.sample(25, seed=data.draw(st.integers(0, 99)))
    changed = Oracle(type(inputs)(**{**vars(inputs), **delayed}))
    assert disagreements(some, features(some, **delayed), changed) == []


def test_the_oracle_sees_what_the_engine_sees() -> None:
    assert all_features().select(KEY).sort(KEY).equals(built().scored.select(KEY).sort(KEY))
