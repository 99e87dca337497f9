"""NBA forecasts."""

from propcast.apps.worker import worker
from propcast.core.sport import Sport
from propcast.service.app import create_app
from propcast.service.catalogue import PREDICTION_WORKER

SERVICE = worker(PREDICTION_WORKER, Sport.NBA)
app = create_app(SERVICE)
