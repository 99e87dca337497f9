"""A target is chosen by its name, and only where the environment runs."""

from pathlib import Path

import pytest

from propcast.backends.settings import Settings
from propcast.core.clock import SystemClock
from propcast.core.errors import InputError
from propcast.delivery.manifest.reading import lay, read
from propcast.delivery.targets.compose import Kind, kind_of, platform_of
from propcast.delivery.targets.local.target import LocalTarget

MANIFEST = read(Path(__file__).parents[3] / "deploy" / "propcast.toml")


def test_without_a_name_it_is_where_the_environment_runs() -> None:
    assert kind_of("", lay(MANIFEST, "local")) is Kind.LOCAL
    assert kind_of("", lay(MANIFEST, "production")) is Kind.CLOUDRUN
    with pytest.raises(InputError, match="did you mean 'cloudrun'"):
        kind_of("cloud-run", lay(MANIFEST, "local"))


def test_on_one_machine_services_are_at_the_ports_of_the_home(tmp_path: Path) -> None:
    platform = platform_of(Kind.LOCAL, lay(MANIFEST, "local"), Settings(home=tmp_path, base_port=9000), SystemClock())
    assert isinstance(platform.target, LocalTarget)
    assert platform.url("prediction-worker") == "http://127.0.0.1:9002"


@pytest.mark.parametrize(("environment", "kind"), [("local", Kind.CLOUDRUN), ("staging", Kind.LOCAL)])
def test_an_environment_is_not_rolled_out_elsewhere(tmp_path: Path, environment: str, kind: Kind) -> None:
    with pytest.raises(InputError, match="say --target"):
        platform_of(kind, lay(MANIFEST, environment), Settings(home=tmp_path), SystemClock())
