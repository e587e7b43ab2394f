"""The HTTP door: the exhibits' functions behind FastAPI, mounted at ``/api`` beside the pages.

Endpoints that compute are plain functions, which FastAPI runs in threads: the event loop never waits for a model.
"""

import dataclasses
from typing import Annotated, Any

from fastapi import Depends, FastAPI, File, Form, Request, Response, UploadFile
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from PIL import Image
from pydantic.fields import FieldInfo
from starlette.exceptions import HTTPException

from zoo.augment import augment
from zoo.classify import classify, explain, overlay
from zoo.core.body_limit import BodyLimit
from zoo.core.cards import bundled_cards, find_card
from zoo.core.errors import BusyError, InputError, ZooError
from zoo.core.inputs import IMAGE_LIMITS, decode_image, encode_png, image_format_help, read_limited
from zoo.core.knobs import gathered, sentence
from zoo.core.runtime import get_runtime
from zoo.knobs.augment import AugmentKnobs
from zoo.knobs.classify import DEFAULT_MODEL, ClassifyKnobs, HeatMapKnobs
from zoo.knobs.sentiment import SentimentKnobs
from zoo.sentiment import explain as explain_sentiment
from zoo.sentiment import sentiment

app = FastAPI(
    title="Menagerie",
    description="A live zoo of PyTorch models. Errors are JSON: `error` is a sentence that says what to do.",
    docs_url=None,  # Swagger's page fetches its scripts from elsewhere, and this house works offline
    redoc_url=None,
)
# A little more than a picture may have, for the other fields and the multipart frame around it.
app.add_middleware(BodyLimit, max_bytes=IMAGE_LIMITS.max_bytes + 2**16)


def _form(field: FieldInfo) -> Any:
    return Form(title=field.title, description=field.description)


def _picture(image: Annotated[UploadFile, File(description=image_format_help)]) -> Image.Image:
    return decode_image(read_limited(image.file, IMAGE_LIMITS.max_bytes))


Picture = Annotated[Image.Image, Depends(_picture)]


@app.get("/v1/models")
def models(exhibit: str | None = None) -> list[dict[str, Any]]:
    """The cards of the bundled models: size, measured figures, training data, licence and restriction."""
    return [card.summary() for card in bundled_cards() if exhibit in (None, card.exhibit)]


@app.get("/v1/models/{name:path}")
def model(name: str) -> dict[str, Any]:
    """One card; also of a remote model, as in `torchvision/resnet50`."""
    return find_card(name).summary()


@app.get("/v1/figures")
def figures() -> dict[str, Any]:
    """What the runtime is doing: models in memory, evictions, queue, mean waiting and computing times."""
    return dataclasses.asdict(get_runtime().figures())


@app.post("/v1/classify")
def classify_picture(
    image: Picture, knobs: Annotated[ClassifyKnobs, Depends(gathered(ClassifyKnobs, _form))]
) -> dict[str, Any]:
    """What a picture shows: the most probable classes by each model asked, and their average when several are."""
    return dataclasses.asdict(classify(image, knobs))


@app.post("/v1/classify/heat-map", response_class=Response, responses={200: {"content": {"image/png": {}}}})
def classify_heat_map(
    image: Picture,
    knobs: Annotated[HeatMapKnobs, Depends(gathered(HeatMapKnobs, _form))],
    model: Annotated[str, Form(description="Whose gaze to show.")] = DEFAULT_MODEL,
    id: Annotated[str, Form(description="WordNet id of the class; left out, the most probable one.")] = "",
) -> Response:
    """The picture under a heat map of what speaks for a class (Grad-CAM), as a PNG."""
    if not id:
        (best,) = classify(image, ClassifyKnobs(model=[model], top_k=1)).answers[0].predictions
        id = best.id or best.label
    heat_map = explain(image, model, id)
    return Response(encode_png(overlay(image, heat_map, knobs.opacity / 100)), media_type="image/png")


Text = Annotated[str, Form(description="The text, of at most 10,000 characters.")]


@app.post("/v1/sentiment")
def sentiment_of_text(
    text: Text, knobs: Annotated[SentimentKnobs, Depends(gathered(SentimentKnobs, _form))]
) -> dict[str, Any]:
    """The feeling in a text: odds of negative, neutral and positive by each model asked."""
    return dataclasses.asdict(sentiment(text, knobs))


@app.post("/v1/sentiment/words")
def sentiment_of_words(
    text: Text, knobs: Annotated[SentimentKnobs, Depends(gathered(SentimentKnobs, _form))]
) -> list[dict[str, Any]]:
    """How much each word speaks for positive, by the first model: the polarity less that without the word."""
    return [dataclasses.asdict(word) for word in explain_sentiment(text, knobs.model[0], knobs.neutral)]


@app.post("/v1/augment")
def augment_text(
    text: Text, knobs: Annotated[AugmentKnobs, Depends(gathered(AugmentKnobs, _form))]
) -> list[dict[str, Any]]:
    """New sentences by four operations on the words of one (EDA), and how each differs."""
    return [dataclasses.asdict(new) for new in augment(text, knobs)]


@app.exception_handler(ZooError)
async def known_error(request: Request, error: ZooError) -> JSONResponse:
    headers = {"Retry-After": str(max(1, round(error.retry_after)))} if isinstance(error, BusyError) else {}
    return JSONResponse({"error": str(error)}, error.status, headers)


@app.exception_handler(RequestValidationError)
async def malformed_request(request: Request, error: RequestValidationError) -> JSONResponse:
    return JSONResponse({"error": sentence(error.errors()[0])}, InputError.status)


@app.exception_handler(HTTPException)
async def no_such_route(request: Request, error: HTTPException) -> JSONResponse:
    return JSONResponse({"error": f"{error.detail}: see /api/openapi.json for what there is."}, error.status_code)
