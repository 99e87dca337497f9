"""`propcast names`: who waits for an answer, and what an answer does."""

import json

import pytest

from propcast.backends.compose import Backends
from tests.cli.conftest import run_in
from tests.pipeline.test_naming import waiting

__all__ = ["waiting"]


def test_names_that_wait_are_listed_with_what_to_do(waiting: Backends) -> None:
    shown = run_in(waiting)("names", "list").stdout
    assert "Big Ivo" in shown
    assert "propcast names resolve NAME PARTICIPANT_ID --sport SPORT" in shown
    (row,) = json.loads(run_in(waiting)("names", "list", "--json").stdout)
    assert (row["raw_name"], row["sport"], row["rows"]) == ("Big Ivo", "nba", 1)


def test_nobody_waits_where_nobody_is_unknown(empty_home: Backends) -> None:
    assert run_in(empty_home)("names", "list").stdout == "✓ no name waits for an answer\n"
    assert json.loads(run_in(empty_home)("names", "list", "--json").stdout) == []


def test_an_answer_tells_what_it_brought_back(waiting: Backends) -> None:
    done = run_in(waiting)("names", "resolve", "Big Ivo", "nba:77", "--sport", "nba")
    assert done.stdout.startswith("Big Ivo is Ivan Big (nba:77).\n1 rows were held back for it:")
    assert run_in(waiting)("names", "list").stdout == "✓ no name waits for an answer\n"


@pytest.mark.parametrize(("name", "person"), [("Big Ivo", "nba:9"), ("Nobody", "nba:77")])
def test_an_answer_that_cannot_be_true_is_refused_in_a_sentence(
    waiting: Backends,
    name: str,
    person: str,
) -> None:
    result = run_in(waiting)("names", "resolve", name, person, "--sport", "nba")
    assert result.exit_code != 0
    assert "Traceback" not in result.output
    assert json.loads(run_in(waiting)("names", "list", "--json").stdout)
