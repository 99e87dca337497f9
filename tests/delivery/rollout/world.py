"""A service with a stable release, a new release beside it, and time that passes only when somebody waits."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from propcast.backends.state.leases import Lease
from propcast.backends.state.port import State
from propcast.backends.state.sqlite import SqliteState
from propcast.core.clock import FixedClock
from propcast.delivery.judge.evidence import Evidence, Judgement, Limits, Verdict
from propcast.delivery.manifest.reading import Laid, lay, read
from propcast.delivery.pairs.pairing import Pairs
from propcast.delivery.rollout import filing
from propcast.delivery.rollout.arming import both_arms
from propcast.delivery.rollout.controller import Controller
from propcast.delivery.rollout.ledger import Kind, Outcome
from propcast.delivery.rollout.means import Beat, Inspection, Means, Patience
from propcast.delivery.rollout.plan import Plan, Stable
from propcast.delivery.rollout.planning import Asked, Declared, plan_of, row_of
from propcast.delivery.rollout.record import Record, first
from propcast.delivery.rollout.states import Said, Watched
from propcast.delivery.rollout.stopping import Stops
from propcast.delivery.targets.memory import MemoryTarget
from propcast.delivery.targets.port import Image, Request, Revision, Target, Wanted

SERVICE = "prediction-worker"
MANIFEST = Path(__file__).parents[3] / "deploy" / "propcast.toml"
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
OLD = Image("dir:/releases/old", "sha256:" + "a" * 64)
NEW = Image("dir:/releases/new", "sha256:" + "b" * 64)
STABLE = f"{SERVICE}-stable"
TTL = timedelta(seconds=120)
ENVIRONMENT = {"PROPCAST_ENVIRONMENT": "local"}
LAID: Laid = lay(read(MANIFEST), "local")
LOCAL = Declared(LAID, "m" * 12, "c" * 40)

Judge = Callable[[Evidence, Limits], Judgement]


@dataclass
class Behaviour:
    """How a revision answers: every so-many-th request is an error; 0 never."""

    error_every: int = 0
    seconds: float = 0.05
    ready: bool = True


@dataclass
class World:
    """Everything around a controller.

    Attributes:
        organic: requests a second that come anyway, shared out by weight.
        highest: the largest share that each revision has had while it was looked at.
        unfit: what is wrong with the canary when it is looked at, the first `fit_after` times.
        stuck: the live address goes on answering with this revision, whatever the weights are.
    """

    state: State
    target: Target
    memory: MemoryTarget
    clock: FixedClock
    folder: Path
    judge: Judge
    canary: Behaviour = field(default_factory=Behaviour)
    organic: float = 10.0
    unfit: tuple[str, ...] = ()
    fit_after: int = 10_000
    stuck: str | None = None
    highest: dict[str, int] = field(default_factory=dict)
    waited: float = 0.0
    asked: int = 0
    looks: int = 0
    repeatable: bool = False
    during: Callable[[], None] = lambda: None
    pairs: Callable[[Plan], Pairs] | None = None

    def means(self, holder: str = "controller-1", **patience: float) -> Means:
        return Means(
            self.state, self.target, self.clock, self.inspect, self.watch, self.live, lambda _, __: None,
            lambda: self.repeatable, both_arms,
            self.judge, self.wait, self.folder / "rollouts", holder, Patience(ttl=TTL, **patience),  # type: ignore[arg-type]
            pairs=self.pairs,
        )  # fmt: skip

    def inspect(self, wanted: Wanted, revision: Revision) -> Inspection:
        self.looks += wanted.tag == "canary"
        is_unfit = wanted.tag == "canary" and self.looks <= self.fit_after
        return Inspection(self.unfit if is_unfit else (), Said("1.2.3", revision.config_hash))

    def wait(self, seconds: float) -> None:
        self.waited += seconds
        self.clock.instant += timedelta(seconds=seconds)

    def live(self, service: str) -> str | None:
        if self.stuck is not None:
            return self.stuck
        self.asked += 1
        shares = self.target.read_weights(service).weights
        numbered = [name for name, share in shares.items() for _ in range(share)]
        return numbered[self.asked * 37 % 100]

    def watch(self, canary: Revision, baseline: Revision, seconds: float, rate: float, beat: Beat) -> Watched:
        ready = list[bool]()
        arms = (canary.name, baseline.name)
        for _ in range(int(seconds)):
            beat()
            self._second(arms, rate)
            self.wait(1.0)
            self.during()
            ready.append(self.canary.ready)
        return Watched(tuple(ready), (True,) * len(ready), int(2 * rate * seconds), int(2 * rate * seconds))

    def _second(self, arms: tuple[str, str], rate: float) -> None:
        shares = self.target.read_weights(SERVICE).weights
        for name, share in shares.items():
            self.highest[name] = max(self.highest.get(name, 0), share)
            self.memory.answered(SERVICE, self._requests(name, self.organic * share / 100, arms[0], synthetic=False))
        for name in arms:
            self.memory.answered(SERVICE, self._requests(name, rate, arms[0], synthetic=True))

    def _requests(self, name: str, count: float, canary: str, *, synthetic: bool) -> Iterator[Request]:
        how = self.canary if name == canary else Behaviour()
        for _ in range(round(count)):
            self.asked += 1
            wrong = how.error_every and self.asked % how.error_every == 0
            seconds = how.seconds * (1 + self.asked % 7 / 10)
            code = 500 if wrong else 200
            yield Request(self.clock.now(), name, f"{name}-1", "/predict-now", code, seconds, synthetic)

    def plan(self, **asked: object) -> Plan:
        told = replace(Asked(SERVICE, "ana", NEW.reference), **asked)  # type: ignore[arg-type]
        return plan_of(
            self.target,
            self.state,
            told,
            LOCAL,
            self.clock.now(),
            replayed=self.repeatable,
            samples=self.pairs is not None,
        )

    def begin(self, **asked: object) -> tuple[Record, Lease]:
        plan = self.plan(**asked)
        row = row_of(plan, plan.canary, Kind.ROLLOUT, LOCAL, self.clock.now())
        return filing.begin(self.state, first(plan), row, "controller-1", TTL)

    def roll(self, stops: Stops | None = None, **asked: object) -> Record:
        return Controller(self.means(), *self.begin(**asked), stops).run()

    def weights(self) -> dict[str, int]:
        return {name: share for name, share in self.target.read_weights(SERVICE).weights.items() if share}


def always(verdict: Verdict) -> Judge:
    """A judge that has made up its mind."""
    return lambda evidence, limits: Judgement(verdict, ())


def with_traffic(verdict: Verdict) -> Judge:
    """A judge that passes whatever has no traffic yet."""
    return lambda evidence, limits: Judgement(verdict if evidence.stage else Verdict.PASS, ())


def verdicts(record: Record) -> list[tuple[int, int, str]]:
    return [(window.percent, window.number, str(window.verdict)) for window in record.windows]


def make_world(folder: Path, judge: Judge) -> World:
    """A world in which `STABLE` has all of the traffic."""
    clock = FixedClock(NOON)
    memory = MemoryTarget(clock, {OLD: SERVICE, NEW: SERVICE})
    memory.stage(Wanted(SERVICE, STABLE, "", OLD), create=True)
    memory.set_weights(SERVICE, {STABLE: 100}, etag=memory.read_weights(SERVICE).etag, token=0)
    memory.retire(SERVICE, f"{SERVICE}-placeholder")
    state = SqliteState(folder / "state.sqlite", clock)
    put_on_record(state, OLD, STABLE)
    clock.instant += timedelta(days=1)
    return World(state, memory, memory, clock, folder, judge)


def put_on_record(state: State, image: Image, revision: str, env: Mapping[str, str] = ENVIRONMENT) -> None:
    """Say in the ledger that a revision was promoted, with these variables."""
    plan = Plan(f"promoted-{revision}-{len(env)}", "local", SERVICE, "ana", image, Stable({}, "", ""))
    row = row_of(plan, Wanted(SERVICE, revision, "", image, env), Kind.ROLLOUT, LOCAL, NOON)
    lease = filing.begin_row(state, row, "before")
    filing.end_row(state, lease, row, Outcome.PROMOTED, "", Said("1.0.0"))
