"""All proofs of one service in the environment that this process runs in; `python -m propcast.delivery.images.proof`.

Prints one JSON document, so that whoever made the environment can read it from outside.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from propcast.delivery.images.findings import Proof, Proven, run
from propcast.delivery.images.zones import zones

if TYPE_CHECKING:
    from propcast.delivery.images.baked import Baked


def proofs_of(service: str, needed: "Baked", *, in_image: bool) -> Mapping[str, Proof]:
    """Return every proof of a service but that of the zones, in the order in which a failure says most."""
    from propcast.delivery.images import proving  # they read zones, which are proved before
    from propcast.delivery.images.booting import boot
    from propcast.service import catalogue

    entry = catalogue.service(service)
    of_image = {"user": proving.user} if in_image else {}
    return {
        **of_image,
        "native": proving.native,
        "imports": partial(proving.imports, entry, needed.needs),
        "data": partial(proving.data, needed.data),
        "golden": partial(proving.golden, entry),
        "boot": partial(boot, entry, needed.command),
    }


def prove(service: str, needs: Path, *, in_image: bool, without: Sequence[str] = ()) -> list[Proven]:
    """Run the proofs of a service, against what its sources say that it needs."""
    done = run({"zones": zones}) if "zones" not in without else []
    if not all(each.holds for each in done):
        return done
    from propcast.delivery.images import baked

    proofs = proofs_of(service, baked.read(needs.read_text(encoding="utf-8")), in_image=in_image)
    return done + run({name: proof for name, proof in proofs.items() if name not in without})


def main(arguments: Sequence[str] | None = None) -> int:
    """Prove, print, and return 1 when anything was found."""
    parser = argparse.ArgumentParser(prog="python -m propcast.delivery.images.proof", description=__doc__)
    parser.add_argument("service")
    parser.add_argument("needs", type=Path, help="what the sources say that it needs")
    parser.add_argument("--without", nargs="*", default=[], help="proofs to leave out: to see what each is for")
    told = parser.parse_args(arguments)
    done = prove(told.service, told.needs, in_image=False, without=told.without)
    json.dump([asdict(each) for each in done], sys.stdout)
    return 0 if all(each.holds for each in done) else 1


if __name__ == "__main__":
    sys.exit(main())
