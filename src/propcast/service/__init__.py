"""The web kit that the six services share: app factory, health, access, push, telemetry, catalogue and smoke."""

import sys

# FastAPI asks of every model whether it is one of pydantic's first version and loads that to know: a tenth of a
# second of each start. There is none here, and FastAPI takes "not installed" for an answer.
sys.modules.setdefault("pydantic.v1", None)  # type: ignore[arg-type]
