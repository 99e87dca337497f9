"""What answers mean, and how long is waited after them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propcast.backends.bus.answers import Answer, answer_of, full_jitter, wait_asked
from tests.backends.bus.conftest import seeded

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.mark.proves("B6")
@pytest.mark.parametrize(
    ("statuses", "verdict"),
    [
        ((200, 201, 202, 204, 299), "acknowledged"),
        ((429,), "uncharged"),
        ((401, 403), "not_reached"),
        ((100, 301, 302, 400, 404, 409, 422, 500, 502, 503, 504, 599), "charged"),
    ],
)
def test_the_status_decides(statuses: tuple[int, ...], verdict: str) -> None:
    assert {Answer(status).verdict for status in statuses} == {verdict}


@pytest.mark.proves("B6")
def test_a_service_that_is_down_is_not_charged_and_one_that_breaks_off_is() -> None:
    assert Answer(None, connected=False).verdict == "not_reached"
    assert Answer(None).verdict == "charged"


def test_the_error_is_one_short_line() -> None:
    answer = answer_of(503, b"warehouse\n  is \xff busy " + b"x" * 1000, None, NOON)
    assert answer.error.startswith("503 warehouse is � busy xxx")
    assert len(answer.error) == 300
    assert answer_of(204, b"ignored", None, NOON).error == ""


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0),
        ("7", 7),
        ("0.5", 0.5),
        ("-3", 0),
        ("Wed, 25 Nov 2026 12:00:09 GMT", 9),
        ("Wed, 25 Nov 2026 11:00:00 GMT", 0),
        ("Wed, 25 Nov 2026 12:00:09 -0000", 0),
        ("soon", 0),
        ("", 0),
        ("nan", 0),
        ("inf", 0),
    ],
)
def test_retry_after_is_a_number_or_a_date_or_ignored(header: str | None, seconds: float) -> None:
    assert wait_asked(header, NOON) == seconds


@given(
    seed=st.integers(),
    tries=st.integers(0, 2000),
    min_s=st.floats(0.001, 100),
    max_s=st.floats(0.001, 1000),
)
def test_jitter_is_full_and_within_bounds(seed: int, tries: int, min_s: float, max_s: float) -> None:
    wait = full_jitter(seeded(seed), tries, min_s, max_s)
    assert 0 <= wait <= max_s
    assert wait <= min_s * 2.0 ** min(tries, 1000)
    assert wait == full_jitter(seeded(seed), tries, min_s, max_s)


def test_jitter_spreads_over_the_whole_doubled_span() -> None:
    rng = seeded(5)
    for tries, bound in enumerate((10, 20, 40, 80, 160, 320, 600, 600)):
        waits = sorted(full_jitter(rng, tries, 10, 600) for _ in range(500))
        assert waits[0] < 0.02 * bound
        assert 0.98 * bound < waits[-1] <= bound
        assert 0.4 * bound < waits[250] < 0.6 * bound
