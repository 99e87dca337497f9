"""Proves a service's image before it is built: a clean environment from the lock, with its extras and nothing else."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from propcast.delivery.images import lock
from propcast.delivery.images.checkout import Checkout
from propcast.delivery.images.environment import Environment
from propcast.delivery.images.findings import Finding, Proven, run
from propcast.delivery.images.report import Report
from propcast.service import catalogue


def selftest(checkout: Checkout, service: str) -> Report:
    """Prove a service from a checkout; what is wrong with the sources is found before anything is installed."""
    name = catalogue.service(service).name
    locked = run({"lock": lambda: [Finding("lock", "uv.lock", each) for each in lock.disagreements(checkout.folder)]})
    begun = time.perf_counter()
    closure = checkout.closure(name)
    undeclared = tuple(Finding("closure", each.module, each.told) for each in closure.violations)
    before = (*locked, Proven("closure", time.perf_counter() - begun, undeclared))
    if not all(each.holds for each in before):
        return Report(name, before, closure)
    with TemporaryDirectory(prefix="propcast-image-") as folder:
        environment = Environment(checkout.folder.resolve(), Path(folder))
        made = run({"install": lambda: environment.install(closure.extras), "consistency": environment.consistency})
        whole = all(each.holds for each in made)
        proofs = environment.prove(name, checkout.needs(name)) if whole else []
        return Report(name, (*before, *made, *proofs), closure, environment.size())
