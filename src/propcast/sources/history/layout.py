"""The twelve files of the history layout: which columns are read, and into which table.

`team`, `opponent`, `is_home`, `actual*` and `result` of the line files are absent on purpose: they came from results.
"""

from propcast.core.sport import Sport
from propcast.sources.history.specification import Specification, columns
from propcast.tables import raw

_QUOTE_TEXT = "source book_type event_id book player_name market home_team away_team season game_id"
_NBA_QUOTES = columns(
    text=_QUOTE_TEXT,
    integer="player_id",
    number="line over_price under_price",
    flag="pregame is_main",
    date="game_date",
    instant="snapshot_ts commence_time",
)
_CONSENSUS_NUMBERS = "line_median line_mode line_min line_max p_over_devig"

LAYOUT: tuple[Specification, ...] = (
    Specification(
        "nba_schedule",
        Sport.NBA,
        raw.RAW_NBA_SCHEDULE,
        columns(
            text="season season_type game_id home_team away_team",
            integer="home_pts away_pts ml_home ml_away",
            number="home_spread total",
            date="game_date",
            instant="start_utc",
        ),
    ),
    Specification(
        "nba_team_box",
        Sport.NBA,
        raw.RAW_NBA_TEAM_BOX,
        columns(
            text="season season_type game_id team opponent wl",
            integer="minutes pts opp_pts fgm fga fg3m fg3a ftm fta oreb dreb reb ast stl blk tov pf plus_minus",
            flag="is_home",
            date="game_date",
        ),
    ),
    Specification(
        "nba_player_box",
        Sport.NBA,
        raw.RAW_NBA_PLAYER_BOX,
        columns(
            text="season season_type game_id player_name team opponent wl",
            integer="player_id pts fgm fga fg3m fg3a ftm fta oreb dreb reb ast stl blk tov pf plus_minus",
            number="minutes minutes_exact",
            flag="is_home",
            date="game_date",
        ),
    ),
    Specification(
        "nba_shot_zones_season",
        Sport.NBA,
        raw.RAW_NBA_SHOT_ZONES_SEASON,
        columns(
            text="season season_type player_name team_abbreviation",
            integer="player_id",
            number="ra_fgm ra_fga paint_fgm paint_fga mid_fgm mid_fga c3_fgm c3_fga atb3_fgm atb3_fga bc_fgm bc_fga",
        ),
    ),
    Specification("nba_points_lines", Sport.NBA, raw.RAW_QUOTES, _NBA_QUOTES),
    Specification("nba_other_lines", Sport.NBA, raw.RAW_QUOTES, _NBA_QUOTES),
    Specification(
        "nba_pra_lines",
        Sport.NBA,
        raw.RAW_QUOTES,
        columns(
            text="season event_id home_team away_team book player_name",
            integer="player_id",
            number="line over_price under_price",
            date="game_date",
            instant="snapshot_ts",
        ),
    ),
    Specification(
        "nba_points_consensus",
        Sport.NBA,
        raw.CHECK_CONSENSUS,
        columns(
            text="source book_type season player_name home_team away_team result",
            integer="player_id n_books n_books_at_mode actual",
            number=f"{_CONSENSUS_NUMBERS} actual_minutes best_over_price best_under_price",
            date="game_date",
            instant="commence_time snapshot_ts",
        ),
    ),
    Specification(
        "mlb_pitcher_games",
        Sport.MLB,
        raw.RAW_MLB_PITCHER_GAME,
        columns(
            text="pitcher_name p_throws team opponent source",
            integer="season game_pk pitcher_id outs bf k bb h r pitches hr hbp whiffs csw balls_sc",
            number="xwoba fb_velo",
            flag="is_home side_known",
            date="game_date",
        ),
    ),
    Specification(
        "mlb_batter_games",
        Sport.MLB,
        raw.RAW_MLB_BATTER_GAME,
        columns(
            text="game_type batter_name bats team opponent",
            integer="season game_pk batter_id pa ab k bb h hr hbp",
            flag="is_home",
            date="game_date",
        ),
    ),
    Specification(
        "mlb_k_lines",
        Sport.MLB,
        raw.RAW_QUOTES,
        columns(
            text="source event_id home_team away_team pitcher_name book",
            integer="pitcher_id game_pk",
            number="line over_price under_price",
            date="game_date",
            instant="commence_time first_seen_ts last_seen_ts",
        ),
    ),
    Specification(
        "mlb_k_consensus",
        Sport.MLB,
        raw.CHECK_CONSENSUS,
        columns(
            text="event_id pitcher_name home_team away_team result",
            integer="pitcher_id game_pk n_books n_books_at_mode actual_k actual_bf",
            number=f"{_CONSENSUS_NUMBERS} best_over_price best_under_price",
            date="game_date",
            instant="commence_time snapshot_ts",
        ),
    ),
)
"""In the order in which they are reported: games first, then what was said about them."""

SPECIFICATIONS = {specification.name: specification for specification in LAYOUT}
