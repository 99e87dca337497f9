"""A small fictional basketball league: two seasons of six teams as raw frames, with every awkward case in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import accumulate, cycle
from random import Random

import polars as pl

from propcast.tables import raw
from propcast.tables.raw import ZONES
from propcast.tables.schema import Table

TEAMS = ("BOS", "NYK", "CHI", "DEN", "PHX", "LAL")  # real arenas, so that travel and zones mean something
SEASONS = (2023, 2024)
ROUNDS, ROSTER, STARTERS = 24, 9, 5
SOURCE = "league"

# rounds of 2024-25 in which something unusual happens
TRADE_ROUND, CUP_FINAL_ROUND, MISMATCH_ROUND = 13, 15, 11
FIRST_QUOTED_ROUND = 17
UNPLAYED_ROUND, UNQUOTED_GAME = 22, (20, 2)
PLAYOFF_ROUND = 23  # of 2023-24
OVERTIME = {(2023, 5, 1): 1, (2024, 9, 0): 1, (2024, 18, 1): 2}  # (season, round, game) → extra periods

TRADED = 107  # BOS until the trade, then DEN
DEBUTANT = 900  # quoted, never in a box
STRANGER = 508  # of PHX, quoted for BOS at his side's rival's game
SCRATCHED = 204  # quoted in SCRATCH_ROUND, did not play
SCRATCH_ROUND = 19
INJURED, INJURED_ROUNDS = 303, range(6, 14)  # an absence of more than two weeks in 2024-25
BENCHED = 402  # a starter who comes off the bench from this round of 2024-25
BENCHED_ROUND = 10
CUP_FINAL = "nba:0062400001"
UNPLAYED = "nba:0022400099"

_FIRST = ("Abel", "Bram", "Cato", "Dov", "Emil", "Finn", "Gus", "Hale", "Ivo")
_LAST = ("Ashdown", "Birchmoor", "Coldwell", "Dunmere", "Eastlake", "Fenwick")
_PAIRINGS = (
    ((0, 5), (1, 4), (2, 3)),
    ((0, 4), (5, 3), (1, 2)),
    ((0, 3), (4, 2), (5, 1)),
    ((0, 2), (3, 1), (4, 5)),
    ((0, 1), (2, 5), (3, 4)),
)
_GAPS = (2, 1, 3, 2, 2, 1, 4, 2)  # days between rounds; the last game of every third round is a day later
_MINUTES = (36, 34, 32, 30, 28, 24, 22, 18, 16)
_SHOTS_PER_MINUTE = (0.47, 0.44, 0.39, 0.37, 0.33, 0.31, 0.30, 0.28, 0.26)
_ZONE_MIX = ((30, 20, 10, 8, 32), (28, 24, 14, 6, 28), (45, 30, 10, 3, 12), (20, 15, 10, 15, 40))
_MAKES = {"ra": 0.66, "paint": 0.44, "mid": 0.42, "corner3": 0.39, "above3": 0.35, "backcourt": 0.02}
_DISTANCE = {"ra": 2.0, "paint": 9.0, "mid": 16.0, "corner3": 22.0, "above3": 25.0, "backcourt": 60.0}


@dataclass(frozen=True)
class League:
    """The raw tables of the league; `in_play_quotes` holds rows that the contract must refuse."""

    schedule: pl.DataFrame
    player_box: pl.DataFrame
    team_box: pl.DataFrame
    shots: pl.DataFrame
    zones_season: pl.DataFrame
    vendor_events: pl.DataFrame
    quotes: pl.DataFrame
    polls: pl.DataFrame
    in_play_quotes: pl.DataFrame


@dataclass(frozen=True)
class Game:
    """One fixture and what happened in it; home and away are indices into `TEAMS`."""

    season: int
    round: int
    number: int
    day: date
    home: int
    away: int

    @property
    def kind(self) -> str:
        """The season type."""
        return "playoffs" if (self.season, self.round) == (SEASONS[0], PLAYOFF_ROUND) else "regular"

    @property
    def event_id(self) -> str:
        """Our id, from the ten digits of a league id."""
        prefix = "004" if self.kind == "playoffs" else "002"
        return f"nba:{prefix}{self.season % 100}{self.round * 3 + self.number + 1:05d}"

    @property
    def season_name(self) -> str:
        """`2024-25`."""
        return f"{self.season}-{self.season % 100 + 1}"

    @property
    def starts_at(self) -> datetime:
        """The league's time: seven in the evening in New York, so the next day in UTC."""
        return datetime.combine(self.day + timedelta(days=1), time(0, 0), UTC)

    @property
    def known_at(self) -> datetime:
        """When the box is known: eight in the morning, UTC, of the next day."""
        return datetime.combine(self.day + timedelta(days=1), time(8), UTC)

    @property
    def overtimes(self) -> int:
        """Extra periods of five minutes."""
        return OVERTIME.get((self.season, self.round, self.number), 0)


Row = dict[str, object]


@cache
def games() -> tuple[Game, ...]:
    """Every fixture of both seasons, in order of play."""
    return tuple(game for season in SEASONS for game in _fixtures(season))


@cache
def player_name(player_id: int) -> str:
    """Return the fictional name of a player."""
    if player_id == DEBUTANT:
        return "Jory Newcombe"
    return f"{_FIRST[player_id % 100 - 1]} {_LAST[player_id // 100 - 1]}"


@cache
def player_lines() -> tuple[Row, ...]:
    """Every box line of every game, did-not-plays included."""
    return tuple(row for game in games() for row in _game_lines(game))


@cache
def points_scored() -> dict[tuple[str, int], int]:
    """Return the points of everyone who played, by event and player."""
    played = (row for row in player_lines() if row["status"] == "played")
    return {(str(_keys(row)["event_id"]), int(str(row["player_id"]))): _points(row) for row in played}


@cache
def nba_league() -> League:
    """Return the league; the same frames every time."""
    from tests.league import nba_quotes

    lines = player_lines()
    return League(
        schedule=_frame(raw.RAW_NBA_SCHEDULE, _schedule(lines)),
        player_box=_frame(raw.RAW_NBA_PLAYER_BOX, (_box_row(row) for row in lines)),
        team_box=_frame(raw.RAW_NBA_TEAM_BOX, (*_team_rows(lines), *_cup_final())),
        shots=_frame(raw.RAW_NBA_SHOTS, _shots(lines)),
        zones_season=_frame(raw.RAW_NBA_SHOT_ZONES_SEASON, _zone_rows(lines)),
        vendor_events=_frame(raw.RAW_VENDOR_EVENTS, nba_quotes.vendor_events()),
        quotes=_frame(raw.RAW_QUOTES, nba_quotes.quotes()),
        polls=_frame(raw.RAW_QUOTE_POLLS, nba_quotes.polls()),
        in_play_quotes=_frame(raw.RAW_QUOTES, nba_quotes.in_play_quotes()),
    )


def team_of(player_id: int, season: int, round_: int) -> int:
    """Return the index of the team a player belongs to in a round."""
    traded = player_id == TRADED and (season, round_) >= (SEASONS[1], TRADE_ROUND)
    return TEAMS.index("DEN") if traded else player_id // 100 - 1


def roster(team: int, season: int, round_: int) -> list[int]:
    """Return the players of a team in a round."""
    everyone = [100 * (t + 1) + slot for t in range(len(TEAMS)) for slot in range(1, ROSTER + 1)]
    return [player for player in everyone if team_of(player, season, round_) == team]


def absent(player_id: int, season: int, round_: int) -> str | None:
    """Return why a player does not play in a round, or None."""
    if player_id == SCRATCHED and (season, round_) == (SEASONS[1], SCRATCH_ROUND):
        return "DNP - Illness"
    if player_id == INJURED and season == SEASONS[1] and round_ in INJURED_ROUNDS:
        return "Knee"
    bench = player_id % 100 == ROSTER and (round_ + player_id // 100) % 4 == 0
    return "DNP - Coach's Decision" if bench else None


def _fixtures(season: int) -> Iterator[Game]:
    gaps = cycle(_GAPS)
    offsets = list(accumulate((next(gaps) for _ in range(ROUNDS - 1)), initial=0))
    for round_, offset in enumerate(offsets):
        for number, pair in enumerate(_PAIRINGS[round_ % len(_PAIRINGS)]):
            home, away = pair if (round_ // len(_PAIRINGS)) % 2 == 0 else pair[::-1]
            late = 1 if number == 2 and round_ % 3 == 0 and _GAPS[round_ % len(_GAPS)] > 1 else 0
            yield Game(season, round_, number, date(season, 10, 24) + timedelta(days=offset + late), home, away)


def _game_lines(game: Game) -> Iterator[Row]:
    random = Random(f"{game.event_id}")  # noqa: S311 - repeatable sport, not a secret
    rows = [row for team in (game.home, game.away) for row in _side_lines(game, team, random)]
    totals = {t: sum(_points(r) for r in rows if r["team"] == TEAMS[t]) for t in (game.home, game.away)}
    if totals[game.home] == totals[game.away]:
        star = next(r for r in rows if r["team"] == TEAMS[game.home] and r["status"] == "played")
        star.update(ftm=int(str(star["ftm"])) + 1, fta=int(str(star["fta"])) + 1)
        totals[game.home] += 1
    for row in rows:
        ours = game.home if row["team"] == TEAMS[game.home] else game.away
        theirs = game.away if ours == game.home else game.home
        row.update(won=totals[ours] > totals[theirs], margin=totals[ours] - totals[theirs])
    yield from rows


def _side_lines(game: Game, team: int, random: Random) -> Iterator[Row]:
    squad = roster(team, game.season, game.round)
    playing = [p for p in squad if absent(p, game.season, game.round) is None]
    weights = [_MINUTES[p % 100 - 1] * random.uniform(0.8, 1.2) for p in playing]
    total = 240 + 25 * game.overtimes
    seconds = [round(total * 60 * w / sum(weights)) for w in weights]
    seconds[0] += total * 60 - sum(seconds)
    played = dict(zip(playing, seconds, strict=True))
    demoted = {BENCHED} if (game.season, game.round) >= (SEASONS[1], BENCHED_ROUND) else set()
    starters = set([p for p in playing if p not in demoted][:STARTERS])
    for player in squad:
        base: Row = {"game": game, "player_id": player, "team": TEAMS[team]}
        if player in played:
            yield base | {"status": "played", "is_starter": player in starters} | _line(player, played[player], random)
        else:
            yield base | {"status": "dnp", "dnp_reason": absent(player, game.season, game.round), "is_starter": False}


def _line(player: int, seconds: int, random: Random) -> Row:
    minutes = seconds / 60
    attempts = round(minutes * _SHOTS_PER_MINUTE[player % 100 - 1] * random.uniform(0.7, 1.3))
    zones = random.choices((*ZONES, "backcourt"), (*_ZONE_MIX[player % len(_ZONE_MIX)], 0.3), k=attempts)
    shots = [(zone, random.random() < _MAKES[zone]) for zone in zones]
    free_throws = random.choice((0, 0, 1, 2, 2, 4))
    rebounds = [round(minutes * rate * random.uniform(0.3, 1.7)) for rate in (0.04, 0.13)]
    return {
        "minutes": minutes,
        "shots": shots,
        "fta": free_throws,
        "ftm": sum(random.random() < 0.78 for _ in range(free_throws)),
        "oreb": rebounds[0],
        "dreb": rebounds[1],
        "ast": round(minutes * 0.11 * random.uniform(0.2, 1.8)),
        "stl": random.choice((0, 1, 1, 2)),
        "blk": random.choice((0, 0, 1)),
        "tov": random.choice((0, 1, 2, 3)),
        "pf": random.choice((0, 1, 2, 3, 4)),
    }


def _value(zone: str) -> int:
    return 3 if zone in ("corner3", "above3", "backcourt") else 2


def _counts(row: Row) -> dict[str, int]:
    shots = [] if row["status"] != "played" else list(row["shots"])  # type: ignore[call-overload]
    threes = [made for zone, made in shots if _value(zone) == 3]
    return {
        "fgm": sum(made for _, made in shots),
        "fga": len(shots),
        "fg3m": sum(threes),
        "fg3a": len(threes),
        "ftm": int(str(row.get("ftm", 0))),
        "fta": int(str(row.get("fta", 0))),
    }


def _points(row: Row) -> int:
    counts = _counts(row)
    return 2 * counts["fgm"] + counts["fg3m"] + counts["ftm"]


def _keys(row: Row) -> Row:
    game = row["game"]
    assert isinstance(game, Game)
    home = row["team"] == TEAMS[game.home]
    return {
        "event_id": game.event_id,
        "team": row["team"],
        "opponent": TEAMS[game.away if home else game.home],
        "is_home": home,
        "season": game.season_name,
        "season_type": game.kind,
        "game_day": game.day,
        "observed_at": game.known_at,
        "source": SOURCE,
    }


def _box_row(row: Row) -> Row:
    player = int(str(row["player_id"]))
    kept = {k: row.get(k) for k in ("player_id", "status", "dnp_reason", "is_starter")}
    base = _keys(row) | kept | {"player_name": player_name(player), "won": row["won"]}
    if row["status"] != "played":
        return base
    counts = _counts(row)
    game = row["game"]
    assert isinstance(game, Game)
    if (game.season, game.round, player) == (SEASONS[1], MISMATCH_ROUND, 601):
        counts["fgm"] += 1  # a scorer's slip: 2·FGM + FG3M + FTM no longer equals PTS
    oreb, dreb = int(str(row["oreb"])), int(str(row["dreb"]))
    minutes = float(str(row["minutes"]))
    whole = {k: row[k] for k in ("oreb", "dreb", "ast", "stl", "blk", "tov", "pf")}
    derived = {"pts": _points(row), "reb": oreb + dreb, "plus_minus": row["margin"]}
    return base | counts | whole | derived | {"minutes_played": minutes, "minutes_rounded": round(minutes)}


def _team_rows(lines: tuple[Row, ...]) -> Iterator[Row]:
    sides: dict[tuple[str, str], list[Row]] = {}
    for row in lines:
        sides.setdefault((str(_keys(row)["event_id"]), str(row["team"])), []).append(row)
    points = {key: sum(map(_points, rows)) for key, rows in sides.items()}
    for (event, team), rows in sides.items():
        game = rows[0]["game"]
        assert isinstance(game, Game)
        keys = _keys(rows[0])
        played = [r for r in rows if r["status"] == "played"]
        shooting = {k: sum(_counts(r)[k] for r in played) for k in ("fgm", "fga", "fg3m", "fg3a", "ftm", "fta")}
        whole = {k: sum(int(str(r[k])) for r in played) for k in ("oreb", "dreb", "ast", "stl", "blk", "tov", "pf")}
        theirs = points[event, str(keys["opponent"])]
        yield (
            keys
            | shooting
            | whole
            | {
                "reb": whole["oreb"] + whole["dreb"],
                "minutes": 240 + 25 * game.overtimes + (1 if game.number == 0 else 0),  # feeds round player by player
                "won": points[event, team] > theirs,
                "pts": points[event, team],
                "opp_pts": theirs,
                "plus_minus": points[event, team] - theirs,
                "is_reconstructed": False,
            }
        )


def cup_final_day() -> date:
    """Return the free day on which the Cup final was played."""
    return next(g.day for g in games() if (g.season, g.round) == (SEASONS[1], CUP_FINAL_ROUND)) - timedelta(days=1)


def _cup_final() -> Iterator[Row]:
    day = cup_final_day()
    known = datetime.combine(day + timedelta(days=1), time(8), UTC)
    scores = {"NYK": 104, "LAL": 99}
    for team, other in (("NYK", "LAL"), ("LAL", "NYK")):
        yield {
            "event_id": CUP_FINAL, "team": team, "opponent": other, "source": SOURCE, "season": "2024-25",
            "season_type": "cup_final", "game_day": day, "is_home": team == "NYK", "won": team == "NYK", "minutes": 240,
            "pts": scores[team], "opp_pts": scores[other], "plus_minus": scores[team] - scores[other], "fgm": 38,
            "fga": 85, "fg3m": 11, "fg3a": 33, "ftm": scores[team] - 87, "fta": 22, "oreb": 9, "dreb": 33, "reb": 42,
            "ast": 24, "stl": 7, "blk": 4, "tov": 13, "pf": 18, "is_reconstructed": False, "observed_at": known,
        }  # fmt: skip


def _schedule(lines: tuple[Row, ...]) -> Iterator[Row]:
    points: dict[tuple[str, str], int] = {}
    for row in lines:
        key = (str(_keys(row)["event_id"]), str(row["team"]))
        points[key] = points.get(key, 0) + _points(row)
    for game in games():
        home, away = TEAMS[game.home], TEAMS[game.away]
        yield _scheduled(game.event_id, game.season_name, game.kind, game.day, home, away) | {
            "starts_at": game.starts_at,
            "status": "final",
            "home_pts": points[game.event_id, home],
            "away_pts": points[game.event_id, away],
            "periods": 4 + game.overtimes,
        }
    final = {"status": "final", "home_pts": 104, "away_pts": 99, "periods": 4, "is_neutral": True}
    yield _scheduled(CUP_FINAL, "2024-25", "cup_final", cup_final_day(), "NYK", "LAL") | final


def _scheduled(event: str, season: str, kind: str, day: date, home: str, away: str) -> Row:
    announced = datetime.combine(date(int(season[:4]), 9, 1), time(12), UTC)
    return {
        "event_id": event, "game_id": event.removeprefix("nba:"), "season": season, "season_type": kind,
        "game_day": day, "home": home, "away": away, "is_neutral": False, "observed_at": announced, "source": SOURCE,
    }  # fmt: skip


def _shots(lines: tuple[Row, ...]) -> Iterator[Row]:
    number: dict[str, int] = {}
    for row in lines:
        keys = _keys(row)
        event = str(keys["event_id"])
        for zone, made in row.get("shots", ()):  # type: ignore[attr-defined]
            number[event] = number.get(event, 0) + 1
            yield {k: v for k, v in keys.items() if k not in ("season_type", "is_home")} | {
                "player_id": row["player_id"],
                "action_no": number[event],
                "period": 1 + number[event] % 4,
                "clock_s": float(number[event] * 7 % 720),
                "zone": zone,
                "distance_ft": _DISTANCE[zone],
                "made": made,
                "points": _value(zone),
            }


def _zone_rows(lines: tuple[Row, ...]) -> Iterator[Row]:
    totals: dict[tuple[str, int], Row] = {}
    for row in lines:
        keys = _keys(row)
        if keys["season_type"] != "regular" or row["status"] != "played":
            continue
        player = int(str(row["player_id"]))
        season = str(keys["season"])
        blank = {f"{z}_{m}": 0 for z in (*ZONES, "backcourt") for m in ("fga", "fgm")}
        known = datetime(int(season[:4]) + 1, 7, 1, tzinfo=UTC)
        entry = totals.setdefault(
            (season, player), {"season": season, "player_id": player, "observed_at": known} | blank
        )
        entry["team"] = row["team"]
        for zone, made in row["shots"]:  # type: ignore[attr-defined]
            entry[f"{zone}_fga"] = int(str(entry[f"{zone}_fga"])) + 1
            entry[f"{zone}_fgm"] = int(str(entry[f"{zone}_fgm"])) + made
    for (_, player), entry in totals.items():
        yield entry | {"season_type": "regular", "player_name": player_name(player), "source": SOURCE}


def _frame(table: Table, rows: Iterator[Row] | tuple[Row, ...]) -> pl.DataFrame:
    names = table.schema.names()
    listed = [{name: row.get(name) for name in names} for row in rows]
    return pl.DataFrame(listed, schema=table.schema, orient="row")
