"""The manifest says what the code says, in every environment; whatever differs is in one report."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from propcast.core.errors import InputError
from propcast.delivery.manifest.agreement import violations
from propcast.delivery.manifest.reading import Laid, Unreadable, lay, read
from propcast.service import catalogue
from propcast.service.identity import ENVIRONMENTS

ROOT = Path(__file__).parents[3]
TODAY = date(2026, 11, 26)
Edit = Callable[[str, str], Path]
EACH = pytest.mark.parametrize("environment", ENVIRONMENTS)


@pytest.fixture
def edit(tmp_path: Path) -> Edit:
    """Return a manifest in which one text stands for another, in a checkout of its own."""
    shutil.copytree(ROOT / "docs" / "runbooks", tmp_path / "docs" / "runbooks")
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    file = tmp_path / "deploy" / "propcast.toml"

    def edit(before: str, after: str) -> Path:
        text = file.read_text(encoding="utf-8")
        assert before in text
        file.write_text(text.replace(before, after, 1), encoding="utf-8")
        return file

    return edit


def found(file: Path, environment: str = "production") -> list[str]:
    return violations(read(file), environment, TODAY, file)


def laid(environment: str) -> Laid:
    return lay(read(ROOT / "deploy" / "propcast.toml"), environment)


@EACH
def test_ours_says_what_the_code_says_and_lacks_what_only_its_user_knows(environment: str) -> None:
    places = ("project_id", "project_number", "bucket") if environment != "local" else ()
    images = ("image.registry", "image.base", "image.signed_by") if environment != "local" else ()
    lacking = [*images, *(f"environments.{environment}.{name}" for name in places)]
    told = found(ROOT / "deploy" / "propcast.toml", environment)
    assert [sentence.partition(" ")[0] for sentence in told] == lacking
    assert all("`" in sentence for sentence in told)  # a command that brings it


def test_what_is_filled_in_and_said_to_be_is_lacking_no_more(edit: Edit) -> None:
    for before in ('["registry", "base"]', '["project_id", "project_number", "bucket"]'):
        edit(before, "[]")
    file = edit("signed_by = []", f'signed_by = ["{"A" * 43}="]')
    assert found(file, "staging") == []
    assert [sentence.partition(" ")[0] for sentence in found(file)] == [
        f"environments.production.{name}" for name in ("project_id", "project_number", "bucket")
    ]


def test_a_value_that_was_filled_in_is_an_example_as_long_as_it_is_called_one(edit: Edit) -> None:
    told = found(edit('"propcast-production"', '"ours"'))
    assert [each for each in told if "project_id is an example (ours)" in each and ".examples" in each]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('"nba-admin-dashboard"', '"admin"', "deployed_name is 'admin', the code says 'nba-admin-dashboard'"),
        ("prediction_worker:app", "worker:app", "app is 'propcast.apps.mlb_worker:app', the code says"),
        ('serving", "prediction-coordinator"', 'serving", "x"', "command is"),
        (
            'publishes        = ["analytics-ready"]',
            "publishes        = []",
            "publishes is [], the code says ['analytics",
        ),
        (
            'path = "/complete"',
            'path = "/completed"',
            "prediction-ready has path '/completed', the code says '/complete'",
        ),
        ("max_deliveries = 8", "max_deliveries = 9", "slate-published has max_deliveries 9, the code says 8"),
        ('sport = "nba"', 'sport = "nfl"', "filter 'attributes.sport"),
        ('topic = "lines-changed"', 'topic = "lines-moved"', "the code does not take lines-moved"),
        ('topic = "lines-changed"', 'topic = "lines-moved"', "subscriptions: lines-changed is missing"),
        ('"models:unloaded", ', "", "checks: models:unloaded of its own is missing"),
        ('"lines:age"', '"line:age"', "it does not owe 'line:age'; did you mean 'lines:age'"),
        (
            'critical = ["audit:round_trip"]',
            'critical = ["audit:round_trip", "telemetry:export_age"]',
            "is optional in the code",
        ),
        ('"mlb/champion"', '"mlb/champion", PROPCAST_THRAEDS = "2"', "did you mean 'PROPCAST_THREADS'"),
        ('PROPCAST_MODEL_ALIASES = "mlb/champion"', "", "PROPCAST_MODEL_ALIASES is not set"),
        (' PROPCAST_SESSION_KEY = "session-key@1" ', "", "secrets: PROPCAST_SESSION_KEY is missing"),
        ('"session-key@1"', '"session-key@1", PROPCAST_COOKIE = "x@1"', "secrets: nothing reads PROPCAST_COOKIE"),
        (
            '["web", "gcp", "console"]',
            '["web", "gcp", "consul"]',
            "pyproject.toml has no 'consul'; did you mean 'console'",
        ),
        ("runbooks/prediction-worker", "runbooks/worker", "runbook docs/runbooks/worker.md is not there"),
        ('service_account  = "prediction-worker"', 'service_account  = "analytics-processor"', "more than one service"),
        ('"bus", "deployer", "scheduler"', '"deployer", "scheduler"', "it is pushed messages, so `bus` must be one"),
        (
            '"bus", "deployer", "scheduler"',
            '"bus", "schedule"',
            "nobody is called 'schedule'; did you mean 'scheduler'",
        ),
        ('["admin-dashboard", "analytics', '["analytics', "must name every service once"),
        (
            "needs            = []",
            'needs            = ["prediction-worker"]',
            "order: admin-dashboard needs prediction-worker",
        ),
        ('"propcast-staging-objects"', '"propcast-production-objects"', "share bucket 'propcast-production-objects'"),
        ('"staging_"', '"production_"', "share dataset_prefix"),
        (
            'PROPCAST_LOG_LEVEL = "DEBUG"',
            'PROPCAST_FEEDS = "gs://propcast-production-objects"',
            "belongs to another environ",
        ),
        (
            "[environments.production.services.admin-dashboard]",
            "[environments.production.services.admin]",
            "is no service",
        ),
        (
            "min_instances = 1 }\n",
            "min_instances = 900 }\n",
            "min_instances: Input should be less than or equal to 100",
        ),
    ],
)
def test_a_difference_is_found_and_named(edit: Edit, before: str, after: str, said: str) -> None:
    sentences = found(edit(before, after))
    assert [sentence for sentence in sentences if said in sentence], sentences


def test_all_differences_are_in_one_report(edit: Edit) -> None:
    edit('"lines:age"', '"line:age"')
    sentences = found(edit('"staging_"', '"production_"'))
    assert len(sentences) >= 3


@pytest.mark.parametrize(
    ("before", "after", "where"),
    [
        ("schema = 1", "schema = 1\nextra = 1", "extra"),
        ("schema = 1", "schema = 2", "schema"),
        ("timeout_s = 60 }", "timeout_s = 60, gpu = 1 }", "services.admin-dashboard.resources.gpu"),
        ("region         =", "zone = 1\nregion         =", "environments.staging.zone"),
        ('startup = "/health"', 'startup = "/ready"', "services.admin-dashboard.probes.startup"),
        ("stages = [0, 5, 50, 100]", "stages = [5, 100]", "services.admin-dashboard.rollout"),
        ("stages = [0, 100]", "stages = [0, 50, 100]", "services.prediction-coordinator.rollout"),
        ("cpu = 1, ", "cpu = 3, ", "services.admin-dashboard.resources.cpu"),
        ("@sha256:a36c24", ":3.11", "image.base"),
        ('bucket         = "propcast-staging-objects"\n', "", "environments.staging"),
        ('backend = "local"', 'backend = "local"\nbucket = "b"', "environments.local"),
        ('["registry", "base"]', '["native"]', "image.examples.0"),
        ("signed_by = []", 'signed_by = ["me"]', "image.signed_by.0"),
        ('"session-key@1"', '"session-key"', "services.admin-dashboard.secrets.PROPCAST_SESSION_KEY"),
    ],
)  # fmt: skip
def test_what_is_unknown_or_malformed_is_an_error_with_its_place(
    edit: Edit, before: str, after: str, where: str
) -> None:
    with pytest.raises(Unreadable) as refused:
        read(edit(before, after))
    assert [told for told in refused.value.violations if told.startswith(f"{where}: ")]


def test_every_malformed_place_is_named_at_once(edit: Edit) -> None:
    edit("cpu = 1, ", "cpu = 3, ")
    with pytest.raises(Unreadable) as refused:
        read(edit("schema = 1", "schema = 2"))
    assert len(refused.value.violations) == 2


def test_a_declared_failure_that_may_not_be_is_in_the_report(edit: Edit) -> None:
    row = 'service = "prediction-worker"\ncheck = "models:unloaded"\nstatus = "fail"\nreason = "r"\nowner = "o"\n'
    section = f"\n[[environments.production.expect]]\n{row}expires = 2026-12-01\n"
    file = edit("# The other two", f"{section}\n# The other two")
    assert [told for told in found(file) if "excuses a critical check" in told]


def test_an_environment_is_laid_over_the_whole_key_by_key() -> None:
    staging, production = laid("staging"), laid("production")
    name = "prediction-coordinator"
    assert staging.services[name].resources.min_instances == 0
    assert staging.services[name].resources.cpu == production.services[name].resources.cpu
    assert staging.environ(name)["PROPCAST_LOG_LEVEL"] == "DEBUG"
    assert production.environ(name)["PROPCAST_LOG_LEVEL"] == "INFO"


@pytest.mark.parametrize("entry", catalogue.SERVICES, ids=lambda entry: entry.name)
def test_staging_and_production_share_no_value_that_says_where(entry: catalogue.Entry) -> None:
    staging, production = (laid(name).environ(entry.name) for name in ("staging", "production"))
    where = ("PROJECT_ID", "DATASET_PREFIX", "BUCKET", "PUSH_AUDIENCE", "SERVICE_URLS", "ENVIRONMENT")
    shared = [name for name in staging if name.endswith(where) and staging[name] == production.get(name)]
    assert shared == []


def test_an_unknown_environment_is_refused_with_a_hint() -> None:
    with pytest.raises(InputError, match="did you mean 'staging'"):
        laid("stagign")
