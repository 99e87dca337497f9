"""Names that no rule resolved: who waits, and that an answer brings exactly his rows back."""

from pathlib import Path

import pytest

from propcast.backends.compose import Backends
from propcast.backends.warehouse.port import In
from propcast.core.errors import InputError
from propcast.core.sport import Sport
from propcast.pipeline.importing import import_history
from propcast.pipeline.naming import resolve_name, waiting_names
from propcast.pipeline.progress import silent
from propcast.tables.raw import RAW_QUOTES
from propcast.tables.reference import PLAYER_ALIASES
from tests.sources.samples import rows, write_folder

UNKNOWN = {"player_id": None, "player_name": "Big Ivo"}


@pytest.fixture
def waiting(empty_home: Backends, tmp_path: Path) -> Backends:
    """A home in which one name waits, beside a player who is known."""
    lines = rows("nba_points_lines", {"player_id": 77, "player_name": "Ivan Big"}, UNKNOWN)
    folder = write_folder(tmp_path / "data", {"nba_points_lines": lines})
    import_history(empty_home.warehouse, folder, empty_home.clock, silent)
    return empty_home


def test_a_name_waits_with_its_rows(waiting: Backends) -> None:
    found = waiting_names(waiting)
    assert found.select("sport", "raw_name", "rows", "events").rows() == [("nba", "Big Ivo", 1, 1)]
    assert waiting_names(waiting, Sport.MLB).is_empty()


@pytest.mark.proves("L22")
def test_an_answer_is_kept_and_brings_the_rows_back(waiting: Backends) -> None:
    done = resolve_name(waiting, Sport.NBA, "Big Ivo", "nba:77")
    assert (done.full_name, done.replay.replayed, done.replay.still_held) == ("Ivan Big", 1, 0)
    assert waiting.warehouse.read(PLAYER_ALIASES)["participant_id"].to_list() == ["nba:77"]
    assert waiting.warehouse.count(RAW_QUOTES, [In("subject", ("nba:77",))]) >= 1
    assert waiting_names(waiting).is_empty()


@pytest.mark.parametrize(
    ("name", "person", "said"),
    [("Big Ivo", "nba:9", "nobody of nba has the id 'nba:9'"), ("Big Ivoo", "nba:77", "did you mean 'Big Ivo'")],
)
def test_an_answer_that_cannot_be_true_changes_nothing(waiting: Backends, name: str, person: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        resolve_name(waiting, Sport.NBA, name, person)
    assert waiting.warehouse.count(PLAYER_ALIASES) == 0
    assert waiting_names(waiting)["raw_name"].to_list() == ["Big Ivo"]
