"""Checks the stores on Google Cloud by using them, and says in plain words what is missing."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from propcast.backends.compose import Backends
from propcast.backends.google.places import BIGQUERY, FIRESTORE, PUBSUB, STORAGE, Places
from propcast.backends.scratch import scratch_name
from propcast.backends.secrets.manager import declarations
from propcast.backends.settings import Port, Settings
from propcast.backends.state.leases import acquire, release
from propcast.core.errors import InputError, PropCastError

Outcome = tuple[str, str]
"""A status and a sentence, as `doctor.Finding` has them."""
Look = Callable[[], Outcome]

_PORTS: dict[Port, str] = {
    "warehouse": BIGQUERY, "state": FIRESTORE, "objects": STORAGE, "bus": PUBSUB, "secrets": ""
}  # fmt: skip
"""By port, the variable that names an emulator."""
_DATABASE = "is there a Firestore database `(default)` in native mode, and may this account use it?"
_BUCKET = "is there such a bucket, and may this account use it?"


def cloud_checks(
    open_backends: Callable[[], Backends], settings: Settings, environ: Mapping[str, str]
) -> dict[str, Look]:
    """Return the checks of what is on Google Cloud, by name; the warehouse's round trip is the same everywhere."""
    ports = [port for port in _PORTS if settings.backend_of(port) == "gcp"]
    looks: dict[str, Look] = {
        "state:round_trip": lambda: _told(_state, open_backends, _DATABASE),
        "objects:round_trip": lambda: _told(_objects, open_backends, f"{settings.bucket}: {_BUCKET}"),
        "secrets:declared": lambda: _secrets(open_backends, settings),
    }
    chosen = {name: look for name, look in looks.items() if name.partition(":")[0] in ports}
    if ports:
        chosen["google:places"] = lambda: _places(settings, environ)
        chosen["google:credentials"] = lambda: _credentials([port for port in ports if not environ.get(_PORTS[port])])
    return chosen


def _places(settings: Settings, environ: Mapping[str, str]) -> Outcome:
    places = Places.of(settings, environ)
    stands_in = ", ".join(f"{name}={address}" for name, address in sorted(places.emulators.items()))
    where = f"project {places.project}, collections {places.dataset_prefix}*, bucket {places.bucket}"
    return "pass", f"{where}; emulators: {stands_in or 'none, these are the real services'}"


def _credentials(real: Sequence[Port]) -> Outcome:
    if not real:
        return "pass", "emulators stand in for every service that is used; nobody has to sign in"
    import google.auth
    from google.auth.exceptions import DefaultCredentialsError

    try:
        google.auth.default()
    except DefaultCredentialsError:
        emulators = [variable for port in real if (variable := _PORTS[port])]
        advice = f"run `gcloud auth application-default login`, or set {' and '.join(emulators) or 'no port to gcp'}"
        return "fail", f"no credentials for {', '.join(real)}; {advice}"
    return "pass", f"there are credentials for {', '.join(real)}"


def _told(look: Callable[[Backends], str], open_backends: Callable[[], Backends], question: str) -> Outcome:
    try:
        return "pass", look(open_backends())
    except InputError:
        raise
    except PropCastError as error:
        return "fail", f"{question} {error}"


def _state(backends: Backends) -> str:
    lease = acquire(backends.state, "doctor", "doctor", timedelta(seconds=10))
    if lease is not None:
        release(backends.state, lease)
    return "took a lease and gave it back" if lease is not None else "another doctor holds its lease"


def _objects(backends: Backends) -> str:
    key = scratch_name(backends.clock.now())
    backends.objects.put(key, b"evidence")
    backends.objects.get(key)
    backends.objects.discard(key)
    return "stored a blob, read it back, removed it"


def _secrets(open_backends: Callable[[], Backends], settings: Settings) -> Outcome:
    declared = declarations(settings.secret_versions)
    if not declared:
        return "warn", "no secret is declared; set PROPCAST_SECRET_VERSIONS to VARIABLE=NAME@VERSION,…"
    secrets, missing = open_backends().secrets, []
    for name in declared:
        try:
            secrets.get(name)
        except PropCastError as error:
            missing.append(str(error))
    return ("fail", "; ".join(missing)) if missing else ("pass", f"{len(declared)} secrets can be read")
