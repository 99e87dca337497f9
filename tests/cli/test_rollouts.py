"""The commands that move traffic, on a target in memory: what they print, and how they end."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from typer.testing import Result

from propcast.backends.compose import Backends, compose
from propcast.backends.settings import Settings
from propcast.delivery.judge.evidence import Criterion, Evidence, Judgement, Limits, Verdict
from propcast.delivery.rollout import composing
from propcast.delivery.rollout.means import Means, Tell, tell_nobody
from propcast.delivery.rollout.planning import Declared
from tests.cli.conftest import propcast
from tests.delivery.rollout.world import LOCAL, NEW, SERVICE, STABLE, TTL, World, always, make_world


@dataclass
class Site:
    """A site whose target is in memory."""

    world: World
    backends: Backends
    declared: Declared = LOCAL
    guarded: int = 0

    def stand_by(self, target: str) -> None:
        self.guarded += 1

    def means(self, service: str, tell: Tell = tell_nobody) -> Means:
        return replace(self.world.means(), tell=tell)


Run = Callable[..., Result]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path, always(Verdict.PASS))


@pytest.fixture
def site(world: World, monkeypatch: pytest.MonkeyPatch) -> Site:
    made = Site(world, compose(Settings(home=world.folder), world.clock))
    monkeypatch.setattr(composing, "site_of", lambda *_: made)
    return made


@pytest.fixture
def run(world: World, site: Site) -> Run:
    return lambda *words: propcast("--home", world.folder, *words)


MANIFEST = Path(__file__).parents[2] / "deploy" / "propcast.toml"
WORDS = ("rollout", SERVICE, "--image", NEW.reference, "--stages", "0,5,100", "--monitoring-duration", 20)


def test_a_rollout_is_watched_over_and_a_rehearsal_needs_nobody(run: Run, site: Site) -> None:
    run(*WORDS, "--dry-run")
    assert site.guarded == 0
    run(*WORDS)
    assert site.guarded == 1


def test_rolling_out_everything_is_watched_over_too(run: Run, site: Site, tmp_path: Path) -> None:
    manifest = tmp_path / "propcast.toml"
    manifest.write_text(re.sub(r"^order .*?\]$", f'order = ["{SERVICE}"]', MANIFEST.read_text(), flags=re.S | re.M))
    done = run("rollout-all", "--file", manifest, "--image", f"{SERVICE}={NEW.reference}")
    assert f"promoted: {SERVICE}" in done.stdout
    assert site.guarded == 1


@pytest.mark.parametrize("words", ["stage", "rollout", "rollback", "promote", "releases", "releases show"])
def test_help_has_an_example(words: str) -> None:
    assert f"Example:  propcast {words}" in propcast(*words.split(), "--help").stdout


def test_a_rollout_tells_every_step_and_how_it_ended(run: Run) -> None:
    done = run(*WORDS)
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0] == "· planned: prediction-worker-stable 100 %"
    assert "· stage 5 % judged: window 1 pass" in lines
    assert lines[-1] == f"✓ {SERVICE} bbbbbbbbbbbb in local is promoted; {STABLE} stays warm"


@pytest.mark.parametrize(("verdict", "code"), [(Verdict.PASS, 0), (Verdict.FAIL, 1), (Verdict.INCONCLUSIVE, 3)])
def test_with_json_there_is_one_document_and_the_exit_code_is_in_it(
    world: World, run: Run, verdict: Verdict, code: int
) -> None:
    world.judge = always(verdict)
    done = run(*WORDS, "--json")
    told = json.loads(done.stdout)
    assert done.exit_code == told["exit_code"] == code
    assert told["rollout"]["plan"]["image"]["digest"] == NEW.digest


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--min-requests", 20), "20 requests per arm prove nothing"),
        (("--stages", "0,five,100"), "are no percents"),
        (("--stages", "0,50"), "must rise from 0 to 100"),
        (("--resume", "x"), "either the --image of a new rollout or the one to --resume"),
        (("--max-windows", 0), "at least one window"),
    ],
)
def test_what_cannot_be_asked_for_exits_with_2(run: Run, more: tuple[object, ...], told: str) -> None:
    done = run(*WORDS, *more)
    assert done.exit_code == 2
    assert told in done.stderr


def test_an_unproven_way_back_exits_with_4(world: World, run: Run) -> None:
    world.judge, world.stuck = always(Verdict.FAIL), "somebody-else"
    done = run(*WORDS)
    assert done.exit_code == 4
    assert "is not proven" in done.stderr


def test_a_rehearsal_prints_the_calls_and_changes_nothing(world: World, run: Run) -> None:
    done = run(*WORDS, "--dry-run")
    assert done.exit_code == 0
    assert " 1. stage " in done.stdout
    assert done.stdout.splitlines()[-1] == "nothing was changed"
    assert world.weights() == {STABLE: 100}
    assert json.loads(run("releases", "--json").stdout)[0]["id"].startswith(f"promoted-{STABLE}")


def test_a_paused_rollout_is_resumed_or_rolled_back_by_command(world: World, run: Run) -> None:
    world.judge = always(Verdict.INCONCLUSIVE)
    number = json.loads(run(*WORDS, "--json").stdout)["rollout"]["plan"]["id"]
    assert run("rollout", SERVICE, "--resume", number).exit_code == 3
    assert run(*WORDS).exit_code == 2
    done = run("rollback", SERVICE)
    assert (done.exit_code, world.weights()) == (0, {STABLE: 100})


def test_what_was_staged_rolled_out_and_back_is_in_the_ledger(world: World, run: Run) -> None:
    for words in (("stage", SERVICE, "--image", NEW.reference), WORDS, ("rollback", SERVICE)):
        world.clock.instant += TTL
        assert run(*words).exit_code == 0
    shown = run("releases", "--service", SERVICE).stdout
    assert [word for word in shown.split() if word in ("staged", "promoted", "rolled_back")] == [
        "rolled_back", "promoted", "staged", "promoted",
    ]  # fmt: skip
    refused = run("promote", SERVICE)
    assert refused.exit_code == 2
    assert "is newer, with another digest" in refused.stderr


def told(evidence: Evidence, limits: Limits) -> Judgement:
    return Judgement(Verdict.PASS, (Criterion("errors", Verdict.PASS, 0.0, None, 0.02, "0 errors in 400"),))


def test_a_deployment_is_shown_with_the_decision_on_every_window(world: World, run: Run) -> None:
    world.judge = told
    number = json.loads(run(*WORDS, "--json").stdout)["rollout"]["plan"]["id"]
    shown = run("releases", "show", number).stdout
    assert f"Deployment {number}" in shown
    for share in (0, 5, 100):
        assert f"stage {share} % window 1: pass" in shown
    assert shown.count("0 errors in 400") == 3
    decided = json.loads(run("releases", "show", number, "--json").stdout)["decisions"]
    assert [each["next_weights"] for each in decided][-1] == {f"{SERVICE}-{number}": 100}
    assert {each["token"] for each in decided} == {decided[0]["token"]}
    assert run("releases", "show", "nothing").exit_code == 2


def test_the_watcher_rolls_back_what_was_left(world: World, run: Run) -> None:
    record, _ = world.begin()
    assert run("watch-rollouts", "--every", 0).stdout == ""
    world.clock.instant += 10 * TTL
    assert f"{record.plan.id} {SERVICE}: aborted" in run("watch-rollouts", "--every", 0).stdout
