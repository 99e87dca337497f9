"""Instants as text: nothing is lost, order is kept, a zone is needed."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propcast.core.errors import InputError
from propcast.core.instants import instant_of, text_of

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=ZONES)  # noqa: DTZ001 - given zones


@given(INSTANTS, INSTANTS)
def test_text_order_is_time_order_and_reading_gives_the_instant_back(one: datetime, other: datetime) -> None:
    assert (text_of(one) < text_of(other)) == (one < other)
    assert instant_of(text_of(one)) == one
    assert instant_of(text_of(one)).utcoffset() == timedelta(0)


def test_an_instant_on_the_second_has_its_microseconds_too() -> None:
    assert text_of(datetime(2026, 11, 25, 17, tzinfo=UTC)) == "2026-11-25T17:00:00.000000+00:00"


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(InputError, match="has no zone"):
        text_of(datetime(2026, 11, 25, 17))  # noqa: DTZ001
