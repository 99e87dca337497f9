"""Commands about a whole environment: prerequisites, drift, rollout-all."""

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from propcast.cli.context import JsonOption
from propcast.cli.manifest import FILE, FileOption
from propcast.cli.render import out, show_json, show_table
from propcast.cli.rollouts import PANEL, EnvironmentOption, TargetOption, drive, quiet, site_for, tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from propcast.delivery.drift.finding import Compared
    from propcast.delivery.prerequisites.looking import Finding
    from propcast.delivery.rollout.controller import Controller
    from propcast.delivery.rollout.means import Means
    from propcast.delivery.rollout.stopping import Stops


def register(app: typer.Typer) -> None:
    """Add this room's commands."""
    for command in (prerequisites, drift):
        app.command(rich_help_panel=PANEL)(command)
    app.command("rollout-all", rich_help_panel=PANEL)(rollout_all)


def prerequisites(
    context: typer.Context,
    environment: EnvironmentOption = "local",
    target: TargetOption = "",
    file: FileOption = FILE,
    as_json: JsonOption = False,
) -> None:
    """Look at all that a rollout needs: settings, secrets, models, topics, tables, bindings, schedules, an owner.

    What cannot be looked at counts as missing. The report allows rollouts for 15 minutes. Exits with 1 for anything.

    Example:  propcast prerequisites --environment production
    """
    from propcast.delivery.ground import here
    from propcast.delivery.prerequisites.looking import look, missing
    from propcast.delivery.rollout.prerequisites import put_report

    site, _ = site_for(context, "", environment, target, file)
    findings = look(here(site.declared.laid, site.platform.url, site.backends, site.platform.target))
    lacking = missing(findings)
    put_report(site.backends.state, environment, lacking)
    if as_json:
        show_json({"environment": environment, "missing": lacking, "findings": findings})
    else:
        _show_findings(findings)
    raise typer.Exit(1 if lacking else 0)


def drift(
    context: typer.Context,
    environment: EnvironmentOption = "local",
    target: TargetOption = "",
    file: FileOption = FILE,
    as_json: JsonOption = False,
) -> None:
    """Compare what runs with the manifest and the ledger, in both directions. Exits with 1 for any difference.

    What was found is also a metric of the console, until the next run: run it every hour.

    Example:  propcast drift --environment production --json
    """
    from propcast.backends.state.drifts import record_drift
    from propcast.delivery.drift.comparing import compare
    from propcast.delivery.drift.composing import reality_of

    site, _ = site_for(context, "", environment, target, file)
    found = compare(reality_of(site))
    record_drift(site.backends.state, environment, [(each.service, each.kind) for each in found.differences])
    if as_json:
        show_json(found)
    else:
        _show_drift(environment, found)
    raise typer.Exit(1 if found.differences else 0)


def rollout_all(
    context: typer.Context,
    image: Annotated[
        list[str] | None,
        typer.Option(
            "--image", metavar="SERVICE=REF", help="What a service shall run. (default: what was staged last)"
        ),
    ] = None,
    environment: EnvironmentOption = "local",
    target: TargetOption = "",
    file: FileOption = FILE,
    as_json: JsonOption = False,
) -> None:
    """Roll out every service that has something new, in the manifest's order; stop at the first that is not promoted.

    Exits as `propcast rollout` does for the last of them.

    Example:  propcast rollout-all --environment production
    """
    from propcast.delivery.manifest.reading import read
    from propcast.delivery.rollout import driving
    from propcast.delivery.rollout.in_order import Step, roll_out_all, steps
    from propcast.delivery.rollout.planning import Asked

    site, _ = site_for(context, "", environment, target, file)

    def roll_out(step: Step) -> int:
        asked = Asked(step.service, getpass.getuser(), step.reference)

        def begin(means: "Means", stops: "Stops") -> "Controller":
            return driving.begin(means, asked, site.declared, stops)

        ended = drive(site, step.service, target, begin, quiet if as_json else tell)
        if not as_json:
            out.print(ended.sentence, soft_wrap=True)
        return ended.exit_code

    done = roll_out_all(steps(site.backends.state, environment, read(file).order, _given(image or [])), roll_out)
    if as_json:
        show_json(done)
    elif done.code:
        out.print(f"✗ stopped; not begun: {', '.join(done.left) or 'nothing'}", soft_wrap=True)
    else:
        out.print(f"✓ promoted: {', '.join(done.promoted) or 'nothing was due'}", soft_wrap=True)
    raise typer.Exit(done.code)


def _given(images: list[str]) -> dict[str, str]:
    from propcast.core.errors import InputError
    from propcast.service import catalogue

    pairs = [each.partition("=") for each in images]
    if wrong := [name for name, _, reference in pairs if not reference]:
        raise InputError(f"--image {wrong[0]!r} names no image; write SERVICE=REF")
    return {catalogue.service(name).name: reference for name, _, reference in pairs}


def _show_findings(findings: "Sequence[Finding]") -> None:
    import polars as pl

    rows = dict[str, dict[str, str]]()
    for each in findings:
        rows.setdefault(each.service, {"service": each.service})[each.check] = str(each.verdict)
    frame = pl.DataFrame(list(rows.values()))
    show_table(frame, {name: name for name in frame.columns})
    for each in findings:
        for told in each.told:
            out.print(f"✗ {each.service} {each.check}: {told}", soft_wrap=True)


def _show_drift(environment: str, found: "Compared") -> None:
    for each in found.differences:
        out.print(f"✗ {each.service or environment} {each.what}, {each.kind}: {each.told}", soft_wrap=True)
    mark = "✗" if found.differences else "✓"
    out.print(f"{mark} {len(found.compared)} things compared, {len(found.differences)} differ", soft_wrap=True)
    for told in found.not_compared:
        out.print(f"  not compared: {told}", style="dim", soft_wrap=True)
