"""Reference rows of people."""

from datetime import date

import polars as pl

from propcast.sources.history.reading import read_history
from propcast.tables.reference import PLAYER_ALIASES
from tests.sources.samples import canonical


def people(**frames: pl.DataFrame) -> dict[str, dict[str, object]]:
    reading = read_history(frames, PLAYER_ALIASES.empty())
    return {row["participant_id"]: row for row in reading.ref_players.iter_rows(named=True)}


def test_the_latest_spelling_of_a_box_score_is_the_name() -> None:
    old = {"pitcher_name": "O. J. Reed", "game_pk": 5, "game_date": date(2024, 7, 2)}
    person = people(mlb_pitcher_games=canonical("mlb_pitcher_games", {}, old))["mlb:501"]
    assert (person["full_name"], person["name_key"]) == ("Olan Reed", "olanreed")


def test_a_hand_once_stated_is_known_and_a_hand_never_stated_is_null() -> None:
    stated = {"p_throws": "L", "game_pk": 5, "game_date": date(2024, 7, 2)}
    starts = canonical("mlb_pitcher_games", {"p_throws": None}, stated, {"pitcher_id": 7, "p_throws": None})
    found = people(mlb_pitcher_games=starts)
    assert (found["mlb:501"]["throws"], found["mlb:7"]["throws"]) == ("L", None)


def test_a_man_who_bats_and_pitches_is_one_person() -> None:
    found = people(
        mlb_pitcher_games=canonical("mlb_pitcher_games"),
        mlb_batter_games=canonical("mlb_batter_games", {"batter_id": 501}),
    )
    assert (found["mlb:501"]["bats"], found["mlb:501"]["throws"]) == ("S", "R")


def test_who_was_only_ever_quoted_has_the_name_of_the_quote() -> None:
    found = people(
        nba_player_box=canonical("nba_player_box"),
        nba_points_lines=canonical("nba_points_lines", {"player_name": "I. Marsh"}, {"player_id": 2}),
    )
    assert {key: row["full_name"] for key, row in found.items()} == {"nba:1": "Ivo Marsh", "nba:2": "Ivo Marsh"}
