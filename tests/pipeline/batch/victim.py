"""A process that kills itself at a failpoint of a day: `python -m tests.pipeline.batch.victim HOME POINT`."""

import os
import signal
import sys
from pathlib import Path

from propcast.core.sport import Sport
from propcast.pipeline.batch.failpoints import Failpoint
from propcast.pipeline.batch.rules import Rules
from tests.pipeline.batch.test_at_once import through_services
from tests.pipeline.conftest import MLB_DAY, open_home


class Suicide:
    """Failpoints at one of which the process is gone, without a word."""

    def __init__(self, at: Failpoint) -> None:
        self.at = at

    def reach(self, point: Failpoint) -> None:
        if point is self.at:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    home, point = Path(sys.argv[1]), Failpoint[sys.argv[2]]
    through_services(open_home(home), Sport.MLB, MLB_DAY, Rules(shard_size=2, failpoints=Suicide(point)))
