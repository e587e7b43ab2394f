"""Pictures of clothes from the bundled generator, the same in the browser, and the distance that measures them."""

import io

import numpy as np
import onnxruntime
import pytest
import scipy.linalg
import torch
from PIL import Image

from zoo.core.errors import InputError
from zoo.core.images import encode_png
from zoo.core.loading import load
from zoo.exhibits.gan import (
    Statistics,
    browser_file,
    encode_gif,
    evaluate,
    frechet_distance,
    generate_pictures,
    interpolate,
    latent,
)
from zoo.exhibits.gan.knobs import CLASSES, MODEL, GeneratedKnobs, InterpolationKnobs
from zoo.exhibits.gan.pictures import class_weights, generate, noise, slerp


def tile(picture: Image.Image, row: int, column: int) -> np.ndarray:
    """One picture of a grid, each pixel of which is doubled."""
    top, left = 2 * (30 * row + 2), 2 * (30 * column + 2)
    return np.asarray(picture)[top : top + 56 : 2, left : left + 56 : 2]


def test_a_grid_has_the_classes_in_turn_and_depends_on_the_seed_alone():
    many, few = generate_pictures(GeneratedKnobs(count=23, seed=5)), generate_pictures(GeneratedKnobs(count=4, seed=5))
    assert many.classes == (*CLASSES, *CLASSES, *CLASSES[:3])
    assert many.picture.size == (2 * (10 * 30 + 2), 2 * (3 * 30 + 2))
    for number in range(4):
        difference = tile(many.picture, 0, number).astype(int) - tile(few.picture, 0, number)
        assert np.abs(difference).max() <= 1  # a batch of another size rounds otherwise
    other = generate_pictures(GeneratedKnobs(count=4, seed=6))
    assert np.asarray(other.picture).astype(int).std() > 0
    assert not np.array_equal(np.asarray(other.picture), np.asarray(few.picture))


def test_one_class_is_that_of_all_pictures():
    result = generate_pictures(GeneratedKnobs(count=3, clothing="sneaker"))
    assert result.classes == ("sneaker",) * 3
    expected = generate(torch.cat((noise(3, 0, 1.0), class_weights([CLASSES.index("sneaker")] * 3)), 1))
    assert np.array_equal(tile(result.picture, 0, 2), expected[2])


def test_the_generator_makes_what_was_asked_for():
    """The classifier, which saw photographs alone, reads the class of generated pictures."""
    classes = torch.arange(200) % len(CLASSES)
    pictures = generate(torch.cat((noise(200, 0, 1.0), class_weights(classes.tolist())), 1))
    with torch.inference_mode():
        logits = load("fashion-features").eval()(torch.from_numpy(pictures)[:, None] / 127.5 - 1)
    assert (logits.argmax(1) == classes).float().mean() > 0.7


def test_less_truncation_gives_less_variety():
    weights = class_weights([3] * 60)
    spread = [generate(torch.cat((noise(60, 0, share), weights), 1)).std(0).mean() for share in (0.2, 1.0)]
    assert spread[0] < 0.6 * spread[1]


def test_an_interpolation_goes_from_the_first_class_to_the_second():
    knobs = InterpolationKnobs(first="trousers", second="bag", count=2, frames=5, seed=1)
    result = interpolate(knobs)
    ends = noise(4, 1, knobs.truncation)
    for frame, inputs, name in ((0, ends[:2], "trousers"), (-1, ends[2:], "bag")):
        expected = generate(torch.cat((inputs, class_weights([CLASSES.index(name)] * 2)), 1))
        assert np.abs(tile(result.pictures[frame], 0, 1).astype(int) - expected[1]).max() <= 1
    gif = Image.open(io.BytesIO(encode_gif(result.pictures)))
    assert (gif.n_frames, gif.size) == (8, result.pictures[0].size)  # five forwards, three backwards


def test_an_animation_of_two_frames_is_one():
    gif = Image.open(io.BytesIO(encode_gif(interpolate(InterpolationKnobs(frames=2, count=1)).pictures)))
    assert gif.n_frames == 2


def test_slerp_keeps_the_length():
    first, second = 3 * torch.nn.functional.normalize(torch.randn(2, 6, 64), dim=2)
    assert slerp(first, second, 0.3).norm(dim=1).tolist() == pytest.approx([3] * 6, rel=1e-4)
    assert torch.allclose(slerp(first, second, 0.0), first, atol=1e-5)
    assert torch.allclose(slerp(first, second, 1.0), second, atol=1e-5)


def test_the_browser_computes_the_same_pictures():
    corners = latent(("sneaker", "bag", "dress", "coat"), 3, 0.9).corners
    session = onnxruntime.InferenceSession(browser_file(), providers=["CPUExecutionProvider"])
    network = load(MODEL).eval()
    for corner in torch.tensor(corners):
        (computed,) = session.run(None, {"inputs": corner[None].numpy()})
        with torch.inference_mode():
            expected = network(corner[None]).numpy()
        np.testing.assert_allclose(computed, expected, atol=1e-4)
    assert len(browser_file()) < 2 * 2**20


def test_directions_are_orthogonal_and_change_pictures():
    given = latent(("sneaker",) * 4, 0, 1.0)
    directions = torch.tensor(given.directions)
    assert torch.allclose(directions @ directions.T, torch.eye(4), atol=1e-4)
    corner = torch.tensor(given.corners[:1])
    moved = corner.clone()
    moved[:, : directions.shape[1]] += 3 * directions[0]
    assert np.abs(generate(moved).astype(int) - generate(corner)).mean() > 3


# The distance


def test_the_distance_is_that_of_normal_distributions():
    generator = np.random.default_rng(0)
    first = generator.normal(size=(500, 6)) @ generator.normal(size=(6, 6))
    second = generator.normal(1, 2, size=(400, 6))
    one, other = Statistics.of(first), Statistics.of(second)
    root = scipy.linalg.sqrtm(one.covariance @ other.covariance).real
    expected = np.square(one.mean - other.mean).sum() + np.trace(one.covariance + other.covariance - 2 * root)
    assert frechet_distance(one, other) == pytest.approx(expected, rel=1e-6)
    assert frechet_distance(one, other) == pytest.approx(frechet_distance(other, one), rel=1e-6)
    assert frechet_distance(one, one) == pytest.approx(0, abs=1e-8)


def test_evaluation_tells_clothes_from_noise(tmp_path, monkeypatch):
    monkeypatch.setattr("zoo.exhibits.gan.evaluation.N_GENERATED", 400)
    sets = {
        "clothes": generate(torch.cat((noise(240, 9, 1.0), class_weights([n % 10 for n in range(240)])), 1)),
        "noise": np.random.default_rng(0).integers(0, 255, (240, 28, 28), np.uint8),
    }
    distances = {}
    for name, pictures in sets.items():
        folder = tmp_path / name
        folder.mkdir()
        for number, picture in enumerate(pictures):
            (folder / f"{number}.png").write_bytes(encode_png(Image.fromarray(picture)))
        result = evaluate(folder, MODEL)
        assert (result.model, result.n) == (MODEL, 240)
        distances[name] = result.feature_distance
    assert distances["clothes"] < 0.1 * distances["noise"]


def test_too_few_pictures_are_no_measurement(tmp_path):
    (tmp_path / "0.png").write_bytes(encode_png(Image.new("L", (28, 28))))
    with pytest.raises(InputError, match="at least 200"):
        evaluate(tmp_path, MODEL)
