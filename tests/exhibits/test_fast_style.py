"""Fast style transfer: the bundled styles, interpolation, strength, learning a style, evaluation, interfaces."""

import io
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from tests.apps import app_at
from tests.interfaces.shell import ROOT, shell
from tests.steps import walked
from zoo.api.app import app
from zoo.core.cards import exhibit_cards, find_card
from zoo.core.errors import InputError, NotFoundError
from zoo.core.knobs import parse_knobs
from zoo.core.runtime import get_runtime
from zoo.examples import example, example_path
from zoo.exhibits.style import FastStyleKnobs, LearnKnobs, apply_strength, evaluate, fast, learn_style, stylise
from zoo.exhibits.style.fast import render, style_weights
from zoo.exhibits.style.fine_tuning import gram_distance, stored_grams
from zoo.exhibits.style.pictures import image_to_tensor, scaled_size
from zoo.nets.stylenet import N_BLOCKS

PHOTOGRAPH = example("coffee")
NAMES = [card.name for card in exhibit_cards("style")]
SMALL = FastStyleKnobs(size=96)


@pytest.fixture(autouse=True)
def user_model_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOO_DATA", str(tmp_path))


def values(image: Image.Image) -> np.ndarray:
    return np.asarray(image, np.float64)


def difference(one: Image.Image, other: Image.Image) -> float:
    return float(np.abs(values(one) - values(other)).mean())


def changed(**values: object) -> FastStyleKnobs:
    return SMALL.model_copy(update=values)


# The bundled styles


def test_there_are_five_styles_and_more_each_small_and_credited() -> None:
    assert len(NAMES) >= 5
    for card in exhibit_cards("style"):
        assert card.folder is not None
        assert sum(file.stat().st_size for file in card.folder.iterdir()) <= 1_400_000
        assert "public domain" in {data.licence for data in card.training_data}


@pytest.mark.parametrize("name", NAMES)
def test_every_style_differs_and_keeps_the_content(name: str) -> None:
    picture = stylise(PHOTOGRAPH, changed(model=[name])).picture
    assert picture.size == scaled_size(PHOTOGRAPH.size, 96)
    small = PHOTOGRAPH.resize(picture.size, Image.Resampling.LANCZOS)
    assert difference(picture, small) > 15
    light, before = (values(image.convert("L")).ravel() for image in (picture, small))
    assert np.corrcoef(light, before)[0, 1] > 0.3
    for other in set(NAMES) - {name}:
        assert difference(picture, stylise(PHOTOGRAPH, changed(model=[other])).picture) > 3


def test_layers_in_turns_of_their_own_give_the_same_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long forward pass lets others have the worker between its layers; nothing else changes."""
    weights, pixels = style_weights(SMALL), image_to_tensor(PHOTOGRAPH, 96)
    whole = render(pixels, weights, SMALL.model)
    turns = []
    run = get_runtime().run
    monkeypatch.setattr(fast, "TURN", 0.0)
    monkeypatch.setattr(get_runtime(), "run", lambda *arguments: turns.append(arguments) or run(*arguments))
    assert torch.equal(render(pixels, weights, SMALL.model), whole)
    network = find_card(SMALL.model[0]).config["architecture"]
    assert len(turns) > network.get("n_blocks", N_BLOCKS) + 6  # stem, head, two layers down and two up


def test_another_strength_runs_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    full = stylise(PHOTOGRAPH, SMALL)
    small = PHOTOGRAPH.resize(full.stylised.size, Image.Resampling.LANCZOS)
    monkeypatch.setattr(get_runtime(), "run", None)
    assert apply_strength(PHOTOGRAPH, full.stylised, changed(strength=0.0)).tobytes() == small.tobytes()
    half = apply_strength(PHOTOGRAPH, full.stylised, changed(strength=0.5))
    assert np.abs(values(half) - (values(small) + values(full.stylised)) / 2).max() <= 1
    kept = apply_strength(PHOTOGRAPH, full.stylised, changed(keep_colours=True))
    colours, before = (values(image.convert("YCbCr"))[..., 1:] for image in (kept, small))
    assert np.abs(colours - before).mean() < 6


def test_two_styles_are_interpolated_and_change_from_left_to_right() -> None:
    pair = NAMES[:2]
    first, second = (stylise(PHOTOGRAPH, changed(model=[name])).picture for name in pair)
    for interpolation, same in ((0.0, first), (1.0, second)):
        assert difference(stylise(PHOTOGRAPH, changed(model=pair, interpolation=interpolation)).picture, same) < 1
    between = stylise(PHOTOGRAPH, changed(model=pair, interpolation=0.5)).picture
    assert 0 < difference(between, first) < difference(second, first) * 1.5
    across = stylise(PHOTOGRAPH, changed(model=pair, mix="left to right")).picture
    left, right = (0, 0, 6, across.height), (across.width - 6, 0, across.width, across.height)
    assert difference(across.crop(left), first.crop(left)) < difference(across.crop(left), second.crop(left))
    assert difference(across.crop(right), second.crop(right)) < difference(across.crop(right), first.crop(right))


def test_concurrent_calls_get_their_own_results() -> None:
    knobs = [changed(model=[name]) for name in NAMES[:3]]
    alone = [stylise(PHOTOGRAPH, each).picture.tobytes() for each in knobs]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(lambda each: stylise(PHOTOGRAPH, each).picture.tobytes(), knobs * 2))
    assert together == alone * 2


@pytest.mark.parametrize("size", [(1, 1), (7, 7), (200, 60)])
def test_odd_pictures_are_taken(size: tuple[int, int]) -> None:
    assert max(stylise(Image.new("RGBA", size, (255, 0, 0, 9)), SMALL).picture.size) == 96


def test_unusable_inputs_are_refused() -> None:
    with pytest.raises(InputError, match="too narrow"):
        stylise(Image.new("RGB", (1, 5000)), SMALL)
    with pytest.raises(InputError, match="not of style"):
        stylise(PHOTOGRAPH, changed(model=["mobilenet-v2"]))
    with pytest.raises(NotFoundError, match="no model named"):
        stylise(PHOTOGRAPH, changed(model=["monet"]))


# Learning a style


def test_a_learned_style_is_one_more_model() -> None:
    before = {
        name: tensor.clone() for name, tensor in get_runtime().run(lambda net: net.state_dict(), NAMES[0]).items()
    }
    records, card = walked(learn_style(example("mosaic"), LearnKnobs(title="  My  mosaic ", steps=42), "me"))
    assert [record.step for record in records] == list(range(1, 43))
    losses = [records[step].preview.style_loss for step in (0, 20, 40)]  # type: ignore[union-attr]
    assert losses[2] < losses[0]
    assert (card.title, card.size_bytes < 20_000) == ("My mosaic", True)
    assert find_card(NAMES[0]).restriction in card.restriction
    picture = stylise(PHOTOGRAPH, changed(model=[card.name])).picture
    assert all(difference(picture, stylise(PHOTOGRAPH, changed(model=[name])).picture) > 1 for name in NAMES)
    assert stylise(PHOTOGRAPH, changed(model=[card.name, "wave"], mix="left to right")).models == (card.name, "wave")
    after = get_runtime().run(lambda net: net.state_dict(), NAMES[0])
    assert all(torch.equal(before[name], tensor) for name, tensor in after.items()), "the bundled style has changed"


@pytest.mark.slow
def test_the_same_seed_learns_the_same() -> None:
    def losses(seed: int) -> list[float]:
        records, _ = walked(learn_style(example("ink"), LearnKnobs(title="Ink", steps=10, seed=seed)))
        assert all(set(record.metrics) == {"style_loss"} for record in records)
        return [record.metrics["style_loss"] for record in records]

    assert losses(1) == losses(1)
    assert losses(1) != losses(2)


@pytest.mark.parametrize("title", ["", "  ", "x" * 61])
def test_a_style_without_a_usable_title_is_refused(title: str) -> None:
    with pytest.raises(InputError, match=r"1 to 60 characters|at most 60 characters"):
        next(learn_style(example("ink"), parse_knobs(LearnKnobs, title=title)))


def test_gram_matrices_tell_paintings_apart() -> None:
    one, other = (stored_grams(find_card(name)) or {} for name in NAMES[:2])
    assert gram_distance(one, one) == 0
    assert gram_distance(one, other) > 0.01


# Evaluation


def test_evaluation_compares_with_optimisation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    PHOTOGRAPH.resize((96, 64)).save(tmp_path / "a.png")
    module = sys.modules["zoo.exhibits.style.evaluation"]
    progress: list[tuple[int, int]] = []
    monkeypatch.setattr(module, "STEPS", 3)
    result = evaluate(tmp_path, "wave", lambda done, total: progress.append((done, total)))
    assert (result.model, result.n, progress) == ("wave", 1, [(1, 3), (2, 3), (3, 3)])
    assert result.seconds_at_512 > 0
    assert 0 <= result.periodicity <= 1
    monkeypatch.setattr(module, "STEPS", 0)
    unoptimised = evaluate(tmp_path, "wave").loss_ratio
    assert unoptimised < result.loss_ratio, "the photograph itself has a higher loss"
    assert unoptimised < 1, "and a higher one than the network's output"


def test_what_cannot_be_evaluated_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no picture"):
        evaluate(tmp_path, "wave")
    _, card = walked(learn_style(example("ink"), LearnKnobs(title="Ink", steps=10)))
    with pytest.raises(InputError, match="only bundled styles"):
        evaluate(tmp_path, card.name)


# Interfaces


OPTIONS = {"model": ["wave", "scream"], "size": "96", "mix": "left to right", "strength": "0.8"}


def test_two_styles_give_the_same_everywhere(tmp_path: Path) -> None:
    knobs = changed(model=["wave", "scream"], mix="left to right", strength=0.8)
    in_python, target = stylise(PHOTOGRAPH, knobs), tmp_path / "out.png"
    options = ["--model", "wave", "--model", "scream", "--size", "96", "--mix", "left to right", "--strength", "0.8"]
    record = json.loads(shell("style-fast", example_path("coffee"), *options, "--output", str(target), "--json"))
    assert record["models"] == ["wave", "scream"]
    assert difference(Image.open(target), in_python.picture) < 1
    files = [("image", Path(example_path("coffee")).read_bytes())]
    response = TestClient(app).post("/v1/style/fast", files=files, data=OPTIONS)
    assert response.headers["x-restriction"] == in_python.restriction
    assert difference(Image.open(io.BytesIO(response.content)), in_python.picture) < 1


def test_the_path_of_version_0_1_redirects() -> None:
    files = [("image", Path(example_path("coffee")).read_bytes())]
    response = TestClient(app).post("/v1/style/at-once", files=files, data=OPTIONS)
    assert [step.status_code for step in response.history] == [308]
    assert response.headers["content-type"] == "image/png"


def test_a_style_learned_over_http_is_used_over_http_and_in_python() -> None:
    ink, coffee = (Path(example_path(name)).read_bytes() for name in ("ink", "coffee"))
    client = TestClient(app)
    form = {"title": "Ink", "steps": "20"}
    text = client.post("/v1/style/learn?format=events", files=[("painting", ink)], data=form).text
    *progress, result = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]
    assert [record["step"] for record in progress] == list(range(1, 21))
    assert progress[0]["preview"].keys() == {"style_loss"}
    assert result["title"] == "Ink"
    assert client.get(f"/v1/models/{result['name']}").json() == result
    assert result["name"] not in client.get("/v1/models").text
    response = client.post("/v1/style/fast", files=[("image", coffee)], data={"model": result["name"], "size": "96"})
    in_python = stylise(PHOTOGRAPH, changed(model=[result["name"]])).picture
    assert difference(Image.open(io.BytesIO(response.content)), in_python) == 0
    for data in ({"title": " "}, {"title": "Ink", "steps": "5"}):
        assert client.post("/v1/style/learn", files=[("painting", ink)], data=data).status_code == 422


def page(**link: str | list[str]) -> AppTest:
    """The page as its link opens it."""
    opened = app_at("style.py")
    for name, value in link.items():
        opened.query_params[name] = value
    opened.run()
    assert not opened.exception
    return opened


@pytest.mark.parametrize(("style", "size"), [("style", "fast_size"), ("hand", "once_size")], ids=["now", "0.1"])
def test_page_follows_its_link_and_shows_code_that_runs(tmp_path: Path, style: str, size: str) -> None:
    opened = page(**{"example": "coffee", style: "scream", size: "96"})
    assert not opened.error
    assert any("The Scream" in caption.value for caption in opened.caption)
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{opened.code[0].value}"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True)
    picture = Image.open(tmp_path / "style-fast.png")
    assert difference(picture, stylise(PHOTOGRAPH, changed(model=["scream"])).picture) == 0


def test_a_link_to_an_expired_style_warns() -> None:
    opened = page(style=["own/0123456789abcdef"], fast_size="96")
    assert "expired" in opened.warning[0].value
