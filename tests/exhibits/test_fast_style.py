"""Style at once: what the bundled hands paint, mixing, strength, a hand of one's own, its figures, and the doors."""

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

from tests.interfaces.shell import ROOT, shell
from tests.steps import walked
from zoo.api import app
from zoo.core.cards import exhibit_cards, find_card
from zoo.core.errors import InputError, NotFoundError
from zoo.core.runtime import get_runtime
from zoo.examples import example, example_path
from zoo.exhibits.style import LearnKnobs, RestyleKnobs, covering, evaluate, learn, restyle
from zoo.exhibits.style.fine_tuning import distance, grams_of
from zoo.exhibits.style.pictures import fitted

PHOTOGRAPH = example("coffee")
NAMES = [card.name for card in exhibit_cards("style")]
SMALL = RestyleKnobs(size=96)


@pytest.fixture(autouse=True)
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOO_DATA", str(tmp_path))


def values(image: Image.Image) -> np.ndarray:
    return np.asarray(image, np.float64)


def away(one: Image.Image, other: Image.Image) -> float:
    return float(np.abs(values(one) - values(other)).mean())


def changed(**values: object) -> RestyleKnobs:
    return SMALL.model_copy(update=values)


# What is painted


def test_there_are_five_hands_and_more_each_small_and_credited() -> None:
    assert len(NAMES) >= 5
    for card in exhibit_cards("style"):
        assert card.folder is not None
        assert sum(file.stat().st_size for file in card.folder.iterdir()) <= 1_400_000
        assert "public domain" in {data.licence for data in card.training_data}


@pytest.mark.parametrize("name", NAMES)
def test_every_hand_paints_its_own_way_and_keeps_the_picture(name: str) -> None:
    picture = restyle(PHOTOGRAPH, changed(model=[name])).picture
    assert picture.size == fitted(PHOTOGRAPH.size, 96)
    below = PHOTOGRAPH.resize(picture.size, Image.Resampling.LANCZOS)
    assert away(picture, below) > 15
    light, before = (values(image.convert("L")).ravel() for image in (picture, below))
    assert np.corrcoef(light, before)[0, 1] > 0.3
    for other in set(NAMES) - {name}:
        assert away(picture, restyle(PHOTOGRAPH, changed(model=[other])).picture) > 3


def test_no_network_is_asked_for_another_strength(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = restyle(PHOTOGRAPH, SMALL)
    below = PHOTOGRAPH.resize(whole.painted.size, Image.Resampling.LANCZOS)
    monkeypatch.setattr(get_runtime(), "run", None)
    assert covering(PHOTOGRAPH, whole.painted, changed(strength=0.0)).tobytes() == below.tobytes()
    half = covering(PHOTOGRAPH, whole.painted, changed(strength=0.5))
    assert np.abs(values(half) - (values(below) + values(whole.painted)) / 2).max() <= 1
    kept = covering(PHOTOGRAPH, whole.painted, changed(keep_colours=True))
    colours, before = (values(image.convert("YCbCr"))[..., 1:] for image in (kept, below))
    assert np.abs(colours - before).mean() < 6


def test_two_hands_mix_by_shares_and_from_left_to_right() -> None:
    pair = NAMES[:2]
    first, second = (restyle(PHOTOGRAPH, changed(model=[name])).picture for name in pair)
    for share, same in ((0.0, first), (1.0, second)):
        assert away(restyle(PHOTOGRAPH, changed(model=pair, share=share)).picture, same) < 1
    between = restyle(PHOTOGRAPH, changed(model=pair, share=0.5)).picture
    assert 0 < away(between, first) < away(second, first) * 1.5
    across = restyle(PHOTOGRAPH, changed(model=pair, mix="left to right")).picture
    left, right = (0, 0, 6, across.height), (across.width - 6, 0, across.width, across.height)
    assert away(across.crop(left), first.crop(left)) < away(across.crop(left), second.crop(left))
    assert away(across.crop(right), second.crop(right)) < away(across.crop(right), first.crop(right))


def test_two_visitors_at_once_get_their_own() -> None:
    knobs = [changed(model=[name]) for name in NAMES[:3]]
    alone = [restyle(PHOTOGRAPH, each).picture.tobytes() for each in knobs]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(lambda each: restyle(PHOTOGRAPH, each).picture.tobytes(), knobs * 2))
    assert together == alone * 2


@pytest.mark.parametrize("size", [(1, 1), (7, 7), (200, 60)])
def test_odd_pictures_are_painted(size: tuple[int, int]) -> None:
    assert max(restyle(Image.new("RGBA", size, (255, 0, 0, 9)), SMALL).picture.size) == 96


def test_what_cannot_be_painted_is_told() -> None:
    with pytest.raises(InputError, match="too narrow"):
        restyle(Image.new("RGB", (1, 5000)), SMALL)
    with pytest.raises(InputError, match="is no style"):
        restyle(PHOTOGRAPH, changed(model=["mobilenet-v2"]))
    with pytest.raises(NotFoundError, match="no model named"):
        restyle(PHOTOGRAPH, changed(model=["monet"]))


# A hand of one's own


def test_a_learnt_style_is_one_more_hand() -> None:
    before = {
        name: tensor.clone() for name, tensor in get_runtime().run(lambda net: net.state_dict(), NAMES[0]).items()
    }
    records, card = walked(learn(example("mosaic"), "  My  mosaic ", LearnKnobs(steps=42), "me"))
    assert [record.step for record in records] == list(range(1, 43))
    errors = [records[step].preview.error for step in (0, 20, 40)]  # type: ignore[union-attr]
    assert errors[2] < errors[0]
    assert (card.title, card.size_bytes < 20_000) == ("My mosaic", True)
    assert find_card(NAMES[0]).restriction in card.restriction
    picture = restyle(PHOTOGRAPH, changed(model=[card.name])).picture
    assert all(away(picture, restyle(PHOTOGRAPH, changed(model=[name])).picture) > 1 for name in NAMES)
    assert restyle(PHOTOGRAPH, changed(model=[card.name, "wave"], mix="left to right")).models == (card.name, "wave")
    after = get_runtime().run(lambda net: net.state_dict(), NAMES[0])
    assert all(torch.equal(before[name], tensor) for name, tensor in after.items()), "the shared filters stay"


def test_the_same_seed_learns_the_same() -> None:
    def errors(seed: int) -> list[float]:
        records, _ = walked(learn(example("ink"), "Ink", LearnKnobs(steps=21, seed=seed)))
        return [record.preview.error for record in records]  # type: ignore[union-attr]

    assert errors(1) == errors(1)
    assert errors(1) != errors(2)


@pytest.mark.parametrize("title", ["", "  ", "x" * 61])
def test_a_style_without_a_name_is_refused(title: str) -> None:
    with pytest.raises(InputError, match="name of 1 to 60"):
        next(learn(example("ink"), title))


def test_statistics_tell_paintings_apart() -> None:
    one, other = (grams_of(find_card(name)) or {} for name in NAMES[:2])
    assert distance(one, one) == 0
    assert distance(one, other) > 0.01


# Its figures


def test_a_figure_compares_with_optimisation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    PHOTOGRAPH.resize((96, 64)).save(tmp_path / "a.png")
    measuring = sys.modules["zoo.exhibits.style.evaluation"]  # the package's name for it is the function's
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(measuring, "STEPS", 3)
    found = evaluate(tmp_path, "wave", lambda done, total: told.append((done, total)))
    assert (found.model, found.n, told) == ("wave", 1, [(1, 3), (2, 3), (3, 3)])
    assert found.seconds_at_512 > 0
    monkeypatch.setattr(measuring, "STEPS", 0)
    assert evaluate(tmp_path, "wave").loss_ratio < found.loss_ratio, "the photograph itself is farther away"
    assert evaluate(tmp_path, "wave").loss_ratio < 1, "and farther than what the network paints"


def test_what_cannot_be_measured_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no picture"):
        evaluate(tmp_path, "wave")
    _, card = walked(learn(example("ink"), "Ink", LearnKnobs(steps=20)))
    with pytest.raises(InputError, match="only bundled styles"):
        evaluate(tmp_path, card.name)


# The doors


OPTIONS = {"model": ["wave", "scream"], "size": "96", "mix": "left to right", "strength": "0.8"}


def test_every_door_paints_the_same(tmp_path: Path) -> None:
    knobs = changed(model=["wave", "scream"], mix="left to right", strength=0.8)
    library, target = restyle(PHOTOGRAPH, knobs), tmp_path / "out.png"
    options = ["--model", "wave", "--model", "scream", "--size", "96", "--mix", "left to right", "--strength", "0.8"]
    record = json.loads(shell("style-at-once", example_path("coffee"), str(target), *options, "--json"))
    assert record["models"] == ["wave", "scream"]
    assert away(Image.open(target), library.picture) < 1
    files = [("image", Path(example_path("coffee")).read_bytes())]
    response = TestClient(app).post("/v1/style/at-once", files=files, data=OPTIONS)
    assert response.headers["x-restriction"] == library.restriction
    assert away(Image.open(io.BytesIO(response.content)), library.picture) < 1


def test_a_style_learnt_at_one_door_opens_at_the_others() -> None:
    ink, coffee = (Path(example_path(name)).read_bytes() for name in ("ink", "coffee"))
    client = TestClient(app)
    told = client.post("/v1/style/learn", files=[("image", ink)], data={"title": "Ink", "steps": "20"}).text
    *progress, result = [json.loads(line[6:]) for line in told.splitlines() if line.startswith("data: ")]
    assert [each["step"] for each in progress] == list(range(1, 21))
    assert client.get(f"/v1/models/{result['name']}").json() == result
    assert result["name"] not in client.get("/v1/models").text
    painted = client.post("/v1/style/at-once", files=[("image", coffee)], data={"model": result["name"], "size": "96"})
    assert (
        away(Image.open(io.BytesIO(painted.content)), restyle(PHOTOGRAPH, changed(model=[result["name"]])).picture) == 0
    )
    for data in ({"title": " "}, {"title": "Ink", "steps": "5"}):
        assert "event: error" in (said := client.post("/v1/style/learn", files=[("image", ink)], data=data)).text or (
            said.status_code == 422
        )


def test_page_shows_what_the_link_says_and_code_that_runs(tmp_path: Path) -> None:
    page = AppTest.from_file(str(ROOT / "pages" / "style.py"), default_timeout=120)
    for name, value in {"example": "coffee", "hand": "scream", "once_size": "96"}.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    assert not page.error
    assert any("The Scream" in caption.value for caption in page.caption)
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{page.code[0].value}"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True)
    assert away(Image.open(tmp_path / "painting.png"), restyle(PHOTOGRAPH, changed(model=["scream"])).picture) == 0


def test_a_link_to_a_style_that_is_gone_says_so() -> None:
    page = AppTest.from_file(str(ROOT / "pages" / "style.py"), default_timeout=120)
    page.query_params["hand"] = ["own/0123456789abcdef"]
    page.query_params["once_size"] = "96"
    page.run()
    assert not page.exception
    assert "expired" in page.warning[0].value
