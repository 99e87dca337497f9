"""Shot profiles, zone defence and the points between them."""

from dataclasses import replace
from datetime import UTC, datetime

import polars as pl
import pytest

from propcast.analytics.windows import cutoff_day
from propcast.core.markets import market
from propcast.precompute.nba.features import nba_features
from propcast.precompute.nba.inputs import NbaInputs
from propcast.precompute.nba.zones import nba_player_shot_zones, nba_team_defense_zones, zone_matchup
from propcast.tables.contract import split
from propcast.tables.precompute import NBA_PLAYER_SHOT_ZONES, NBA_TEAM_DEFENSE_ZONES
from propcast.tables.raw import ZONES
from tests.league import nba

DAY = max(g.day for g in nba.games())


def keys(name: str, values: list[object], season: str = "2024-25") -> pl.DataFrame:
    frame = pl.DataFrame({name: values, "season": season, "game_day": DAY})
    moment = pl.lit(datetime(DAY.year, DAY.month, DAY.day, 20, tzinfo=UTC)).dt.cast_time_unit("us")
    return frame.with_columns(moment.alias("as_of")).with_columns(cutoff_day())


def with_shots(**columns: float) -> pl.DataFrame:
    """A frame of one player whose shares and percentages, and whose opponent's allowance, are given."""
    plain = {f"share_{z}": 0.2 for z in ZONES} | {f"fg_{z}": 0.5 for z in ZONES}
    plain |= {f"delta_{z}": 0.0 for z in ZONES} | {f"attempt_ratio_{z}": 1.0 for z in ZONES}
    return pl.DataFrame({name: [value] for name, value in (plain | columns).items()})


def matchup(name: str, **columns: float) -> float | None:
    value: float | None = with_shots(**columns).select(zone_matchup(market(name), pl.lit(10.0))).item()
    return value


def test_shares_are_those_of_the_last_twenty_games(inputs: NbaInputs) -> None:
    """Σ of a zone over Σ of the five, heaves excluded; they sum to 1."""
    profile = nba_player_shot_zones(keys("player_id", [101, 304]), inputs)
    assert split(NBA_PLAYER_SHOT_ZONES, profile).bad.is_empty()
    for row in profile.iter_rows(named=True):
        recent = inputs.player_games.filter(
            pl.col("player_id") == row["player_id"], pl.col("season") == "2024-25", pl.col("game_day") < DAY,
            pl.col("participation") == "played",
        ).sort("game_day").tail(20)  # fmt: skip
        attempts = {z: recent[f"{z}_fga"].sum() for z in ZONES}
        assert row["attempts"] == sum(attempts.values()) >= 50
        assert [row[f"share_{z}"] for z in ZONES] == pytest.approx([a / row["attempts"] for a in attempts.values()])
        assert sum(row[f"share_{z}"] for z in ZONES) == pytest.approx(1, abs=1e-9)


@pytest.mark.proves("E9")
def test_without_shots_this_season_last_seasons_table_stands(inputs: NbaInputs) -> None:
    """The player-season table is used one season later, never inside its own season."""
    blind = pl.when(pl.col("season") != "2024-25").then(pl.col("^.*_fg[am]$")).name.keep()
    unseen = replace(inputs, player_games=inputs.player_games.with_columns(blind))
    row = nba_player_shot_zones(keys("player_id", [101]), unseen).row(0, named=True)
    last = inputs.zones_season.filter(pl.col("player_id") == 101, pl.col("season") == "2023-24").row(0, named=True)
    total = sum(last[f"{z}_fga"] for z in ZONES)
    assert [row[f"share_{z}"] for z in ZONES] == pytest.approx([last[f"{z}_fga"] / total for z in ZONES])
    own_season_only = replace(unseen, zones_season=inputs.zones_season.filter(pl.col("season") == "2024-25"))
    blank = nba_player_shot_zones(keys("player_id", [101]), own_season_only).row(0, named=True)
    assert all(blank[f"share_{z}"] is None for z in ZONES)


def test_under_fifty_attempts_are_shrunk(inputs: NbaInputs) -> None:
    """After two games a share lies between those games' and the longer record's."""
    rounds = sorted({g.day for g in nba.games() if g.season == 2024})[:3]
    young = replace(inputs, player_games=inputs.player_games.filter(pl.col("game_day") < rounds[2]))
    row = nba_player_shot_zones(keys("player_id", [106]), young).row(0, named=True)
    own = young.player_games.filter(pl.col("player_id") == 106, pl.col("season") == "2024-25")
    last = inputs.zones_season.filter(pl.col("player_id") == 106, pl.col("season") == "2023-24")
    counts = {z: (_shots(own, z), _shots(own, z) + _shots(last, z)) for z in ZONES}
    n, base = sum(mine for mine, _ in counts.values()), sum(both for _, both in counts.values())
    assert 0 < n < 50
    expected = [(mine + 50 * both / base) / (n + 50) for mine, both in counts.values()]
    assert [row[f"share_{z}"] for z in ZONES] == pytest.approx(expected)


@pytest.mark.proves("L34", "L41")
def test_defence_is_allowed_minus_league_before_the_day(inputs: NbaInputs) -> None:
    """Positive is a weak defence; threes have no percentage of their own; nothing of the day itself counts."""
    teams = keys("team", list(nba.TEAMS))
    profile = nba_team_defense_zones(teams, inputs.team_games)
    assert split(NBA_TEAM_DEFENSE_ZONES, profile).bad.is_empty()
    until = nba_team_defense_zones(teams, inputs.team_games.filter(pl.col("game_day") < DAY))
    assert profile.equals(until)
    rows = inputs.team_games.filter(
        pl.col("season") == "2024-25", pl.col("game_day") < DAY, pl.col("ra_fga").is_not_null()
    )
    last = inputs.team_games.filter(pl.col("season") == "2023-24")
    n = rows.height
    season, before = (made / taken for made, taken in map(_rim, (rows, last)))
    league = (n * season + 30 * before) / (n + 30)
    for row in profile.iter_rows(named=True):
        made, taken = _rim(rows.filter(pl.col("team") == row["team"]))
        allowed = (made + 1300 * league) / (taken + 1300)
        assert row["delta_ra"] == pytest.approx(allowed - league)
        assert row["delta_above3"] == row["delta_corner3"] == 0


def test_without_shots_there_is_no_zone_defence(inputs: NbaInputs) -> None:
    """No shot feed, no profile: null, never an average."""
    blind = inputs.team_games.with_columns(
        pl.lit(None, pl.Int64).alias(f"{side}{z}_{what}")
        for z in ZONES
        for what in ("fga", "fgm")
        for side in ("", "opp_")
    )
    profile = nba_team_defense_zones(keys("team", list(nba.TEAMS)), blind)
    assert profile["delta_ra"].null_count() == profile["attempt_ratio_mid"].null_count() == profile.height
    assert (profile["games"] == 0).all()


@pytest.mark.proves("L41")
def test_matchup_adds_where_he_shoots_and_they_are_weak() -> None:
    """Ten attempts, a fifth at the rim, allowed 5 points of percentage more: 10 · .2 · 2 · .05 = .2 points."""
    assert matchup("points") == pytest.approx(0)
    assert matchup("points", delta_ra=0.05) == pytest.approx(0.2)
    assert matchup("points", delta_ra=-0.05) == pytest.approx(-0.2)
    assert matchup("points", share_ra=0.0, share_mid=0.4, delta_ra=0.05) == pytest.approx(0)


def test_matchup_shifts_attempts_to_what_is_allowed() -> None:
    """A defence that allows more corner threes moves shots there; shares still sum to 1."""
    shares = {z: 0.2 * (1.5 if z == "corner3" else 1.0) / 1.1 for z in ZONES}
    expected = 10 * sum((3 if "3" in z else 2) * 0.5 * (shares[z] - 0.2) for z in ZONES)
    assert matchup("points", attempt_ratio_corner3=1.5) == pytest.approx(expected)
    made = 10 * sum(0.5 * (shares[z] - 0.2) for z in ("corner3", "above3"))
    assert matchup("threes", attempt_ratio_corner3=1.5) == pytest.approx(made)


def test_matchup_is_null_for_markets_without_zones() -> None:
    """Rebounds have no shot zones."""
    assert matchup("rebounds") is None


def test_matchup_reaches_the_features(features: pl.DataFrame, contexts: pl.DataFrame, inputs: NbaInputs) -> None:
    """On the league it varies, within range; for assists it is null."""
    last = features.filter(pl.col("game_day") == DAY, pl.col("zone_matchup").is_not_null())
    assert last["zone_matchup"].n_unique() > 20
    assists = nba_features(market("assists"), contexts.filter(pl.col("game_day") == DAY), inputs)
    assert assists["zone_matchup"].null_count() == assists.height


def _rim(rows: pl.DataFrame) -> tuple[float, float]:
    made, taken = rows.select(pl.col("opp_ra_fgm", "opp_ra_fga").sum()).row(0)
    return float(made), float(taken)


def _shots(rows: pl.DataFrame, zone: str) -> int:
    return int(rows.select(pl.col(f"{zone}_fga").sum()).item())
