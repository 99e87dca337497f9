"""What one slot of a game can become: the true probabilities behind every count.

A game gives both sides the same number of slots, half of them good chances and half poor ones. Given the minutes share
m of a player, a slot is a play of his with probability m·`plays`, one that he assists with m·`assists`, an offensive
rebound of his with m·`offensive`; a slot of the other side is a defensive rebound of his with m·`defensive`. So each
count is a sum over slots, and its law is known. (Two kinds keep teams' scores from varying more than real ones do.)
"""

from dataclasses import dataclass

import numpy as np

from propcast.core.arrays import FloatArray, IntArray
from propcast.sources.simulated.drift import drifting
from propcast.sources.simulated.league import League
from propcast.sources.simulated.nba.games import Games
from propcast.sources.simulated.nba.players import PLAYER, Skills, TeamTraits
from propcast.sources.simulated.nba.rotation import Rotation, Script

SLOTS = 119
"""Slots of a side in regulation at average pace; nearly all become plays, so that pace varies little."""

KINDS = np.array([1.0, -1.0])
"""Good chances and poor ones."""

_KIND_SPREAD = 0.85

VALUES = np.array([2, 2, 2, 3, 3])
"""Points of a shot made from each zone."""

AND_ONE = np.array([0.095, 0.095, 0.0, 0.0, 0.0])
"""Share of shots made in each zone that bring a free throw as well."""

_PLAYS, _ASSISTS, _OFFENSIVE, _DEFENSIVE = 0.94, 26.5 / SLOTS, 10.7 / SLOTS, 32.6 / SLOTS
_OVERTIME = 53 / 48
_HOME, _TIRED = 0.004, -0.006
_FORM_SD, _FORM_KEPT = 0.06, 0.97
_ROUT_MAKES = (0.018, -0.014)
_ROUT_CHANCE, _ROUT_EDGE, _OVERTIME_CHANCE = 0.09, 7.0, 0.055


@dataclass(frozen=True)
class Rates:
    """True probabilities of a season's games; axes ([kind,] script, game, side, place), zones last.

    Attributes:
        slots: of each side and kind, shape (script, game).
        scripts: chances of the scripts, shape (script, game).
        plays: his plays per slot and unit of minutes share (no kind axis).
        makes: share of his shots from each zone that go in.
        shot: share of his plays that are shots from each zone (no script axis).
        trips: share of his plays that end in two free throws (no script axis).
        turnovers: share of his plays that are lost (no script axis).
        free_throws: share of free throws that he makes (no script axis).
    """

    slots: IntArray
    scripts: FloatArray
    plays: FloatArray
    makes: FloatArray
    shot: FloatArray
    trips: FloatArray
    turnovers: FloatArray
    free_throws: FloatArray
    assists: FloatArray
    offensive: FloatArray
    defensive: FloatArray


def rates(league: League, year: int, games: Games, who: Rotation, people: Skills, teams: TeamTraits) -> Rates:
    """Return the probabilities of a season's games."""
    opponent, members, share = games.sides[:, ::-1], who.members, who.share
    usual, shot = _makes(people, teams, members, games), _shot(people, teams, members, opponent)
    makes = _by_kind(usual)
    plays = _PLAYS * _per_team(people.usage[members] * _form(league, year, members, games), share)
    made, missed = (_relative(share, plays, shot * ends) for ends in (makes, 1 - makes))
    return Rates(
        slots=_slots(teams, games),
        scripts=_scripts(share, plays, shot, usual),
        plays=plays,
        makes=makes,
        shot=shot,
        trips=people.fouls_drawn[members],
        turnovers=people.turnovers[members],
        free_throws=people.free_throws[members],
        assists=_ASSISTS
        * made
        * _per_team(people.assists[members], share)
        * teams.allowed_assists[opponent][..., None],
        offensive=_OFFENSIVE * missed * _per_team(people.offensive_rebounds[members], share),
        defensive=_DEFENSIVE * missed[..., ::-1, :] * _per_team(people.defensive_rebounds[members], share),
    )


def _per_team(relative: FloatArray, share: FloatArray) -> FloatArray:
    """Scale relative rates so that a team's expected total is 1, whoever is missing."""
    scaled: FloatArray = relative / (relative * share).sum(axis=-1, keepdims=True)
    return scaled


def _shot(people: Skills, teams: TeamTraits, members: IntArray, opponent: IntArray) -> FloatArray:
    pulled = people.zone_shares[members] * teams.allowed_shares[opponent][..., None, :]
    is_shot = 1 - people.fouls_drawn[members] - people.turnovers[members]
    shares: FloatArray = is_shot[..., None] * pulled / pulled.sum(axis=-1, keepdims=True)
    return shares


def _makes(people: Skills, teams: TeamTraits, members: IntArray, games: Games) -> FloatArray:
    venue = np.array([_HOME, -_HOME]) + _TIRED * games.back_to_back
    defence = teams.allowed_makes[games.sides[:, ::-1]]
    usual = people.zone_makes[members] + (defence + venue[..., None])[..., None, :]
    won, lost = _ROUT_MAKES
    bonus = np.array([[0.0, 0.0], [won, lost], [lost, won], [0.0, 0.0]])
    makes: FloatArray = np.clip(usual + bonus[:, None, :, None, None], 0.05, 0.95)
    return makes


def _form(league: League, year: int, members: IntArray, games: Games) -> FloatArray:
    """Return how much of the ball each one gets these days, relative; it changes slowly."""
    rng = league.stream("form", year)
    form = drifting(rng, (PLAYER.places, int(games.day_index.max()) + 1), _FORM_KEPT)
    ball: FloatArray = np.exp(_FORM_SD * form[members, games.day_index[:, None, None]])
    return ball


def _slots(teams: TeamTraits, games: Games) -> IntArray:
    pace = teams.pace[games.sides].prod(axis=1)
    length = np.where(np.array(Script) == Script.OVERTIME, _OVERTIME, 1.0)
    slots: IntArray = np.rint(SLOTS / len(KINDS) * length[:, None] * pace).astype(np.int64)
    return slots


def _by_kind(usual: FloatArray) -> FloatArray:
    """Return the shares of shots made from good chances and from poor ones; their mean is the usual share."""
    spread = _KIND_SPREAD * np.minimum(usual, 1 - usual)
    return np.stack([usual + kind * spread for kind in KINDS])


def _relative(share: FloatArray, plays: FloatArray, ends: FloatArray) -> FloatArray:
    """Return how often a side's slots are expected to end so, relative to the league: assists and rebounds follow."""
    per_slot = (share * plays * ends.sum(axis=-1)).sum(axis=-1)
    relative: FloatArray = per_slot / per_slot[:, Script.CLOSE].mean()
    return relative[..., None]


def _scripts(share: FloatArray, plays: FloatArray, shot: FloatArray, makes: FloatArray) -> FloatArray:
    """Return the chances of a rout either way and of overtime, from how much better one side shoots."""
    close = Script.CLOSE
    points = SLOTS * (share[close] * plays[close] * (shot * makes[close] * VALUES).sum(axis=-1)).sum(axis=-1)
    edge = np.clip((points[:, 0] - points[:, 1]) / _ROUT_EDGE, -1.3, 1.3)
    home, away = _ROUT_CHANCE * np.exp(edge), _ROUT_CHANCE * np.exp(-edge)
    overtime = np.full_like(edge, _OVERTIME_CHANCE)
    return np.stack([1 - home - away - overtime, home, away, overtime])
