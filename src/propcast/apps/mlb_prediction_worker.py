"""MLB forecasts; pitchers are few, so several can be asked about at once."""

from fastapi import APIRouter, Request

from propcast.apps.answers import Answer
from propcast.apps.imagining import Imagined, WhatIfs, imagine
from propcast.apps.worker import worker
from propcast.apps.workshop import Workshop
from propcast.core.sport import Sport
from propcast.service.access import VIEWER_OR_INTERNAL, access
from propcast.service.app import create_app
from propcast.service.catalogue import MLB_PREDICTION_WORKER
from propcast.service.kit import opened

router = APIRouter()


class AllImagined(Answer):
    """One answer for each question, in their order."""

    answers: list[Imagined]


@router.post("/predict-batch", summary="Several participants, what if")
@access(VIEWER_OR_INTERNAL)
def predict_batch(request: Request, asked: WhatIfs) -> AllImagined:
    """Say what every system thinks of several participants; nothing is written."""
    shop = opened(request, Workshop)
    return AllImagined(answers=[imagine(shop.memory, shop.sport, each) for each in asked.questions])


SERVICE = worker(MLB_PREDICTION_WORKER, Sport.MLB, router)
app = create_app(SERVICE)
