"""Style: what comes out, what is refused, and the doors."""

import base64
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from tests.interfaces.shell import ROOT, shell
from tests.steps import walked
from zoo.api import app
from zoo.core.errors import CancelledJob, InputError, NotFoundError, TooLargeError
from zoo.core.jobs import run_to_completion
from zoo.core.runtime import get_runtime
from zoo.examples import STYLE_EXAMPLES, example, example_path
from zoo.exhibits.style import Painting, StyleKnobs, animation, memory_needed, paint
from zoo.exhibits.style.feature_extractor import estimated_bytes
from zoo.exhibits.style.pictures import fitted, to_picture, to_pixels, with_colours_of

QUICK = StyleKnobs(size=64, steps=10, levels=1)
PHOTOGRAPH, STROKES = example("coffee"), example("strokes")


def values(image: Image.Image) -> np.ndarray:
    return np.asarray(image, np.float64)


# What comes out


@given(st.integers(24, 90), st.integers(24, 90), st.integers(0, 9))
def test_pixels_and_back_is_the_same_picture(width: int, height: int, seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    image = Image.fromarray(noise)
    assert np.array_equal(values(to_picture(to_pixels(image, max(width, height)))), values(image))


def test_style_falls_and_the_same_seed_paints_the_same() -> None:
    knobs = QUICK.model_copy(update={"steps": 20, "start": "noise"})
    records, one = walked(paint(PHOTOGRAPH, [(STROKES, 1.0)], knobs))
    torch.rand(7)  # what others draw changes nothing
    other = run_to_completion(paint(PHOTOGRAPH, [(STROKES, 1.0)], knobs))
    assert one.picture.tobytes() == other.picture.tobytes()
    assert one.style == other.style
    assert one.style[-1] < 0.2 * one.style[0]
    assert [record.step for record in records] == list(range(1, 21))
    assert records[4].metrics == {"content": one.content[4], "style": one.style[4]}
    elsewhere = run_to_completion(paint(PHOTOGRAPH, [(STROKES, 1.0)], knobs.model_copy(update={"seed": 1})))
    assert elsewhere.picture.tobytes() != one.picture.tobytes()


def test_lbfgs_falls_too() -> None:
    found = run_to_completion(
        paint(PHOTOGRAPH, [(STROKES, 1.0)], QUICK.model_copy(update={"optimiser": "lbfgs", "steps": 20}))
    )
    assert found.style[-1] < 0.2 * found.style[0]


def test_content_alone_leaves_the_photograph() -> None:
    knobs = QUICK.model_copy(update={"style": 0.0, "smoothness": 0.0})
    found = run_to_completion(paint(PHOTOGRAPH, [(STROKES, 1.0)], knobs))
    before = to_picture(to_pixels(PHOTOGRAPH, 64))
    assert np.abs(values(found.picture) - values(before)).max() <= 1


def test_levels_grow_to_the_size_asked() -> None:
    knobs = StyleKnobs(size=128, steps=11, levels=2)
    records, found = walked(paint(PHOTOGRAPH, [(STROKES, 1.0)], knobs))
    assert records[4].preview.picture.width == 64  # type: ignore[union-attr]
    assert found.picture.size == (128, 85)
    assert len(found.style) == len(found.content) == len(found.frames) == 11
    assert records[-1].preview == found


def test_weights_mix_styles() -> None:
    mosaic = example("mosaic")

    def distance(weights: tuple[float, float]) -> float:
        found = run_to_completion(paint(PHOTOGRAPH, [(STROKES, weights[0]), (mosaic, weights[1])], QUICK))
        alone = run_to_completion(paint(PHOTOGRAPH, [(STROKES, 1.0)], QUICK))
        return float(np.abs(values(found.picture) - values(alone.picture)).mean())

    assert distance((1.0, 0.0)) == 0
    assert 0 < distance((0.9, 0.1)) < distance((0.1, 0.9))


def test_no_halo_at_the_borders() -> None:
    # Not flat ground, on which a border is all that there is to paint along.
    noise = np.random.default_rng(0).normal(130, 25, (96, 96, 3)).clip(0, 255).astype(np.uint8)
    knobs = StyleKnobs(size=96, steps=30, levels=1)
    picture = values(run_to_completion(paint(Image.fromarray(noise), [(STROKES, 1.0)], knobs)).picture)
    border, inside = np.ones((96, 96), bool), np.zeros((96, 96), bool)
    border[4:-4, 4:-4], inside[16:-16, 16:-16] = False, True
    spread = picture[inside].std(0).mean()
    assert np.abs(picture[border].mean(0) - picture[inside].mean(0)).max() < spread / 2
    assert 0.7 < picture[border].std(0).mean() / spread < 1.4


def test_kept_colours_are_the_photographs() -> None:
    flower = example("flower")
    found = run_to_completion(paint(flower, [(STROKES, 1.0)], QUICK.model_copy(update={"keep_colours": True})))
    small = flower.resize(found.picture.size, Image.Resampling.LANCZOS)
    painting, photograph = (values(image.convert("YCbCr"))[..., 1:] for image in (found.picture, small))
    assert np.abs(painting - photograph).mean() < 6  # what leaves RGB's range is cut off
    assert with_colours_of(small, flower).size == small.size


def test_animation_holds_every_frame() -> None:
    found = run_to_completion(paint(PHOTOGRAPH, [(STROKES, 1.0)], StyleKnobs(size=128, steps=12, levels=2)))
    with Image.open(io.BytesIO(animation(found.frames))) as moving:
        assert moving.n_frames == 12  # type: ignore[attr-defined]
        assert moving.size == found.picture.size


# What is refused, and what is stopped


@pytest.mark.parametrize("size", [(1, 1), (7, 7), (300, 40)])
def test_odd_pictures_are_painted(size: tuple[int, int]) -> None:
    found = run_to_completion(
        paint(Image.new("RGB", size, "red"), [(Image.new("L", (50, 50)), 1.0)], StyleKnobs(size=256, steps=10))
    )
    assert max(found.picture.size) == 256
    assert np.isfinite(found.style).all()


def test_what_cannot_be_painted_is_told() -> None:
    with pytest.raises(InputError, match="too narrow"):
        next(paint(Image.new("RGB", (1, 5000)), [(STROKES, 1.0)], QUICK))
    with pytest.raises(InputError, match="too narrow"):
        next(paint(PHOTOGRAPH, [(Image.new("RGB", (5000, 1)), 1.0)], QUICK))
    for styles in ([], [(STROKES, 0.0)]):
        with pytest.raises(InputError, match="no style"):
            next(paint(PHOTOGRAPH, styles, QUICK))


def test_too_large_is_refused_with_the_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zoo.exhibits.style.optimised.memory_limit_bytes", lambda: 1_600_000_000)
    needed = [memory_needed((600, 400), StyleKnobs(size=size)) for size in (256, 512)]
    assert 3 < needed[1] / needed[0] < 4
    large = StyleKnobs(size=1024)
    estimate = estimated_bytes(*fitted(PHOTOGRAPH.size, large.size), large.network) / 1e9
    with pytest.raises(TooLargeError, match=rf"about {estimate:.1f} GB .* 0\.8 GB"):
        next(paint(PHOTOGRAPH, [(STROKES, 1.0)], large))


def test_the_same_picture_twice_stays_as_it_is() -> None:
    found = run_to_completion(paint(STROKES, [(STROKES, 1.0)], QUICK))
    assert max(found.style) < 0.1  # Adam's first steps are as large as any
    assert found.style[-1] < 0.02


def test_cancelling_keeps_what_was_painted() -> None:
    job = get_runtime().submit(lambda: paint(PHOTOGRAPH, [(STROKES, 1.0)], StyleKnobs(size=64, steps=1000)))
    next(job.updates())
    job.cancel()
    with pytest.raises(CancelledJob):
        job.result(timeout=20)
    assert job.latest is not None
    kept = job.latest.preview
    assert isinstance(kept, Painting)
    assert len(kept.style) == job.latest.step < 1000


def test_two_painters_do_not_disturb_each_other() -> None:
    alone = [run_to_completion(paint(PHOTOGRAPH, [(example(name), 1.0)], QUICK)) for name in ("strokes", "ink")]
    jobs = [
        get_runtime().submit(lambda name=name: paint(PHOTOGRAPH, [(example(name), 1.0)], QUICK))
        for name in ("strokes", "ink")
    ]
    together = [job.result(timeout=120) for job in jobs]
    assert [each.picture.tobytes() for each in together] == [each.picture.tobytes() for each in alone]


def test_examples_are_small_pictures() -> None:
    for each in STYLE_EXAMPLES:
        assert Path(example_path(each.name)).stat().st_size < 100_000
        assert example(each.name).size == (384, 384)


# The doors


OPTIONS = {"size": "64", "steps": "10", "levels": "1", "keep_colours": "true"}


@pytest.fixture(scope="module")
def library() -> Painting:
    knobs = StyleKnobs(size=64, steps=10, levels=1, keep_colours=True)
    return run_to_completion(paint(PHOTOGRAPH, [(STROKES, 1.0), (example("ink"), 1.0)], knobs))


def events(text: str) -> Iterator[tuple[str, dict[str, object]]]:
    for block in text.replace("\r\n", "\n").strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "event" in fields:
            yield fields["event"], json.loads(fields["data"])


def test_every_door_paints_the_same(library: Painting, tmp_path: Path) -> None:
    target, moving = tmp_path / "out.png", tmp_path / "out.webp"
    options = ["--size", "64", "--steps", "10", "--levels", "1", "--keep-colours"]
    hands = ["--painting", "strokes", "--painting", f"{example_path('ink')}=1"]
    coffee = example_path("coffee")
    record = json.loads(shell("style", coffee, str(target), *hands, *options, "--animation", str(moving), "--json"))
    assert record["style"] == pytest.approx(library.style[-1], rel=1e-3)
    assert np.abs(values(Image.open(target)) - values(library.picture)).mean() < 1
    assert moving.stat().st_size > 1000
    files = [("image", Path(coffee).read_bytes())]
    files += [("paintings", Path(example_path(name)).read_bytes()) for name in ("strokes", "ink")]
    response = TestClient(app).post("/v1/style", files=files, data=OPTIONS)
    found = list(events(response.text))
    assert [name for name, _ in found] == ["progress"] * 10 + ["result"]
    picture = Image.open(io.BytesIO(base64.b64decode(str(found[-1][1]["picture"]))))
    assert np.abs(values(picture) - values(library.picture)).mean() < 1
    assert found[-1][1]["restriction"] == "research use"


def test_doors_tell_what_is_wrong(tmp_path: Path) -> None:
    text = tmp_path / "text.jpg"
    text.write_text("hello")
    coffee = example_path("coffee")
    assert "picture" in shell("style", str(text), str(tmp_path / "out.png"), code=2)
    assert "no example named" in shell("style", coffee, str(tmp_path / "out.png"), "--painting", "monet", code=2)
    client = TestClient(app)
    picture = ("image", Path(coffee).read_bytes())
    assert client.post("/v1/style", files=[picture]).status_code == 422
    response = client.post("/v1/style", files=[picture, ("paintings", b"hello")], data=OPTIONS)
    assert (response.status_code, list(response.json())) == (422, ["error"])
    response = client.post("/v1/style", files=[picture] + 5 * [("paintings", picture[1])], data=OPTIONS)
    assert (response.status_code, list(response.json())) == (413, ["error"])
    with pytest.raises(NotFoundError):
        example("monet")


def test_page_shows_code_that_runs() -> None:
    page = AppTest.from_file(str(ROOT / "pages" / "style.py"), default_timeout=120)
    for name, value in {
        "example": "coffee",
        "way": "stroke by stroke",
        "size": "64",
        "steps": "10",
        "levels": "1",
    }.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    assert not page.error
    done = subprocess.run(
        [sys.executable, "-c", page.code[0].value], cwd=ROOT, capture_output=True, text=True, check=True
    )
    alone = run_to_completion(paint(PHOTOGRAPH, [(STROKES, 1.0)], QUICK))
    content, style = map(float, done.stdout.split())
    assert (content, style) == pytest.approx((alone.content[-1], alone.style[-1]), rel=1e-3)
    (ROOT / "painting.png").unlink()
