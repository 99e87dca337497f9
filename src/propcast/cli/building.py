"""Commands that make images: image lint, image audit, image build, image push, image key."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from propcast.cli.context import JsonOption
from propcast.cli.images import HERE, CheckoutOption, ServiceArgument, image, put_on_record
from propcast.cli.machine import require_delivery_extra
from propcast.cli.render import out, show_json
from propcast.core.errors import InputError, NotReady

if TYPE_CHECKING:
    from propcast.delivery.images.vulnerabilities import Audit

ImageOption = Annotated[str, typer.Option("--image", metavar="REF", help="Name and tag. (default: the manifest's)")]


def register(_: typer.Typer) -> None:
    """Add this room's commands: they stand with the others about images."""


@image.command("lint")
def lint_recipe(checkout: CheckoutOption = HERE) -> None:
    """Check the Dockerfile, the context that its builder gets, and the lock. Exits with 1 for anything.

    Example:  propcast image lint
    """
    require_delivery_extra()
    from propcast.delivery.images.dockerfile import lint
    from propcast.delivery.images.lock import disagreements

    found = [*lint(checkout), *disagreements(checkout)]
    for sentence in found:
        out.print(f"✗ {sentence}", soft_wrap=True)
    if not found:
        out.print("✓ Dockerfile, context and lock are as they must be")
    raise typer.Exit(1 if found else 0)


@image.command("audit")
def audit_image(service: ServiceArgument, checkout: CheckoutOption = HERE, as_json: JsonOption = False) -> None:
    """Look up what is known against the distributions of an image. Exits with 1 when something is not waived.

    Exits with 4 when the database is out of reach and no dated waiver in the manifest lets that pass by.

    Example:  propcast image audit prediction-worker
    """
    require_delivery_extra()
    from propcast.core.clock import SystemClock
    from propcast.delivery.images.checkout import Checkout
    from propcast.delivery.images.osv import Osv
    from propcast.delivery.images.vulnerabilities import audit

    sources = Checkout(checkout)
    closure, waivers = sources.closure(service), sources.manifest.image.waivers
    told = audit(closure.service, closure.distributions, Osv(), waivers, SystemClock().now().date())
    if as_json:
        show_json(told)
    else:
        _tell(told)
    raise typer.Exit(0 if told.may_ship else NotReady.exit_code if told.verdict == "inconclusive" else 1)


def _tell(told: "Audit") -> None:
    for each in told.found:
        waived = f"waived until {each.waived_until}" if each.waived_until else "not waived"
        out.print(f"✗ {each.id}  {each.distribution} {each.version}  {waived}", soft_wrap=True)
    mark = "✓" if told.verdict == "pass" else "!" if told.may_ship else "✗"
    reason = f": {told.why}" if told.why else ""
    out.print(f"{mark} {told.service}: {told.verdict}, {told.asked} distributions{reason}", soft_wrap=True)


@image.command("key")
def make_key() -> None:
    """Make a key that signs images: the private half on standard output, the public one on standard error.

    Keep the private half as the secret PROPCAST_SIGNING_KEY; the public one goes into image.signed_by of the manifest.

    Example:  propcast image key > signing.key
    """
    require_delivery_extra()
    from propcast.backends.secrets.port import Secret
    from propcast.delivery.images.signing import new_key, public_of

    private = new_key()
    typer.echo(private)
    typer.echo(public_of(Secret(private)), err=True)


@image.command("build")
def build_image(
    context: typer.Context,
    service: ServiceArgument,
    checkout: CheckoutOption = HERE,
    reference: ImageOption = "",
    base: Annotated[str, typer.Option(metavar="REF@sha256:…", help="Base image. (default: that of the manifest)")] = "",
    sbom: Annotated[Path, typer.Option(metavar="DIR", help="Where its bill of materials goes.")] = Path("dist/sbom"),
) -> None:
    """Build the image of a service; the last step of the build is its self-test, inside it.

    Example:  propcast image build prediction-worker
    """
    require_delivery_extra()
    from propcast.core.clock import SystemClock
    from propcast.delivery.images import building
    from propcast.delivery.images.checkout import Checkout
    from propcast.delivery.images.sbom import bill

    sources, now = Checkout(checkout), SystemClock().now()
    recipe = building.recipe_of(sources, service, now, reference, base)
    closure = sources.closure(recipe.service)
    if closure.violations:
        raise InputError("; ".join(violation.told for violation in closure.violations))
    building.build(sources, recipe)
    sbom.mkdir(parents=True, exist_ok=True)
    file = sbom / f"{recipe.service}-{recipe.commit[:12]}.spdx.json"
    file.write_text(json.dumps(bill(closure, recipe.release, now), indent=1), encoding="utf-8")
    out.print(f"✓ {recipe.reference}, closure {closure.hash[:12]}, bill of materials {file}", soft_wrap=True)
    put_on_record(context, recipe.service, checkout)


@image.command("push")
def push_image(
    context: typer.Context,
    service: ServiceArgument,
    checkout: CheckoutOption = HERE,
    reference: ImageOption = "",
    to: Annotated[
        str, typer.Option(metavar="DEST", help="Somewhere else, e.g. oci:DIR:TAG. (default: its own registry)")
    ] = "",
) -> None:
    """Push the image of a service, and print the digest by which it is deployed; what was not tested is refused.

    The digest is signed (PROPCAST_SIGNING_KEY) and put on record as this service's, so that it may be staged. With --to
    none of this is asked or kept.

    Example:  propcast image push prediction-worker
    """
    require_delivery_extra()
    from propcast.core.clock import SystemClock
    from propcast.delivery.images import building
    from propcast.delivery.images.checkout import Checkout
    from propcast.delivery.images.signing import SIGNING_KEY, public_of, sign
    from propcast.delivery.rollout import steps

    recipe = building.recipe_of(Checkout(checkout), service, SystemClock().now(), reference)
    told, opened = recipe.reference, context.obj.open()
    if to:
        digest = building.push(told, to)
    else:
        steps.require_tested(opened.state, recipe.service, recipe.commit)
        key = opened.secrets.get(SIGNING_KEY)
        public_of(key)  # one that cannot sign is found before anything leaves this machine
        digest = building.push(told)
        steps.pushed(opened.state, recipe.service, recipe.commit, sign(digest, key))
    out.print(f"{told.rpartition(':')[0]}@{digest}", soft_wrap=True)


@image.command("bake", hidden=True)
def bake(
    service: ServiceArgument,
    into: Annotated[Path, typer.Option("--into", metavar="DIR", help="Where the files go.")],
    release: Annotated[str, typer.Option(metavar="R", help="What is built.")] = "unknown",
    commit: Annotated[str, typer.Option(metavar="C", help="Of which commit.")] = "unknown",
    checkout: CheckoutOption = HERE,
) -> None:
    """Write who an image is and what it must hold, for its health and its self-test: a step of the image build."""
    from propcast.delivery.images.baked import BAKED, from_sources, write
    from propcast.delivery.images.reach import Tree
    from propcast.delivery.manifest.reading import read
    from propcast.service import catalogue, identity

    entry = catalogue.service(service)
    declared = read(checkout / "deploy" / "propcast.toml").services[entry.name]
    needed = from_sources(entry, declared.command, Tree(checkout.resolve() / "src"))
    into.mkdir(parents=True, exist_ok=True)
    (into / BAKED.name).write_text(write(needed), encoding="utf-8")
    who = {"service": entry.name, "release": release, "commit": commit}
    (into / identity.BAKED.name).write_text(json.dumps(who), encoding="utf-8")
