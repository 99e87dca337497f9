"""Filters and memories come back as they were written, whatever is in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propcast.backends.bus.pubsub import filters
from propcast.backends.bus.pubsub.memory import Aim, Memory
from propcast.core.errors import StoreRefused

NAMES = st.from_regex(r"[a-z][a-z0-9_-]{0,12}", fullmatch=True)


@given(st.dictionaries(NAMES, st.none() | st.text(max_size=20)))
def test_a_filter_is_read_as_it_was_written(wanted: dict[str, str | None]) -> None:
    assert filters.read(filters.written(wanted)) == wanted


def test_a_filter_is_written_as_the_manifest_has_it() -> None:
    assert filters.written({"lane": None, "sport": "nba"}) == 'attributes.sport = "nba" AND NOT attributes:lane'


@pytest.mark.parametrize(
    "text", ["attributes:sport", 'attributes.a = "b" OR attributes.c = "d"', 'attributes.a = "b" AND ']
)
def test_somebody_elses_filter_is_refused(text: str) -> None:
    with pytest.raises(StoreRefused, match="none of ours"):
        filters.read(text)


@given(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"])), st.text(max_size=300))
def test_labels_remember_where_a_paused_subscription_pushed_to(endpoint: str, audience: str) -> None:
    aim = Aim(endpoint, audience.encode("utf-8", "replace").decode())
    labels = Memory(4, 8, aim).labels({"team": "x"})
    assert Memory.of(labels, concurrency=16, max_deliveries=5) == Memory(4, 8, aim)
    assert labels["team"] == "x"
    assert all(len(value) <= 63 and value == value.lower() for value in labels.values())
    assert Memory(4, 8).labels(labels) == {"team": "x", "propcast-concurrency": "4", "propcast-max-deliveries": "8"}
