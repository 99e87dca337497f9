"""Who may call a service is told by the names of the manifest; anybody else as the platform names them."""

from google.iam.v1.policy_pb2 import Binding, Policy

from tests.delivery.targets.cloudrun.conftest import PATH, SERVICE, Bench

OF_PROJECT = "propcast-production.iam.gserviceaccount.com"


def test_members_of_the_project_have_short_names_and_strangers_their_own(bench: Bench) -> None:
    bench.live()
    members = [f"serviceAccount:bus@{OF_PROJECT}", f"serviceAccount:admin-dashboard@{OF_PROJECT}", "allUsers",
               f"serviceAccount:bus@propcast-staging.{OF_PROJECT.partition('.')[2]}"]  # fmt: skip
    other = Binding(role="roles/run.viewer", members=["user:ann@example.org"])
    bench.platform.run.policies[PATH] = Policy(bindings=[Binding(role="roles/run.invoker", members=members), other])
    assert bench.target.invokers(SERVICE) == [
        "admin-dashboard",
        "allUsers",
        "bus",
        "serviceAccount:bus@propcast-staging.iam.gserviceaccount.com",
    ]


def test_a_service_without_a_policy_may_be_called_by_nobody(bench: Bench) -> None:
    bench.live()
    assert bench.target.invokers(SERVICE) == []
