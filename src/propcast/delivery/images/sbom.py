"""The bill of materials of an image: what is in it, in SPDX 2.3."""

from collections.abc import Mapping
from datetime import datetime

from propcast.core.instants import text_of
from propcast.delivery.images.closure import Closure

_NAMESPACE = "https://spdx.org/spdxdocs/propcast"


def bill(closure: Closure, release: str, created: datetime) -> dict[str, object]:
    """Return the document for a service; nothing but `created` differs between two builds of the same closure."""
    root = {"SPDXID": "SPDXRef-image", "name": closure.service, "versionInfo": release}
    packages = [_package(root), *(_package(_of(part.name, part.version)) for part in closure.distributions)]
    contained = [
        {"spdxElementId": "SPDXRef-image", "relationshipType": "CONTAINS", "relatedSpdxElement": package["SPDXID"]}
        for package in packages[1:]
    ]
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"{closure.service} {release}",
        "documentNamespace": f"{_NAMESPACE}/{closure.service}/{closure.hash}",
        "creationInfo": {"created": text_of(created), "creators": ["Tool: propcast"]},
        "documentDescribes": ["SPDXRef-image"],
        "packages": packages,
        "relationships": contained,
    }


def _of(name: str, version: str) -> dict[str, object]:
    locator = {
        "referenceCategory": "PACKAGE-MANAGER",
        "referenceType": "purl",
        "referenceLocator": f"pkg:pypi/{name}@{version}",
    }
    return {"SPDXID": f"SPDXRef-{name}", "name": name, "versionInfo": version, "externalRefs": [locator]}


def _package(told: Mapping[str, object]) -> dict[str, object]:
    return {**told, "downloadLocation": "NOASSERTION", "filesAnalyzed": False}
