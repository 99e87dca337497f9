"""Commands beside a rollout: stage, rollback, promote."""

import getpass
import time
from typing import Annotated

import typer

from propcast.cli.context import JsonOption
from propcast.cli.images import ServiceArgument
from propcast.cli.manifest import FILE, FileOption
from propcast.cli.render import out, show_json
from propcast.cli.rollouts import (
    PANEL,
    ConfirmOption,
    EnvironmentOption,
    ImageOption,
    TargetOption,
    finish,
    quiet,
    site_for,
    tell,
)


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    for command in (stage, rollback, promote):
        app.command(rich_help_panel=PANEL)(command)
    app.command("watch-rollouts", hidden=True)(watch_rollouts)


def stage(
    context: typer.Context,
    service: ServiceArgument,
    image: ImageOption,
    environment: EnvironmentOption = "local",
    target: TargetOption = "",
    create: Annotated[bool, typer.Option("--create", help="The service does not exist yet: make it.")] = False,
    confirm: ConfirmOption = False,
    file: FileOption = FILE,
    as_json: JsonOption = False,
) -> None:
    """Start a release beside what has the traffic, without any, and ask it who it is and whether it can do its job.

    Its configuration replaces that of what serves; what changes is shown, and --confirm is asked for what goes. Outside
    of one machine a clean checkout, a digest, and its self-test and push on record are asked for.

    Example:  propcast stage prediction-worker --image dir:/srv/releases/1.4.0
    """
    from propcast.delivery.rollout.configuring import differences
    from propcast.delivery.rollout.driving import refusing
    from propcast.delivery.rollout.staging import stage_release

    site, name = site_for(context, service, environment, target, file)
    with refusing():
        means, who = site.means(name), getpass.getuser()
        row = stage_release(means, site.declared, name, image, who, create=create, confirmed=confirm)
    if as_json:
        show_json(row)
    else:
        for told in differences(means.state, environment, row):
            out.print(f"  {told}", soft_wrap=True)
        out.print(f"✓ {row.revision} is staged and fit, release {row.release}, {row.digest}", soft_wrap=True)


def rollback(
    context: typer.Context,
    service: ServiceArgument,
    to: Annotated[
        str,
        typer.Option(metavar="RELEASE", help="A release, revision or deployment on record. (default: the one before)"),
    ] = "",
    environment: EnvironmentOption = "local",
    target: TargetOption = "",
    file: FileOption = FILE,
    as_json: JsonOption = False,
) -> None:
    """Take the traffic back to what had it before, by revision name; proven by live requests within 10 s.

    A rollout that is under way goes back to where it began. Exits with 4 when that is not proven.

    Example:  propcast rollback prediction-worker
    """
    from propcast.delivery.rollout.driving import Ended, refusing
    from propcast.delivery.rollout.going_back import roll_back

    site, name = site_for(context, service, environment, target, file)
    with refusing():
        record = roll_back(site.means(name, quiet if as_json else tell), site.declared, name, getpass.getuser(), to)
    finish(Ended(record, 0, f"all traffic of {name} is on {record.plan.stable.revision}"), as_json=as_json)


def promote(
    context: typer.Context,
    service: ServiceArgument,
    environment: EnvironmentOption = "local",
    target: TargetOption = "",
    file: FileOption = FILE,
    as_json: JsonOption = False,
) -> None:
    """Remove the pin that a rollback or an abort has left, once the newest revision is what has the traffic.

    Example:  propcast promote prediction-worker
    """
    from propcast.delivery.rollout.driving import refusing
    from propcast.delivery.rollout.unpinning import promote as unpin

    site, name = site_for(context, service, environment, target, file)
    with refusing():
        row = unpin(site.means(name), site.declared, name, getpass.getuser())
    if as_json:
        show_json(row)
    else:
        out.print(f"✓ {name} follows its newest revision, {row.revision}", soft_wrap=True)


def watch_rollouts(
    context: typer.Context,
    environment: EnvironmentOption = "local",
    target: TargetOption = "",
    every: Annotated[float, typer.Option(min=0.0, metavar="S", help="Look every so often; 0 looks once.")] = 30.0,
    file: FileOption = FILE,
) -> None:
    """Roll back rollouts whose controller is gone and that nobody has resumed within 5 minutes, until none is left."""
    from propcast.delivery.rollout.standby import Watcher, watch_alone

    site, _ = site_for(context, "", environment, target, file)
    watcher = Watcher(site.backends.state, environment, site.means, time.sleep)
    home = site.backends.settings.home.expanduser().absolute()
    for told in watch_alone(watcher, home, every) if every else watcher.look():
        out.print(told, soft_wrap=True)
