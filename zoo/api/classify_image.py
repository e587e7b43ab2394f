"""``POST /1.0/classify-image``: the label of a picture alone, for clients that were written for such a service."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile

from zoo.api import uploads, work
from zoo.api.forms import FormRoute
from zoo.api.problems import RESPONSES
from zoo.core.operations import Operation
from zoo.exhibits import find_operation
from zoo.exhibits.classify.knobs import DEFAULT_MODEL


def classify_image_router(frame: int) -> APIRouter:
    """Its route. ``frame``: bytes that a request may have beyond its picture."""
    router = APIRouter(prefix="/1.0", tags=["classify"], route_class=FormRoute)
    operation = find_operation("classify")
    (kind,) = operation.inputs

    @router.post("/classify-image", responses=RESPONSES, max_body_size=frame + kind.max_bytes)
    async def classify_image(
        request: Request,
        image: Annotated[UploadFile, File(description="A picture of any size.")],
        model: Annotated[str, Form(description="A classifier, as in own/0123456789abcdef.")] = DEFAULT_MODEL,
    ) -> dict[str, str]:
        """The most probable class of a picture: `{"result": LABEL}`."""
        return {"result": await work.answered(request, _label(operation, image, model))}

    return router


async def _label(operation: Operation, image: UploadFile, model: str) -> str:
    pool, folder = work.pool(), Path()  # a picture is never kept on the disk
    with pool.place():
        inputs, hold = await uploads.decoded(operation, {"image": image}, pool, folder)
        try:
            result = await pool.run(operation.run, {**inputs, "model": [model], "top_k": 1}, owner="")
        finally:
            hold.release()
    return str(result.answers[0].predictions[0].label)
