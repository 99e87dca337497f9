"""What no manifest that is shipped can know: which of its values are still examples, and how each is come by."""

from collections.abc import Iterator

from propcast.delivery.manifest.model import Manifest
from propcast.delivery.manifest.reading import Laid

_OF_IMAGES = {
    "registry": "where images are pushed: `gcloud artifacts repositories create services --repository-format docker "
    "--location REGION --project PROJECT`, then REGION-docker.pkg.dev/PROJECT/services",
    "base": "its digest was written where no registry could be asked whether it is there; the one of today: "
    "`skopeo inspect --format '{{.Digest}}' docker://docker.io/library/python:3.11-slim-bookworm`",
}
_OF_PLACES = {
    "project_id": "a project of this environment alone: `gcloud projects create ID`",
    "project_number": "`gcloud projects describe ID --format 'value(projectNumber)'`",
    "bucket": "a name that no other bucket in the world has; `propcast cloud apply` makes it",
}
_SIGNED_BY = (
    "image.signed_by names nobody, so nothing can be staged: `propcast image key > signing.key` prints the public half "
    "for it; the private half is the secret PROPCAST_SIGNING_KEY of whoever pushes images"
)


def unfilled(manifest: Manifest, laid: Laid) -> Iterator[str]:
    """Yield every value that somebody must fill in before the environment can be; none on one machine."""
    if laid.environment.backend == "local":
        return
    where = f"environments.{laid.name}"
    for name in manifest.image.examples:
        yield _told("image", name, getattr(manifest.image, name), _OF_IMAGES[name])
    if not manifest.image.signed_by:
        yield _SIGNED_BY
    for place in laid.environment.examples:
        yield _told(where, place, getattr(laid.environment, place), _OF_PLACES[place])


def _told(part: str, name: str, value: str, how: str) -> str:
    return f"{part}.{name} is an example ({value}): {how}. Fill it in, and take {name!r} out of {part}.examples"
