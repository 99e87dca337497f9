"""A stand-in for Secret Manager: versions that are enabled or not, over gRPC."""

from dataclasses import dataclass, field

import google_crc32c
import grpc
from google.cloud.secretmanager_v1.types import AccessSecretVersionRequest, AccessSecretVersionResponse, SecretPayload

from tests.emulators.wire import Faulty, Refused

SERVICE = "google.cloud.secretmanager.v1.SecretManagerService"


@dataclass
class Vault(Faulty):
    """Values by full name of their version; None for one that is disabled or destroyed."""

    versions: dict[str, bytes | None] = field(default_factory=dict)
    damaged: bool = False

    def keep(self, secret: str, version: int, value: bytes | None) -> None:
        self.versions[f"projects/propcast/secrets/{secret}/versions/{version}"] = value

    def access(self, request: AccessSecretVersionRequest) -> AccessSecretVersionResponse:
        if request.name not in self.versions:
            raise Refused(grpc.StatusCode.NOT_FOUND, f"Secret Version [{request.name}] not found.")
        value = self.versions[request.name]
        if value is None:
            raise Refused(grpc.StatusCode.FAILED_PRECONDITION, f"Secret Version [{request.name}] is in DISABLED state.")
        checked = int(google_crc32c.value(value)) ^ (1 if self.damaged else 0)
        payload = SecretPayload(data=value, data_crc32c=checked)
        return AccessSecretVersionResponse(name=request.name, payload=payload)

    @property
    def handlers(self) -> list[grpc.GenericRpcHandler]:
        calls = {"AccessSecretVersion": (AccessSecretVersionRequest, self.access)}
        return [self.service(SERVICE, calls)]
