"""Digests from an image registry, by the one call that every registry has in common."""

from collections.abc import Callable

from google.auth import default
from google.auth.transport.requests import AuthorizedSession
from requests import RequestException, Session

from propcast.delivery.targets.port import TargetRefused, TargetUnavailable

Digest = Callable[[str], str]
"""From a reference with a tag or a digest to the digest that the registry has for it."""
ACCEPTED = ", ".join(
    f"application/vnd.{kind}+json"
    for kind in ("oci.image.index.v1", "oci.image.manifest.v1", "docker.distribution.manifest.v2",
                 "docker.distribution.manifest.list.v2")
)  # fmt: skip
LIMIT_S = 15.0
SCOPE = "https://www.googleapis.com/auth/cloud-platform"


def authorized() -> Session:
    """Return a session with the credentials of this machine."""
    credentials, _ = default(scopes=[SCOPE])
    return AuthorizedSession(credentials)  # type: ignore[no-untyped-call]


def digests(open_session: Callable[[], Session] = authorized, scheme: str = "https") -> Digest:
    """Return what asks a registry for digests; the session is opened when the first is asked for."""

    def digest(reference: str) -> str:
        host, path, version = _parts(reference)
        url = f"{scheme}://{host}/v2/{path}/manifests/{version}"
        try:
            answer = open_session().head(url, headers={"Accept": ACCEPTED}, timeout=LIMIT_S)
        except RequestException as error:
            raise TargetUnavailable(f"the registry of {reference} does not answer: {type(error).__name__}") from error
        if answer.status_code == 429 or answer.status_code >= 500:
            raise TargetUnavailable(f"the registry of {reference} answers {answer.status_code}; ask again later")
        found = answer.headers.get("Docker-Content-Digest", "")
        if answer.status_code != 200 or not found:
            raise TargetRefused(f"the registry of {reference} answers {answer.status_code}; push the image first")
        return found

    return digest


def _parts(reference: str) -> tuple[str, str, str]:
    host, slash, rest = reference.partition("/")
    name, _, digest = rest.partition("@")
    path, _, tag = name.partition(":")
    if not slash or not path or not (digest or tag):
        raise TargetRefused(f"{reference!r} is no image reference; write HOST/PATH/NAME@sha256:…")
    return host, path, digest or tag
