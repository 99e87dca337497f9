"""The self-test of an image in itself: the same proofs, against what was baked into it."""

from propcast.core.errors import NotReady
from propcast.delivery.images.baked import BAKED
from propcast.delivery.images.proof import prove
from propcast.delivery.images.report import Report
from propcast.service import catalogue


def selftest_here(service: str) -> Report:
    """Prove the image that this process runs in, as the user it runs as."""
    name = catalogue.service(service).name
    if not BAKED.exists():
        raise NotReady(f"this is no image: {BAKED} is not there; leave out --here to test a checkout")
    return Report(name, tuple(prove(name, BAKED, in_image=True)))
