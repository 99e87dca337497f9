"""How well the champion's last graded props were forecast, measured whenever a day was graded."""

from collections.abc import Iterator

import polars as pl

from propcast.apps.latest import Latest
from propcast.backends.compose import Backends
from propcast.backends.warehouse.port import In
from propcast.core.gameday import GameDay
from propcast.core.sport import Sport
from propcast.forecast.rolling import Rolling, rolling
from propcast.pipeline.champion import CHAMPION
from propcast.service.telemetry import declared
from propcast.service.telemetry.metrics import Metrics
from propcast.tables.forecasts import GRADES

DAYS = 30
"""So far back the last props are looked for: the quietest market fills its window in two weeks of games."""
_READ = ("prediction_id", "batch_id", "settlement_version", "game_day", "market", "is_modal_line", "pit", "error",
         "log_score", "market_log_score")  # fmt: skip


class Calibration:
    """Measures the record of every market, once for every grading of its sport."""

    def __init__(self) -> None:
        self._graded = Latest("grade")

    def look(self, backends: Backends, metrics: Metrics) -> None:
        """Measure what was graded since the last look; of a market with too few props nothing is said."""
        for sport in Sport:
            if self._graded.has_ended(backends, sport):
                for market, found in records(backends, sport):
                    measure(metrics, market, found)


def records(backends: Backends, sport: Sport) -> Iterator[tuple[str, Rolling]]:
    """Return the record of each market that has enough graded props in the current slates."""
    today = GameDay.of_instant(backends.clock.now())
    slates = backends.ledger.current_between(sport, today.plus(-DAYS), today)
    if not slates:
        return
    where = [
        In("game_day", tuple(slate.game_day.date for slate in slates)),
        In("sport", (sport,)),
        In("batch_id", tuple(slate.tag for slate in slates)),
        In("system", (CHAMPION,)),
    ]
    grades = backends.warehouse.read(GRADES, where, columns=list(_READ), in_order=False)
    for (market,), rows in grades.filter(pl.col("is_modal_line")).group_by("market"):
        found = rolling(rows)
        if found is not None:
            yield str(market), found


def measure(metrics: Metrics, market: str, found: Rolling) -> None:
    """Set what a record says of the champion; a market without prices has no log loss to compare."""
    labels = {"system": CHAMPION, "market": market}
    metrics.set(declared.CALIBRATION_ERROR, found.miss, **labels)
    metrics.set(declared.BIAS, found.bias, **labels)
    if found.log_loss_minus_market is not None:
        metrics.set(declared.LOGLOSS_VS_MARKET, found.log_loss_minus_market, **labels)
