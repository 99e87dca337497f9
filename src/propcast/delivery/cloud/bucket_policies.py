"""The policy of a bucket in the words of all others."""

from dataclasses import dataclass
from typing import Any

from google.iam.v1.policy_pb2 import Policy

from propcast.backends.google.patience import Patience


@dataclass(frozen=True)
class BucketPolicies:
    """Reads and writes them with the client of Cloud Storage."""

    client: Any
    calls: Patience

    def get(self, path: str) -> Policy:
        """Return a policy."""
        found = self.calls.again(f"reading who may use bucket {path}", lambda limit_s: self._bucket(path, limit_s))
        policy = Policy(version=3, etag=str(found.etag or "").encode())
        for each in found.bindings:
            policy.bindings.add(role=each["role"], members=sorted(each["members"]))
        return policy

    def set(self, path: str, policy: Policy) -> None:
        """Write a policy; `StoreConflict` when somebody else was first."""
        from google.api_core.iam import Policy as Plain

        plain = Plain(policy.etag.decode() or None, 3)  # type: ignore[no-untyped-call]
        plain.bindings = [{"role": each.role, "members": {*each.members}} for each in policy.bindings]
        bucket = self.client.bucket(path)
        self.calls.again(
            f"changing who may use bucket {path}",
            lambda limit_s: bucket.set_iam_policy(plain, timeout=limit_s, retry=None),
        )

    def _bucket(self, path: str, limit_s: float) -> Any:
        return self.client.bucket(path).get_iam_policy(requested_policy_version=3, timeout=limit_s, retry=None)
