"""The season of a whole column is the season of each of its days."""

from datetime import date

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from propcast.core.gameday import GameDay
from propcast.core.seasons import seasons
from propcast.core.sport import Sport

DAYS = st.dates(date(1990, 1, 1), date(2050, 12, 31))


@given(st.lists(st.tuples(st.sampled_from(Sport), DAYS)))
def test_each_row_has_the_season_of_its_day(rows: list[tuple[Sport, date]]) -> None:
    schema = {"sport": pl.String, "game_day": pl.Date}
    frame = pl.DataFrame([(sport.value, day) for sport, day in rows], schema, orient="row")
    found = seasons(frame)
    assert found.name == "season"
    assert found.dtype == pl.String
    assert found.to_list() == [GameDay(day).season(sport) for sport, day in rows]
