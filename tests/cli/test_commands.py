"""Every command, as people read it and as programs do."""

import csv
import io
import json
from typing import Any

import polars as pl
import pytest
from typer.testing import Result

from propcast.backends.compose import Backends
from propcast.backends.state.records import StepState
from propcast.core.markets import markets_of
from propcast.core.sport import Sport
from propcast.pipeline.champion import CHAMPION
from propcast.tables.forecasts import GRADES, PREDICTIONS
from tests.cli.conftest import propcast, run_in
from tests.pipeline.conftest import MLB_DAY, NBA_DAY, NO_GAMES, PARTLY_QUOTED, POSTPONED

NBA = ("--sport", "nba", "--date", NBA_DAY)
MLB = ("--sport", "mlb", "--date", MLB_DAY)
COMMANDS = (
    "import",
    "backfill",
    "simulate",
    "day",
    "slate",
    "explain",
    "grade",
    "scorecard",
    "train",
    "backtest",
    "status",
    "doctor",
)


def document(result: Result, exit_code: int = 0) -> Any:
    """The one JSON document on standard output; anything beside it would not parse."""
    assert (result.exit_code, result.stderr) == (exit_code, "") or exit_code, result.output
    return json.loads(result.stdout, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


def text(result: Result) -> str:
    """What a person reads, of a command that worked."""
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    return result.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    shown = text(propcast(command, "--help"))
    assert f"Example:  propcast {command}" in shown
    assert "--json" in shown


def test_help_lists_every_command_and_exit_code() -> None:
    shown = text(propcast("--help"))
    assert all(f"│ {command} " in shown for command in COMMANDS)
    assert all(f"{code} " in shown.partition("Exit codes")[2] for code in (*range(10), 130))


def test_the_version_is_one_line() -> None:
    assert text(propcast("--version")).split() == ["propcast", "0.1.0"]


def test_no_command_shows_the_help_and_is_a_usage_error() -> None:
    result = propcast()
    assert result.exit_code == 2
    assert "Usage: propcast" in result.output


def test_day_says_what_it_did_and_what_comes_next(league_home: Backends) -> None:
    shown = text(run_in(league_home)("day", *MLB))
    assert "mlb/forecast" in shown
    assert "pitcher_strikeouts" in shown
    assert f"see it:   propcast slate --sport mlb --date {MLB_DAY}" in shown
    assert "propcast train --sport mlb --market pitcher_strikeouts" in shown


def test_day_as_json_adds_up(played_home: Backends) -> None:
    found = document(run_in(played_home)("day", *NBA, "--json"))
    assert {row["market"] for row in found["sums"]} == {market.name for market in markets_of(Sport.NBA)}
    assert all(row["quoted"] == row["forecast"] + row["abstained"] for row in found["sums"])
    assert sum(step["new"] for step in found["steps"]) == 0


def test_day_without_games_is_a_success(league_home: Backends) -> None:
    assert "no games" in text(run_in(league_home)("day", "--sport", "nba", "--date", NO_GAMES))


def test_day_as_of_an_earlier_instant(played_home: Backends) -> None:
    found = document(run_in(played_home)("day", *NBA, "--as-of", f"{NBA_DAY}T19:00:00Z", "--json"))
    late = document(run_in(played_home)("day", *NBA, "--json"))
    assert sum(row["lines"] for row in found["sums"]) < sum(row["lines"] for row in late["sums"])


def test_slate_as_json_is_the_published_rows(played_home: Backends) -> None:
    found = document(run_in(played_home)("slate", *NBA, "--market", "points", "--json"))
    current = played_home.ledger.current(Sport.NBA, NBA_DAY)
    assert current is not None
    assert (found["sport"], found["game_day"], found["batch_id"]) == ("nba", str(NBA_DAY), current.batch_id)
    assert found["rows"]
    assert {(row["market"], row["system"]) for row in found["rows"]} == {("points", CHAMPION)}
    assert document(run_in(played_home)("slate", *NBA, "--market", "points", "--format", "json")) == found


def test_slate_as_csv_has_the_same_rows(played_home: Backends) -> None:
    run = run_in(played_home)
    rows = list(csv.DictReader(io.StringIO(text(run("slate", *NBA, "--format", "csv")))))
    ids = [row["prediction_id"] for row in document(run("slate", *NBA, "--json"))["rows"]]
    assert [row["prediction_id"] for row in rows] == ids


def test_slate_as_a_table_shows_players_lines_and_why(played_home: Backends) -> None:
    shown = text(run_in(played_home)("slate", *NBA, "--market", "points"))
    assert "Abel Ashdown" in shown
    assert "EV_TOO_SMALL" in shown
    assert "P(over)" in shown
    assert "market " not in shown.splitlines()[1]


def test_slate_of_one_system_with_every_line(played_home: Backends) -> None:
    run = run_in(played_home)
    modal, every = (
        document(run("slate", *NBA, "--system", "similarity", *more, "--json"))["rows"]
        for more in ((), ("--every-line",))
    )
    assert {row["system"] for row in every} == {"similarity"}
    assert len(every) > len(modal)


def test_slate_of_a_day_without_games_says_so(graded_home: Backends) -> None:
    words = ("slate", "--sport", "nba", "--date", NO_GAMES)
    assert text(run_in(graded_home)(*words)).strip() == f"NBA {NO_GAMES} · no games"
    assert document(run_in(graded_home)(*words, "--json"))["rows"] == []
    assert text(run_in(graded_home)(*words, "--format", "csv")).startswith("prediction_id,")


def an_id(backends: Backends) -> str:
    """A forecast of the slate at a line."""
    rows = document(run_in(backends)("slate", *NBA, "--market", "points", "--json"))["rows"]
    return str(next(row["prediction_id"] for row in rows if row["status"] == "forecast"))


def test_explain_shows_every_part(graded_home: Backends) -> None:
    shown = text(run_in(graded_home)("explain", an_id(graded_home)[:20]))
    sections = ("Forecast", "Chances at the line", "Decision", "What moved it", "Consensus of the books", "Quotes",
                "Inputs", "Inputs without a value", "Versions", "Grade")  # fmt: skip
    lines = shown.splitlines()
    assert [line for line in lines if line in sections] == list(sections)
    assert "NO_SOURCE" in shown
    assert "best over" in shown


def test_explain_as_json_has_every_part(graded_home: Backends) -> None:
    wanted = an_id(graded_home)
    found = document(run_in(graded_home)("explain", wanted, "--json"))
    assert found["prediction"]["prediction_id"] == wanted
    assert {"event", "decision", "features", "null_reasons", "consensus", "quotes", "model", "grade"} < set(found)
    assert {quote["quote_id"] for quote in found["quotes"]} >= set(found["consensus"]["quote_ids"])


def test_explain_of_a_participant_without_a_line(played_home: Backends) -> None:
    """No quote, no model, no grade: what is not there is not shown."""
    current = played_home.ledger.current(Sport.NBA, NBA_DAY)
    assert current is not None
    rows = played_home.warehouse.read(PREDICTIONS).filter(
        (pl.col("status") == "no_line") & (pl.col("batch_id") == current.batch_id)
    )
    shown = text(run_in(played_home)("explain", rows["prediction_id"][0]))
    assert "without a line" in shown
    assert "Chances at the line" not in shown
    assert "not graded yet" in shown


@pytest.mark.proves("L46")
def test_grade_as_json_adds_up(played_home: Backends) -> None:
    found = document(run_in(played_home)("grade", *NBA, "--json"))
    champion = [row for row in found["sums"] if row["system"] == CHAMPION]
    assert len(champion) == len(markets_of(Sport.NBA))
    for row in champion:
        assert row["quoted"] == row["forecast"] + row["abstained"] == row["settled"] + row["void"] + row["open"]
    graded = played_home.warehouse.read(GRADES, columns=["system"]).filter(pl.col("system") == CHAMPION)
    assert sum(found["counts"].values()) == graded.height
    assert found["state"] == StepState.DONE


def test_grade_says_that_everybody_is_settled(graded_home: Backends) -> None:
    shown = text(run_in(graded_home)("grade", *NBA))
    assert shown.strip().endswith(f"NBA {NBA_DAY}: done, every quoted participant is settled or void")
    assert f"{CHAMPION}: quoted participants" in shown


def test_grade_of_a_day_where_everything_is_void(graded_home: Backends) -> None:
    assert "done" in text(run_in(graded_home)("grade", "--sport", "nba", "--date", POSTPONED))


def test_grade_of_a_day_without_games_is_a_success(graded_home: Backends) -> None:
    words = ("grade", "--sport", "nba", "--date", NO_GAMES)
    assert "no games, nothing to settle" in text(run_in(graded_home)(*words))
    found = document(run_in(graded_home)(*words, "--json"))
    assert (found["state"], found["sums"]) == ("empty_ok", [])


SPAN = ("--sport", "nba", "--from", PARTLY_QUOTED, "--to", NBA_DAY)


def test_scorecard_shows_the_market_on_the_same_rows(graded_home: Backends) -> None:
    shown = text(run_in(graded_home)("scorecard", *SPAN))
    assert f"NBA {PARTLY_QUOTED} … {NBA_DAY}, 2 graded days" in shown
    assert "minus market [95 %]" in shown
    assert "market_implied" in shown


def test_scorecard_as_json_has_n_and_intervals(graded_home: Backends) -> None:
    found = document(run_in(graded_home)("scorecard", *SPAN, "--json"))
    assert found["days"] == 2
    wanted = [r for r in found["rows"] if r["metric"] == "log_loss_raw_minus_market" and r["system"] == CHAMPION]
    assert len(wanted) == len(markets_of(Sport.NBA))
    assert all(row["low"] <= row["value"] <= row["high"] and row["n"] > 0 for row in wanted)


def test_backfill_counts_new_rows_once(league_home: Backends) -> None:
    words = ("backfill", "--sport", "mlb", "--from", "2025-05-11", "--to", "2025-05-25")
    first, second = (document(run_in(league_home)(*words, "--json")) for _ in range(2))
    assert sum(step["new"] for step in first["steps"]) > 0
    assert sum(step["new"] for step in second["steps"]) == 0


def test_backfill_shows_its_steps(played_home: Backends) -> None:
    shown = text(run_in(played_home)("backfill", "--sport", "mlb", "--from", MLB_DAY, "--to", MLB_DAY))
    assert "mlb/precompute" in shown
    assert "new rows" in shown


@pytest.mark.usefixtures("few_trees")
def test_train_says_what_it_was_fitted_on(played_home: Backends) -> None:
    found = document(run_in(played_home)("train", "--sport", "nba", "--market", "points", "--until", NBA_DAY, "--json"))
    assert found["model_id"].startswith("gbm_lightgbm-points-")
    assert (found["train_until"], found["market"]) == (str(NBA_DAY), "points")
    assert found["n_rows"] >= 200


def test_status_tells_what_worked(graded_home: Backends) -> None:
    shown = text(run_in(graded_home)("status"))
    assert "every attempt and every expected output is in order" in shown
    assert "raw_nba_player_box" not in shown
    assert "raw_nba_player_box" in text(run_in(graded_home)("status", "--tables"))


def test_status_as_json_has_expected_and_actual(graded_home: Backends) -> None:
    found = document(run_in(graded_home)("status", "--json"))
    day = next(row for row in found["days"] if row["game_day"] == str(NBA_DAY))
    assert day["grades_actual"] == day["grades_expected"] > 0
    assert found["problems"] == []


def test_doctor_as_json(trained_home: Backends) -> None:
    found = document(run_in(trained_home)("doctor", "--json"))
    assert {finding["status"] for finding in found} <= {"pass", "warn"}


def test_doctor_fails_when_a_model_is_gone(trained_home: Backends) -> None:
    (path,) = (trained_home.settings.home / "objects").rglob("*.zip")
    path.unlink()
    result = run_in(trained_home)("doctor")
    assert result.exit_code == 1
    assert "✗ models:golden" in result.stdout
    assert "checks failed" in result.stderr
    assert any(f["status"] == "fail" for f in document(run_in(trained_home)("doctor", "--json"), exit_code=1))
