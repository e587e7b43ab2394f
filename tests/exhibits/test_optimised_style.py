"""Optimised style transfer: results, refusals, cancellation, and its interfaces."""

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

import zoo as library
from tests.apps import app_at
from tests.interfaces.shell import ROOT, shell
from tests.steps import walked
from zoo.api.app import app
from zoo.core.errors import CancelledJob, InputError, NotFoundError, TooLargeError
from zoo.core.runtime import get_runtime
from zoo.core.steps import run_to_completion
from zoo.examples import STYLE_EXAMPLES, example, example_path
from zoo.exhibits.style import OptimisedStyle, StyleKnobs, encode_animation, estimate_memory, optimise_style
from zoo.exhibits.style.feature_extractor import estimate_bytes
from zoo.exhibits.style.pictures import image_to_tensor, scaled_size, tensor_to_image, transfer_colours

QUICK = StyleKnobs(size=64, steps=10, levels=1)
PHOTOGRAPH, STROKES = example("coffee"), example("strokes")


def values(image: Image.Image) -> np.ndarray:
    return np.asarray(image, np.float64)


def optimised(knobs: StyleKnobs = QUICK, *paintings: Image.Image, **changes: object) -> OptimisedStyle:
    """The result for the photograph in the style of strokes, or of ``paintings``."""
    return run_to_completion(optimise_style(PHOTOGRAPH, paintings or [STROKES], knobs.model_copy(update=changes)))


# Results


@given(st.integers(24, 90), st.integers(24, 90), st.integers(0, 9))
def test_tensor_and_image_are_the_same_picture(width: int, height: int, seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    image = Image.fromarray(noise)
    assert np.array_equal(values(tensor_to_image(image_to_tensor(image, max(width, height)))), values(image))


def test_style_loss_falls_and_the_same_seed_gives_the_same_picture() -> None:
    knobs = QUICK.model_copy(update={"steps": 20, "init": "noise"})
    records, one = walked(optimise_style(PHOTOGRAPH, [STROKES], knobs))
    torch.rand(7)  # other random numbers change nothing
    other = optimised(knobs)
    assert one.picture.tobytes() == other.picture.tobytes()
    assert one.style_loss == other.style_loss
    assert one.style_loss[-1] < 0.2 * one.style_loss[0]
    assert [record.step for record in records] == list(range(1, 21))
    assert records[4].metrics == {"content_loss": one.content_loss[4], "style_loss": one.style_loss[4]}
    assert optimised(knobs, seed=1).picture.tobytes() != one.picture.tobytes()


def test_lbfgs_lowers_the_style_loss_too() -> None:
    losses = optimised(optimiser="lbfgs", steps=20).style_loss
    assert losses[-1] < 0.2 * losses[0]


def test_content_alone_keeps_the_photograph() -> None:
    result = optimised(style_weight=0.0, tv_weight=0.0)
    before = tensor_to_image(image_to_tensor(PHOTOGRAPH, 64))
    assert np.abs(values(result.picture) - values(before)).max() <= 1


def test_levels_grow_to_the_size_asked() -> None:
    records, result = walked(optimise_style(PHOTOGRAPH, [STROKES], StyleKnobs(size=128, steps=11, levels=2)))
    assert records[4].preview.picture.width == 64  # type: ignore[union-attr]
    assert (result.width, result.height) == result.picture.size == (128, 85)
    assert len(result.style_loss) == len(result.content_loss) == len(result.frames) == 11
    assert records[-1].preview == result


@pytest.mark.slow
def test_weights_mix_paintings() -> None:
    mosaic, alone = example("mosaic"), optimised()

    def distance(weights: list[float]) -> float:
        result = optimised(QUICK, STROKES, mosaic, weights=weights)
        return float(np.abs(values(result.picture) - values(alone.picture)).mean())

    assert distance([1.0, 0.0]) == 0
    assert 0 < distance([0.9, 0.1]) < distance([0.1, 0.9])
    equal = [optimised(QUICK, STROKES, mosaic, weights=weights).picture.tobytes() for weights in ([], [0.5, 0.5])]
    assert equal[0] == equal[1]


def test_no_halo_at_the_borders() -> None:
    # A constant picture would not do: there the border is all there is to follow.
    noise = np.random.default_rng(0).normal(130, 25, (96, 96, 3)).clip(0, 255).astype(np.uint8)
    knobs = StyleKnobs(size=96, steps=30, levels=1)
    picture = values(run_to_completion(optimise_style(Image.fromarray(noise), [STROKES], knobs)).picture)
    border, inside = np.ones((96, 96), bool), np.zeros((96, 96), bool)
    border[4:-4, 4:-4], inside[16:-16, 16:-16] = False, True
    spread = picture[inside].std(0).mean()
    assert np.abs(picture[border].mean(0) - picture[inside].mean(0)).max() < spread / 2
    assert 0.7 < picture[border].std(0).mean() / spread < 1.4


def test_kept_colours_are_the_photographs() -> None:
    flower = example("flower")
    result = run_to_completion(optimise_style(flower, [STROKES], QUICK.model_copy(update={"keep_colours": True})))
    small = flower.resize(result.picture.size, Image.Resampling.LANCZOS)
    stylised, photograph = (values(image.convert("YCbCr"))[..., 1:] for image in (result.picture, small))
    assert np.abs(stylised - photograph).mean() < 6  # values outside of RGB are clipped
    assert transfer_colours(small, flower).size == small.size


def test_animation_holds_every_frame() -> None:
    result = optimised(StyleKnobs(size=128, steps=12, levels=2))
    with Image.open(io.BytesIO(encode_animation(result.frames))) as moving:
        assert moving.n_frames == 12  # type: ignore[attr-defined]
        assert moving.size == result.picture.size


# Refusals and cancellation


@pytest.mark.parametrize(
    "size", [(1, 1), *(pytest.param(size, marks=pytest.mark.slow) for size in ((7, 7), (300, 40)))]
)
def test_odd_pictures_are_taken(size: tuple[int, int]) -> None:
    knobs = StyleKnobs(size=256, steps=10)
    result = run_to_completion(optimise_style(Image.new("RGB", size, "red"), [Image.new("L", (50, 50))], knobs))
    assert max(result.picture.size) == 256
    assert np.isfinite(result.style_loss).all()


def test_unusable_inputs_are_refused() -> None:
    with pytest.raises(InputError, match="too narrow"):
        next(optimise_style(Image.new("RGB", (1, 5000)), [STROKES], QUICK))
    with pytest.raises(InputError, match="too narrow"):
        next(optimise_style(PHOTOGRAPH, [Image.new("RGB", (5000, 1))], QUICK))
    for paintings, weights in (([], []), ([STROKES], [0.0])):
        with pytest.raises(InputError, match="no style"):
            next(optimise_style(PHOTOGRAPH, paintings, QUICK.model_copy(update={"weights": weights})))
    with pytest.raises(InputError, match="2 weights for 1 paintings"):
        next(optimise_style(PHOTOGRAPH, [STROKES], QUICK.model_copy(update={"weights": [1.0, 2.0]})))
    with pytest.raises(TooLargeError, match="at most 4"):
        next(optimise_style(PHOTOGRAPH, [STROKES] * 5, QUICK))


def test_too_large_is_refused_with_the_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zoo.exhibits.style.optimised.memory_limit_bytes", lambda: 1_600_000_000)
    needed = [estimate_memory((600, 400), StyleKnobs(size=size)) for size in (256, 512)]
    assert 3 < needed[1] / needed[0] < 4
    large = StyleKnobs(size=1024)
    estimate = estimate_bytes(*scaled_size(PHOTOGRAPH.size, large.size), large.network) / 1e9
    with pytest.raises(TooLargeError, match=rf"about {estimate:.1f} GB .* 0\.8 GB"):
        next(optimise_style(PHOTOGRAPH, [STROKES], large))


def test_a_picture_in_its_own_style_stays_as_it_is() -> None:
    losses = run_to_completion(optimise_style(STROKES, [STROKES], QUICK)).style_loss
    assert max(losses) < 0.1  # Adam's first steps are as large as any
    assert losses[-1] < 0.02


def test_a_cancelled_run_keeps_its_last_picture() -> None:
    job = get_runtime().submit(lambda: optimise_style(PHOTOGRAPH, [STROKES], StyleKnobs(size=64, steps=1000)))
    next(job.updates())
    job.cancel()
    with pytest.raises(CancelledJob):
        job.result(timeout=20)
    assert job.latest is not None
    kept = job.latest.preview
    assert isinstance(kept, OptimisedStyle)
    assert len(kept.style_loss) == job.latest.step < 1000


@pytest.mark.slow
def test_two_runs_at_once_give_what_they_give_alone() -> None:
    names = ("strokes", "ink")
    alone = [optimised(QUICK, example(name)) for name in names]
    jobs = [
        get_runtime().submit(lambda name=name: optimise_style(PHOTOGRAPH, [example(name)], QUICK)) for name in names
    ]
    together = [job.result(timeout=120) for job in jobs]
    assert [each.picture.tobytes() for each in together] == [each.picture.tobytes() for each in alone]


def test_example_paintings_are_small() -> None:
    for sample in STYLE_EXAMPLES:
        assert Path(example_path(sample.name)).stat().st_size < 100_000
        assert example(sample.name).size == (384, 384)


# Interfaces


OPTIONS = {"size": "64", "steps": "10", "levels": "1", "keep_colours": "true", "weights": ["1", "0.5"]}


@pytest.fixture(scope="module")
def in_python() -> OptimisedStyle:
    knobs = StyleKnobs(size=64, steps=10, levels=1, keep_colours=True, weights=[1, 0.5])
    return run_to_completion(optimise_style(PHOTOGRAPH, [STROKES, example("ink")], knobs))


def events(text: str) -> Iterator[tuple[str, dict[str, object]]]:
    for block in text.replace("\r\n", "\n").strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "event" in fields:
            yield fields["event"], json.loads(fields["data"])


def test_weighted_paintings_give_the_same_everywhere(in_python: OptimisedStyle, tmp_path: Path) -> None:
    coffee, strokes, ink = (example_path(name) for name in ("coffee", "strokes", "ink"))
    target = tmp_path / "out.png"
    paintings = ["--paintings", strokes, "--paintings", ink, "--weights", "1", "--weights", "0.5"]
    options = ["--size", "64", "--steps", "10", "--levels", "1", "--keep-colours"]
    record = json.loads(shell("style", coffee, *paintings, *options, "--output", str(target), "--json"))
    assert record["style_loss"] == pytest.approx(list(in_python.style_loss), rel=1e-3)
    assert np.abs(values(Image.open(target)) - values(in_python.picture)).mean() < 1

    named = {"size": 64, "steps": 10, "levels": 1, "keep_colours": True, "weights": [1, 0.5]}
    assert library.style(coffee, [strokes, ink], **named).style_loss == pytest.approx(in_python.style_loss, rel=1e-3)

    files = [("image", Path(coffee).read_bytes())]
    files += [("paintings", Path(path).read_bytes()) for path in (strokes, ink)]
    response = TestClient(app).post("/v1/style?format=events", files=files, data=OPTIONS)
    received = list(events(response.text))
    assert [name for name, _ in received] == ["progress"] * 10 + ["result"]
    shown = received[0][1]["preview"]
    assert isinstance(shown, dict)
    assert shown == {"width": 64, "height": 43, **received[0][1]["metrics"]}  # type: ignore[dict-item]
    picture = Image.open(io.BytesIO(base64.b64decode(str(received[-1][1]["file"]).split(",")[1])))
    assert np.abs(values(picture) - values(in_python.picture)).mean() < 1
    assert received[-1][1]["restriction"] == "research use"


def test_animation_is_a_file_of_its_own(tmp_path: Path) -> None:
    target = tmp_path / "out.webp"
    options = ["--size", "64", "--steps", "10", "--levels", "1", "--output", str(target)]
    shell("style-animation", example_path("coffee"), "--paintings", example_path("strokes"), *options)
    with Image.open(target) as moving:
        assert moving.n_frames == 10  # type: ignore[attr-defined]


def test_interfaces_refuse_unusable_inputs(tmp_path: Path) -> None:
    text = tmp_path / "text.jpg"
    text.write_text("hello")
    coffee, strokes = example_path("coffee"), example_path("strokes")
    assert "picture" in shell("style", str(text), "--paintings", strokes, code=2)
    assert "monet.jpg" in shell("style", coffee, "--paintings", str(tmp_path / "monet.jpg"), code=2)
    client = TestClient(app)
    picture = ("image", Path(coffee).read_bytes())
    assert client.post("/v1/style", files=[picture]).status_code == 422
    response = client.post("/v1/style", files=[picture, ("paintings", b"hello")], data=OPTIONS)
    assert (response.status_code, response.json()["status"]) == (422, 422)
    response = client.post("/v1/style", files=[picture] + 5 * [("paintings", picture[1])], data=OPTIONS)
    assert (response.status_code, response.json()["status"]) == (413, 413)
    with pytest.raises(NotFoundError):
        example("monet")


def test_page_shows_code_that_runs(tmp_path: Path) -> None:
    page = app_at("style.py")
    link = {"example": "coffee", "method": "Optimised (Gatys)", "size": "64", "steps": "10", "levels": "1"}
    for name, value in link.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    assert not page.error
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{page.code[0].value}"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    result = optimised()
    losses = [float(value) for value in done.stdout.split()]
    assert losses == pytest.approx([result.content_loss[-1], result.style_loss[-1]], rel=1e-3)
    assert np.abs(values(Image.open(tmp_path / "style.png")) - values(result.picture)).mean() < 1


def test_a_link_of_version_0_1_opens_the_method_that_it_named() -> None:
    page = app_at("style.py")
    for name, value in {"example": "coffee", "way": "stroke by stroke", "size": "64"}.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    assert "Optimise" in [button.label for button in page.button]
