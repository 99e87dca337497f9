"""`propcast simulate`, as people read it and as programs do."""

import json

from propcast.backends.compose import Backends
from tests.cli.conftest import run_in

FEW = ("simulate", "--until", "2025-04-22", "--seasons", 1, "--days", 3, "--quoted-days", 1)


def test_a_world_is_made_and_the_next_command_is_named(empty_home: Backends) -> None:
    result = run_in(empty_home)(*FEW, "--sport", "mlb")
    assert result.exit_code == 0, result.output
    assert "SIMULATED until 2025-04-22" in result.stdout
    assert "raw_mlb_plate_appearances" in result.stdout
    assert "propcast day --sport mlb --date 2025-04-22" in result.stdout


def test_both_leagues_as_one_document(empty_home: Backends) -> None:
    run = run_in(empty_home)
    first, again = (json.loads(run(*FEW, "--json").stdout) for _ in range(2))
    assert first["label"] == "SIMULATED"
    assert {one["sport"] for one in first["told"]} == {"nba", "mlb"}
    assert sum(one["written"] for one in first["told"]) > 1_000
    assert sum(one["written"] for one in again["told"]) == 0


def test_another_seed_in_the_same_home_is_refused(empty_home: Backends) -> None:
    run = run_in(empty_home)
    run(*FEW, "--sport", "mlb")
    result = run(*FEW, "--sport", "mlb", "--seed", 2)
    assert result.exit_code == 2
    assert "was simulated with seed 1" in result.stderr


def test_an_unknown_league_is_a_usage_error(empty_home: Backends) -> None:
    result = run_in(empty_home)(*FEW, "--sport", "nhl")
    assert result.exit_code == 2
    assert "none of nba, mlb, both" in result.output


def test_importing_into_a_simulated_home_is_refused(empty_home: Backends) -> None:
    run = run_in(empty_home)
    run(*FEW, "--sport", "mlb")
    result = run("import", "--from", empty_home.settings.home)
    assert result.exit_code == 2
    assert "SIMULATED world" in result.stderr
