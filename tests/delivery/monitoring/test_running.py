"""The services of one machine, watched by a real Prometheus: what is planted is told, and told again once mended."""

import os
import random
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest

from propcast.backends.compose import Backends
from propcast.backends.state import deadletters
from propcast.core.gameday import GameDay
from propcast.core.markets import markets_of
from propcast.core.sport import Sport
from propcast.delivery.manifest.reading import lay, read
from propcast.delivery.monitoring.folder import Folder
from propcast.delivery.monitoring.prometheus import KEY_FILE, Places
from propcast.delivery.monitoring.rendering import render
from propcast.delivery.monitoring.rule import Given
from propcast.delivery.monitoring.series import Scale
from propcast.delivery.monitoring.target import apply, difference
from propcast.pipeline.messages import Topic
from propcast.pipeline.registry import newest
from propcast.service.access import Role
from propcast.service.auth.keys import ApiKeys
from propcast.service.auth.store import StateStore
from tests.chaos.plant import Plant, free_ports
from tests.chaos.slates import make_template, open_now
from tests.delivery.monitoring.conftest import program
from tests.delivery.monitoring.watchmen import HOST, Receiver, receiver, running, until

pytestmark = [pytest.mark.monitoring, pytest.mark.timeout(900)]

DIVISOR = float(os.environ.get("PROPCAST_MONITORING_DIVISOR", "30"))
"""Every duration of rules and notification is divided by it; nothing is looked at more often than each five seconds."""
START_S, TOLD_S = 180.0, 150.0
MANIFEST = Path(__file__).parents[3] / "deploy" / "propcast.toml"
SILENCED, UNREADY = "precompute-processor", "prediction-worker"


@dataclass(frozen=True)
class Watched:
    """Services, and whoever hears of them."""

    plant: Plant
    backends: Backends
    heard: Receiver
    prometheus: str

    def alerts(self) -> set[str]:
        answer = httpx.get(f"{self.prometheus}/api/v1/alerts", timeout=5, trust_env=False).json()
        return {each["labels"]["alertname"] for each in answer["data"]["alerts"] if each["state"] == "firing"}

    def failing(self) -> list[str]:
        found = self.seen('propcast_check_status{critical="true"} == 0')
        return [f"{each['service']} {each['check']}" for each in found]

    def seen(self, expression: str) -> list[dict[str, str]]:
        """The labels of every series of an expression."""
        asked = httpx.get(f"{self.prometheus}/api/v1/query", params={"query": expression}, timeout=5, trust_env=False)
        return [each["metric"] for each in asked.json()["data"]["result"]]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    prometheus, alertmanager = (program("prometheus", "prometheus"),
                                program("prometheus-alertmanager", "prometheus-alertmanager"))  # fmt: skip
    folder = tmp_path_factory.mktemp("watched")
    home, config = folder / "home", folder / "config"
    make_template(home)
    backends, port = open_now(home), free_ports(2)
    with ExitStack() as stack:
        plant = stack.enter_context(Plant(home, folder / "supervisor.err", random.Random(1), divisor=10))
        heard = stack.enter_context(receiver())
        places = Places(
            alertmanager=f"{HOST}:{port}",
            page=f"{heard.address}/page", ticket=f"{heard.address}/ticket",
            dead_man=f"{heard.address}/ping",
            services={name: f"http://{HOST}:{n}" for name, n in plant.ports.items()},
            given=Given(Scale(DIVISOR, least_s=5)),
        )  # fmt: skip
        wanted = render(lay(read(MANIFEST), "local"), datetime.now(UTC).date(), MANIFEST, places).files
        apply(Folder(config), wanted)
        (config / KEY_FILE).write_text(metrics_key(backends, plant.services), encoding="utf-8")
        url, hooks = f"http://{HOST}:{port + 1}", f"http://{HOST}:{port}"
        stack.enter_context(running(config, "alertmanager", f"{hooks}/-/ready", alertmanager,
                                    "--config.file=alertmanager.yml", f"--storage.path={folder / 'silences'}",
                                    f"--web.listen-address={HOST}:{port}", "--cluster.listen-address="))  # fmt: skip
        stack.enter_context(running(config, "prometheus", f"{url}/-/ready", prometheus,
                                    "--config.file=prometheus.yml", f"--storage.tsdb.path={folder / 'series'}",
                                    f"--web.listen-address={HOST}:{port + 1}", "--web.enable-lifecycle"))  # fmt: skip
        target = Folder(config, (f"{url}/-/reload",))
        (config / "rules" / "slates.yml").write_text("groups: []\n", encoding="utf-8")
        assert apply(target, wanted).changed == ("rules/slates.yml",)  # mended and read again
        assert not difference(target, wanted)
        until(plant.answers, START_S, "the services do not answer")
        yield Watched(plant, backends, heard, url)


def metrics_key(backends: Backends, services: list[str]) -> str:
    keys = ApiKeys(StateStore(backends.state), backends.clock, service="")
    return keys.issue("metrics", Role.VIEWER, services, timedelta(days=1))


def test_what_is_planted_fires_is_told_and_clears(watched: Watched) -> None:
    plant, heard, backends = watched.plant, watched.heard, watched.backends
    until(lambda: len(watched.seen("propcast_build_info")) == 6, START_S, "not all six are scraped")
    until(lambda: not watched.failing(), START_S, lambda: f"not all six are ready: {watched.failing()}")
    planted = {"NotReady", "ServiceSilent", "DeadLetters"}
    until(lambda: not planted & watched.alerts(), START_S, lambda: f"before anything is planted: {watched.alerts()}")
    heard.told.clear()

    artefact = model_file(backends, plant.home)
    hidden = artefact.rename(artefact.with_suffix(".hidden"))
    plant._supervisor.send_signal(signal.SIGSTOP)  # so that nobody starts it anew
    process = plant.processes()[SILENCED].process
    assert process is not None
    assert process.signal(signal.SIGKILL)
    backends.bus.publish(Topic.RAW_READY, [({"schema_version": 99}, {})])
    for alert in planted:
        wait_for(heard, alert, "firing")
    assert ("/page", "ServiceSilent", "firing") in heard.told
    assert ("/ticket", "DeadLetters", "firing") in heard.told

    hidden.rename(artefact)
    plant._supervisor.send_signal(signal.SIGCONT)
    discard_letters(backends)
    for alert in planted:
        wait_for(heard, alert, "resolved")
    wait_for(heard, "DeadMan", "firing")  # it is told again and again; the first time was before anything was planted
    assert ("/ping", "DeadMan", "firing") in heard.told


def wait_for(heard: Receiver, alert: str, status: str) -> None:
    def is_told() -> bool:
        return any(told[1:] == (alert, status) for told in heard.told)

    until(is_told, TOLD_S, lambda: f"{alert} is not {status}; told: {sorted(set(heard.told))}")


def model_file(backends: Backends, home: Path) -> Path:
    """The artefact of the one model that a worker serves."""
    today = GameDay.of_instant(backends.clock.now())
    key = newest(backends, markets_of(Sport.NBA), today)["object_key"][0]
    (found,) = [file for file in home.rglob("*") if file.is_file() and str(file).endswith(key)]
    return found


def discard_letters(backends: Backends) -> None:
    for letter in deadletters.waiting(backends.state):
        backends.state.transact(partial(deadletters.mark_discarded, letter_id=letter.id, by="tests"))
