"""The HTTP door: the exhibits' functions behind FastAPI, mounted at ``/api`` beside the pages.

Endpoints that compute are plain functions, which FastAPI runs in threads: the event loop never waits for a model.
"""

import base64
import dataclasses
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, FastAPI, File, Form, Request, Response, UploadFile
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.sse import EventSourceResponse, ServerSentEvent
from PIL import Image
from pydantic.fields import FieldInfo
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from zoo.adversarial import attack
from zoo.augment import augment, back_translate
from zoo.classify import classify, explain, overlay
from zoo.core.body_limit import BodyLimit
from zoo.core.cards import Card, bundled_cards, find_card
from zoo.core.errors import BusyError, InputError, TooLargeError, ZooError
from zoo.core.inputs import IMAGE_LIMITS, decode_image, encode_png, image_format_help, read_limited
from zoo.core.jobs import Job, completed
from zoo.core.knobs import gathered, sentence
from zoo.core.runtime import get_runtime
from zoo.core.sounds import SOUND_LIMITS, Sound, decode_sound, sound_format_help
from zoo.core.texts import TEXT_LIMITS, decode_text
from zoo.generate import generate, surprise, tune
from zoo.knobs.adversarial import AttackKnobs
from zoo.knobs.augment import AugmentKnobs, BackKnobs
from zoo.knobs.classify import DEFAULT_MODEL, ClassifyKnobs, HeatMapKnobs
from zoo.knobs.generate import DEFAULT_MODEL as WRITER
from zoo.knobs.generate import GenerateKnobs, TuneKnobs
from zoo.knobs.sentiment import SentimentKnobs
from zoo.knobs.sound import DEFAULT_MODEL as SOUND_MODEL
from zoo.knobs.sound import SoundKnobs, TimelineKnobs
from zoo.knobs.style import LearnKnobs, RestyleKnobs, StyleKnobs
from zoo.knobs.translate import TranslateKnobs
from zoo.sentiment import explain as explain_sentiment
from zoo.sentiment import sentiment
from zoo.sound import RATE, sound, timeline
from zoo.style import Painting, learn, paint, restyle
from zoo.translate import MAX_CHARACTERS, translate

app = FastAPI(
    title="Menagerie",
    description="A live zoo of PyTorch models. Errors are JSON: `error` is a sentence that says what to do.",
    docs_url=None,  # Swagger's page fetches its scripts from elsewhere, and this house works offline
    redoc_url=None,
)
MAX_PAINTINGS = 4
FRAME = 2**16  # bytes that a request may have beyond its file, for the other fields and what multipart adds
app.add_middleware(
    BodyLimit,
    max_bytes=IMAGE_LIMITS.max_bytes + FRAME,
    elsewhere={
        "/v1/sound": SOUND_LIMITS.max_bytes + FRAME,
        "/v1/style": (1 + MAX_PAINTINGS) * IMAGE_LIMITS.max_bytes + FRAME,
    },
)


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


Attacking = Annotated[AttackKnobs, Depends(gathered(AttackKnobs, _form))]


@app.post("/v1/adversarial")
def attack_picture(image: Picture, knobs: Attacking) -> dict[str, Any]:
    """What a classifier says of a picture before and after an attack that nobody sees."""
    return attack(image, knobs).record()


@app.post("/v1/adversarial/picture", response_class=Response, responses={200: {"content": {"image/png": {}}}})
def attacked_picture(image: Picture, knobs: Attacking) -> Response:
    """The attacked picture as a PNG, at the size that the model sees."""
    return Response(encode_png(attack(image, knobs).adversarial), media_type="image/png")


def _recording(sound: Annotated[UploadFile, File(description=sound_format_help)]) -> Sound:
    return decode_sound(read_limited(sound.file, SOUND_LIMITS.max_bytes), RATE)


@app.post("/v1/sound")
def sound_in_a_recording(
    recording: Annotated[Sound, Depends(_recording)], knobs: Annotated[SoundKnobs, Depends(gathered(SoundKnobs, _form))]
) -> dict[str, Any]:
    """What is heard in five seconds: the most probable of 50 classes by each model asked, and their average."""
    return dataclasses.asdict(sound(recording, knobs))


@app.post("/v1/sound/timeline", response_class=EventSourceResponse)
async def sound_timeline(
    sound: Annotated[UploadFile, File(description=sound_format_help)],
    knobs: Annotated[TimelineKnobs, Depends(gathered(TimelineKnobs, _form))],
    model: Annotated[str, Form(description="Who listens; average is all bundled models.")] = SOUND_MODEL,
) -> AsyncIterator[ServerSentEvent]:
    """When a recording of up to four hours holds which sounds: events `progress`, then `result` or `error`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recording"
        with path.open("wb") as kept:
            await run_in_threadpool(shutil.copyfileobj, sound.file, kept)
        job = get_runtime().submit(partial(timeline, path, model, knobs), title="timeline")
        async for event in followed(job):
            yield event


async def followed(
    job: Job[Any],
    record: Callable[[Any], dict[str, Any]] = dataclasses.asdict,
    preview: Callable[[Any], dict[str, Any]] = lambda _: {},
) -> AsyncIterator[ServerSentEvent]:
    """A job's records as they come, then what it returned or the sentence of its error. Who stops reading cancels.

    ``preview``: what a record shows beyond its figures; of those that were overtaken before they were read, nothing.
    """
    count, whole = 0, False
    try:
        while not whole:
            whole = job.ended  # asked before the records are, or the last ones might come between
            count, records = await run_in_threadpool(job.since, count, 1.0)
            for progress in records:
                shown = {} if progress.preview is None else preview(progress.preview)
                yield ServerSentEvent(event="progress", data=progress.as_dict() | shown)
        if job.error is None:
            yield ServerSentEvent(event="result", data=record(job.result()))
        else:
            yield ServerSentEvent(event="error", data=job.as_dict())
    finally:
        job.cancel()


def _paintings(
    paintings: Annotated[list[UploadFile], File(description="In whose hand: pictures that count alike.")],
) -> list[Image.Image]:
    if len(paintings) > MAX_PAINTINGS:
        raise TooLargeError(f"That is {len(paintings)} paintings: send at most {MAX_PAINTINGS} at a time.")
    return [_picture(file) for file in paintings]


@app.post("/v1/style", response_class=EventSourceResponse)
async def paint_photograph(
    image: Picture,
    paintings: Annotated[list[Image.Image], Depends(_paintings)],
    knobs: Annotated[StyleKnobs, Depends(gathered(StyleKnobs, _form))],
) -> AsyncIterator[ServerSentEvent]:
    """A photograph painted in another's hand: events `progress`, then `result` with the picture as a PNG in base64."""
    job = get_runtime().submit(partial(paint, image, [(each, 1.0) for each in paintings], knobs), title="style")

    def record(painting: Painting) -> dict[str, Any]:
        picture = base64.b64encode(encode_png(painting.picture)).decode()
        errors = {"content": painting.content[-1], "style": painting.style[-1]}
        return {"picture": picture, **errors, "restriction": painting.restriction}

    async for event in followed(job, record):
        yield event


@app.post("/v1/style/at-once", response_class=Response, responses={200: {"content": {"image/png": {}}}})
def restyle_photograph(
    image: Picture, knobs: Annotated[RestyleKnobs, Depends(gathered(RestyleKnobs, _form))]
) -> Response:
    """A photograph painted at once in styles that networks have learnt, as a PNG; `X-Restriction` is the weights'."""
    result = restyle(image, knobs)
    return Response(encode_png(result.picture), media_type="image/png", headers={"X-Restriction": result.restriction})


@app.post("/v1/style/learn", response_class=EventSourceResponse)
async def learn_style(
    image: Picture,
    title: Annotated[str, Form(description="What to call the style.")],
    knobs: Annotated[LearnKnobs, Depends(gathered(LearnKnobs, _form))],
    request: Request,
) -> AsyncIterator[ServerSentEvent]:
    """A style learnt from a painting: events `progress`, then `result` with the card, whose name opens it anywhere."""
    owner = request.client.host if request.client else ""
    job = get_runtime().submit(partial(learn, image, title, knobs, owner), title="learn a style")
    async for event in followed(job, Card.summary):
        yield event


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


Prompt = Annotated[str, Form(description="What to go on with, of at most 20,000 characters.")]
Writing = Annotated[GenerateKnobs, Depends(gathered(GenerateKnobs, _form))]


@app.post("/v1/generate")
def generate_text(knobs: Writing, text: Prompt = "") -> dict[str, Any]:
    """How a text goes on, sub-word by sub-word, with the ten candidates that each was drawn from."""
    return dataclasses.asdict(completed(generate(text, knobs)))


@app.post("/v1/generate/stream", response_class=EventSourceResponse)
async def stream_text(knobs: Writing, text: Prompt = "") -> AsyncIterator[ServerSentEvent]:
    """The same while it is written: events `progress`, the newest with the `texts` so far, then `result`."""
    job = get_runtime().submit(partial(generate, text, knobs), title="generate")
    async for event in followed(job, preview=lambda so_far: {"texts": [each.text for each in so_far.samples]}):
        yield event


@app.post("/v1/generate/surprise")
def surprise_of_text(text: Prompt, model: Annotated[str, Form(description="Who reads.")] = WRITER) -> dict[str, Any]:
    """How many bits each sub-word of a text costs a network that knows what stands before it."""
    found = surprise(text, model)
    return dataclasses.asdict(found) | {"perplexity": found.perplexity}


def _lessons(file: Annotated[UploadFile, File(description="A text.")]) -> str:
    return decode_text(read_limited(file.file, TEXT_LIMITS.max_bytes))


@app.post("/v1/generate/tune", response_class=EventSourceResponse)
async def tune_writer(
    lessons: Annotated[str, Depends(_lessons)],
    title: Annotated[str, Form(description="What to call the model.")],
    knobs: Annotated[TuneKnobs, Depends(gathered(TuneKnobs, _form))],
    request: Request,
    model: Annotated[str, Form(description="Who goes on learning.")] = WRITER,
) -> AsyncIterator[ServerSentEvent]:
    """A network that has learnt from a text: events `progress`, then `result` with the card of a model of your own."""
    owner = request.client.host if request.client else ""
    job = get_runtime().submit(partial(tune, lessons, title, knobs, model, owner), title="tune")
    async for event in followed(job, Card.summary):
        yield event


Sentence = Annotated[str, Form(description=f"The text, of at most {MAX_CHARACTERS:,} characters.")]


@app.post("/v1/augment/back-translation")
def augment_by_translation(
    text: Sentence, knobs: Annotated[BackKnobs, Depends(gathered(BackKnobs, _form))]
) -> dict[str, Any]:
    """An English text through another language and back: the same in other words."""
    return dataclasses.asdict(back_translate(text, knobs))


@app.post("/v1/translate")
def translate_text(
    text: Sentence, knobs: Annotated[TranslateKnobs, Depends(gathered(TranslateKnobs, _form))]
) -> dict[str, Any]:
    """A text from English to French, or back."""
    return dataclasses.asdict(translate(text, knobs))


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
