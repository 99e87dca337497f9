"""What must not change a feature does not, and what has no source is null."""

from datetime import date

import polars as pl
import pytest

from propcast.precompute.mlb.features import mlb_lineup_k
from propcast.tables.contract import split
from propcast.tables.features import MLB_FEATURES
from propcast.tables.precompute import MLB_FEATURE_TABLE, MLB_LINEUP_K
from tests.precompute.mlb.built import KEY, all_features, built, features

DAYS = [date(2025, 4, 15), date(2025, 5, 13), date(2025, 5, 25)]
FRAMES = ("pitcher_games", "team_games", "batter_games", "plate_appearances", "lineups")
OF_ANY_APPEARANCE = ("pitches_last", "days_rest", "max_event_day", "max_observed_at")


def on(day: date, contexts: pl.DataFrame | None = None) -> pl.DataFrame:
    frame = built().scored if contexts is None else contexts
    return frame.filter(pl.col("game_day") == day)


def without(gone: pl.Expr) -> dict[str, pl.DataFrame]:
    """The results and line-ups without some rows."""
    return {name: getattr(built().inputs, name).filter(~gone) for name in FRAMES}


def test_features_obey_their_table_one_row_per_context() -> None:
    assert split(MLB_FEATURE_TABLE, all_features()).bad.is_empty()
    assert all_features().height == built().scored.height
    assert split(MLB_LINEUP_K, mlb_lineup_k(built().scored, built().inputs)).bad.is_empty()


def test_everybody_quoted_has_a_row_even_who_cannot_be_forecast() -> None:
    rows = features(built().quoted)
    assert rows.select(KEY).equals(built().quoted.select(KEY))
    assert split(MLB_FEATURE_TABLE, rows).bad.is_empty()


@pytest.mark.proves("E2", "L42")
@pytest.mark.parametrize("day", DAYS)
def test_one_date_and_the_whole_backfill_are_bit_identical(day: date) -> None:
    assert features(on(day)).equals(on(day, all_features()))


@pytest.mark.proves("E1", "L34")
@pytest.mark.parametrize("day", DAYS)
def test_nothing_of_the_day_itself_or_later_changes_a_feature(day: date) -> None:
    before = without(pl.col("game_day") >= day)
    before["lineups"] = built().inputs.lineups.filter(pl.col("game_day") <= day)
    assert features(on(day), **before).equals(on(day, all_features()))


@pytest.mark.proves("E1", "L34")
def test_absurd_results_from_a_day_on_leave_that_days_features_bit_identical() -> None:
    day, games, teams = DAYS[1], built().inputs.pitcher_games, built().inputs.team_games
    later = pl.col("game_day") >= day
    absurd = {
        "pitcher_games": games.with_columns(strikeouts=pl.when(later).then(27).otherwise("strikeouts")),
        "team_games": teams.with_columns(k_vs_starter=pl.when(later).then(27).otherwise("k_vs_starter")),
    }
    assert features(on(day), **absurd).equals(on(day, all_features()))
    after = DAYS[2]
    assert not features(on(after), **absurd).equals(on(after, all_features()))


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_input_rows_changes_nothing(seed: int) -> None:
    shuffled = {name: getattr(built().inputs, name).sample(fraction=1, shuffle=True, seed=seed) for name in FRAMES}
    contexts = built().scored.sample(fraction=1, shuffle=True, seed=seed)
    assert features(contexts, **shuffled).equals(all_features())


@pytest.mark.proves("L34")
def test_the_first_game_of_a_doubleheader_never_feeds_the_second() -> None:
    second = built().scored.filter(pl.col("event_id").str.ends_with("-second"))
    without_first = {
        name: getattr(built().inputs, name).filter(~pl.col("event_id").str.ends_with("-first")) for name in FRAMES
    }
    assert second.height == 2
    assert features(second, **without_first).equals(features(second))


@pytest.mark.proves("L34")
def test_relief_outings_change_no_starter_window() -> None:
    games = built().inputs.pitcher_games
    relief = games.filter(pl.col("role") == "starter").with_columns(
        event_id=pl.col("event_id") + "-relief",
        game_day=pl.col("game_day").dt.offset_by("1d"),
        observed_at=pl.col("observed_at").dt.offset_by("1d"),
        role=pl.lit("reliever"),
        strikeouts=pl.lit(3, pl.Int64()),
        batters_faced=pl.lit(4, pl.Int64()),
    )
    changed = features(built().scored, pitcher_games=pl.concat([games, relief]))
    assert changed.drop(OF_ANY_APPEARANCE).equals(all_features().drop(OF_ANY_APPEARANCE))
    assert not changed["days_rest"].equals(all_features()["days_rest"])


@pytest.mark.proves("L35")
def test_a_short_start_stays_in_every_later_window() -> None:
    starts = built().inputs.pitcher_games.filter(pl.col("role") == "starter")
    short = starts.filter(pl.col("batters_faced") == 7).head(1)
    later = all_features().join(short, on=["player_id", "season"]).filter(pl.col("game_day") > pl.col("game_day_right"))
    dropped = features(built().scored, pitcher_games=starts.join(short, on=KEY, how="anti"))
    cheered = dropped.join(later.select(KEY), on=KEY, how="semi")
    assert cheered.height > 0
    assert (later["bf_projected"] < cheered["bf_projected"]).all()
    assert (later["opener_prob"] > cheered["opener_prob"]).all()
    assert (later["starts_season"] == cheered["starts_season"] + 1).all()


def test_windows_restart_with_the_season_while_the_prior_carries_over() -> None:
    first = all_features().filter(pl.col("season") == "2025", pl.col("starts_season") == 0, pl.col("player_id") == 1002)
    assert first.select("k_avg_l3", "k_pct_season", "pitches_last", "days_rest").row(0) == (None, None, None, None)
    own = built().inputs.pitcher_games.filter(pl.col("player_id") == 1002, pl.col("season") == "2024")
    league = built().inputs.team_games.filter(pl.col("season") == "2024")
    rate = own.select(pl.col("strikeouts").sum() / pl.col("batters_faced").sum()).item()
    prior = league.select(pl.col("k_vs_starter").sum() / pl.col("pa_vs_starter").sum()).item()
    low, high = sorted([rate, prior])
    assert low < first["k_pct_shrunk"].item() < high


def test_opponent_and_park_are_those_of_tonight_and_not_of_his_previous_start() -> None:
    rows = all_features().join(built().scored.select(*KEY, "opponent", "venue_team"), on=KEY)
    own = rows.filter(pl.col("player_id") == 1002, pl.col("season") == "2025")
    factors = dict(
        built().inputs.park_factors.filter(pl.col("season") == "2025").select("park", "park_k_factor").iter_rows()
    )
    assert own["park_k_factor"].to_list() == pytest.approx([factors[park] for park in own["venue_team"]])
    assert own["opponent"].n_unique() > 1


@pytest.mark.proves("L40")
def test_what_has_no_source_is_null_and_says_so() -> None:
    missing = all_features()["sources_missing"].str.split(",")
    for name in ("temp_f", "umpire_k_delta", "game_total", "opp_implied_runs"):
        assert all_features()[name].null_count() == all_features().height
        assert missing.list.contains(name).all()


@pytest.mark.proves("L40")
def test_every_null_is_few_games_or_has_no_source() -> None:
    by_reason = {feature.name: feature.null_reason for feature in MLB_FEATURES.features}
    forecastable = all_features().join(built().scored.filter(pl.col("reason").is_null()), on=KEY, how="semi")
    for row in forecastable.to_dicts():
        unexplained = [
            name
            for name in MLB_FEATURES.names
            if row[name] is None and by_reason[name] is None and name not in row["sources_missing"].split(",")
        ]
        assert unexplained == []


@pytest.mark.proves("L40")
def test_without_line_ups_what_needs_them_is_null_and_sourceless() -> None:
    day = DAYS[1]
    rows = features(on(day), lineups=built().inputs.lineups.clear())
    for name in ("lineup_k_pct", "lineup_known", "expected_k_bottom_up", "platoon_share"):
        assert rows[name].null_count() == rows.height
        assert rows["sources_missing"].str.split(",").list.contains(name).all()


@pytest.mark.proves("L40")
def test_pitch_data_missing_at_the_source_differs_from_too_few_pitches() -> None:
    rows = all_features().join(built().scored.select(*KEY, "team"), on=KEY).filter(pl.col("season") == "2025")
    untracked = rows.filter(pl.col("team") == "COV", pl.col("starts_season") > 0, pl.col("player_id") // 1000 == 3)
    assert untracked["swstr_season"].null_count() == untracked.height > 0
    assert untracked["sources_missing"].str.split(",").list.contains("swstr_season").all()
    debut = rows.filter(pl.col("team") == "ASH", pl.col("starts_season") == 0)
    assert debut["swstr_season"].null_count() == debut.height > 0
    assert not debut["sources_missing"].str.split(",").list.contains("swstr_season").any()


@pytest.mark.proves("E5")
def test_rows_are_stamped_with_earlier_days_and_known_observations() -> None:
    rows = pl.concat([all_features(), features(built().quoted)])
    assert (rows["max_event_day"].drop_nulls() < rows.filter(pl.col("max_event_day").is_not_null())["game_day"]).all()
    seen = rows.filter(pl.col("max_observed_at").is_not_null())
    assert (seen["max_observed_at"] <= seen["as_of"]).all()


def test_market_features_come_from_the_consensus_at_the_moment() -> None:
    rows = features(built().quoted).join(
        built().inputs.consensus, on=["event_id", "participant_id", "as_of"], suffix="_market"
    )
    assert rows.height == built().quoted.height
    assert rows["line_consensus"].equals(rows["line_consensus_market"].cast(pl.Float32), check_names=False)
    assert rows["max_observed_at"].equals(rows["as_of"], check_names=False)


def test_the_line_move_is_now_minus_first_seen() -> None:
    moved = built().inputs.consensus.with_columns(line_consensus=pl.lit(5.5), line_open=pl.lit(4.5))
    assert features(built().quoted, consensus=moved)["line_move"].unique().to_list() == [1]


@pytest.mark.proves("E5")
def test_a_later_consensus_is_not_used() -> None:
    later = built().inputs.consensus.with_columns(as_of=pl.col("as_of").dt.offset_by("1m"))
    assert features(built().quoted, consensus=later)["line_consensus"].null_count() == built().quoted.height


def test_no_contexts_give_no_features() -> None:
    assert features(built().scored.clear()).is_empty()
