"""A timetable that cannot be used is refused with what is wrong."""

import pytest

from propcast.core.errors import InputError
from propcast.core.sport import Sport
from propcast.pipeline.scheduling.timetable import parse, timetable


def test_the_timetable_that_comes_with_the_program_is_good() -> None:
    assert all(rule.sports == tuple(Sport) for rule in timetable().moments)


@pytest.mark.parametrize(
    ("moment", "wrong"),
    [
        ('days = "all"', "either `at` or `before_start_min`"),
        ('days = "games"\nat = "06:00"\nbefore_start_min = 30', "either `at` or `before_start_min`"),
        ('days = "all"\nbefore_start_min = 30', 'needs `days = "games"`'),
        ('days = "sometimes"\nat = "06:00"', "days"),
        ('days = "all"\nat = "25:00"', "at"),
        ('days = "all"\nat = "06:00"\nsport = "nba"', "sport"),
        ("days =", "Invalid value"),
    ],
)
def test_a_line_that_cannot_be_used_is_refused(moment: str, wrong: str) -> None:
    with pytest.raises(InputError, match=wrong):
        parse(f'grid_min = 5\n[[moments]]\nname = "one"\n{moment}')
