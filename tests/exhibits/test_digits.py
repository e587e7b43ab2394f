"""Digits: what is read in drawings and pictures, and what stands behind it."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps

import zoo
from tests.exported import picture
from zoo.core.errors import InputError, NotFoundError
from zoo.core.images import encode_png
from zoo.exhibits import digits as exhibit
from zoo.exhibits.digits import DigitsKnobs
from zoo.exhibits.digits.drawing import DRAWINGS, RASTER, draw_strokes, ink_of_strokes
from zoo.exhibits.digits.ink import BLANK, UNEVEN
from zoo.exhibits.digits.pictures import tiles
from zoo.exhibits.digits.predict import centred_ink, probabilities
from zoo.nets.digits import BOX, Centring

MODELS = ("digit-cnn", "digit-mlp")
SEVEN = draw_strokes(DRAWINGS["7"])


@pytest.mark.parametrize("name", ["3", "7", "4", "small 9 in a corner"])
def test_drawn_digits_are_read(name):
    wanted = next(letter for letter in name if letter.isdigit())
    result = exhibit.read_ink(ink_of_strokes(DRAWINGS[name]))
    assert [answer.label for answer in result.answers] == [wanted, wanted]


@pytest.mark.parametrize("name", ["letter A", "scribble"])
def test_what_is_no_digit_is_told_by_the_convolutional_network(name):
    answer = exhibit.read_ink(ink_of_strokes(DRAWINGS[name])).answers[0]
    assert answer.label == "not a digit"
    assert answer.probability > 0.5


def test_the_threshold_of_not_a_digit_can_be_moved():
    ink = ink_of_strokes(DRAWINGS["letter A"])
    strict = exhibit.read_ink(ink, DigitsKnobs(model=["digit-cnn"], not_a_digit=1.0))
    assert strict.answers[0].label in "0123456789"


@pytest.mark.parametrize("size", [(10, 10), (28, 28), (4000, 3000), (60, 900)])
def test_pictures_of_any_size_dark_on_light_and_light_on_dark(size):
    side = min(size)
    canvas = Image.new("RGB", size, "white")
    canvas.paste(SEVEN.resize((side, side), Image.Resampling.BOX), ((size[0] - side) // 2, (size[1] - side) // 2))
    dark, light = zoo.digits(canvas), zoo.digits(ImageOps.invert(canvas))
    assert {answer.label for answer in (*dark.answers, *light.answers)} == {"7"}
    np.testing.assert_allclose(dark.normalised, light.normalised, atol=0.02)
    assert any("light on a dark ground" in note for note in light.notes)


def test_shaded_paper_is_no_ink():
    shade = np.linspace(120, 250, 112, dtype=np.float32)[None, :]
    paper = Image.fromarray((np.asarray(SEVEN.convert("L")) / 255 * shade).astype(np.uint8))
    assert {answer.label for answer in zoo.digits(paper).answers} == {"7"}


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_pictures_of_one_shade_are_blank(shade):
    result = zoo.digits(Image.new("L", (100, 80), shade))
    assert result.blank
    assert BLANK in result.notes
    assert {answer.label for answer in result.answers} == {"not a digit"}
    assert np.isfinite(result.normalised).all()


def test_coloured_noise_is_told_as_a_background_without_ink_and_not_as_blank():
    noise = np.random.default_rng(0).integers(0, 256, (120, 90, 3), np.uint8)
    result = zoo.digits(Image.fromarray(noise))
    assert result.blank
    assert UNEVEN in result.notes
    assert BLANK not in result.notes


def test_a_grid_whose_last_row_is_not_full_is_transparent_there():
    pictures = np.full((5, 4, 4, 3), 9, np.uint8)
    grid = np.asarray(tiles(pictures, 3, gap=1))
    assert grid.shape == (9, 14, 4)
    assert grid[5:, :9, 3].min() == 255
    assert grid[:4, :, 3].min() == 255
    assert grid[5:, 9:, 3].max() == 0
    assert tiles(pictures[:3], 3).mode == "RGB"


def test_a_canvas_full_of_ink_is_no_digit():
    lines = [[(0.0, y), (1.0, y)] for y in np.linspace(0, 1, 40)]
    ink = ink_of_strokes(lines)
    assert ink.min() == 1
    result = exhibit.read_ink(ink)
    assert [answer.label == "not a digit" for answer in result.answers] == [True, False]
    assert len(result.notes) == 1
    assert "Perceptron" in result.notes[0]
    assert "has no class for what is not a digit" in result.notes[0]
    assert exhibit.digits(SEVEN).notes == ()


def test_an_empty_canvas_is_blank():
    result = exhibit.read_ink(ink_of_strokes([]))
    assert result.blank
    assert result.normalised.max() == 0


def test_noise_and_a_photograph_are_answered():
    for image in (picture(200, 100), picture(1, 1), picture(3, 700)):
        assert all(np.isfinite(answer.evidence).all() for answer in zoo.digits(image).answers)


def test_ink_is_scaled_to_a_box_and_its_mass_is_in_the_middle():
    ink = torch.zeros(2, 1, 90, 70)
    ink[0, 0, 5:45, 40:60] = 0.7
    ink[1, 0, 60:80, 3:13] = 1.0
    centred = Centring()(ink)
    y, x = torch.meshgrid(torch.arange(28.0), torch.arange(28.0), indexing="ij")
    for row in centred[:, 0]:
        assert float((row * y).sum() / row.sum()) == pytest.approx(13.5, abs=0.3)
        assert float((row * x).sum() / row.sum()) == pytest.approx(13.5, abs=0.3)
        assert int((row.amax(1) > 0.3).sum()) == pytest.approx(BOX, abs=1)
    torch.testing.assert_close(centred[0, 0] / 0.7, centred[1, 0], atol=0.3, rtol=0)


def test_edges_are_told_where_ink_is_cut_off():
    ink = torch.zeros(1, 1, 28, 28)
    ink[0, 0, 0:14, 8:18] = 1
    outside = Centring()(ink)[0, 1]
    assert outside[0].min() == 1  # above the picture
    assert outside[14].min() == 0


def test_evidence_adds_up_to_the_change_of_the_logit():
    from zoo.core import loading

    ink = ink_of_strokes(DRAWINGS["3"])
    centred = centred_ink(ink)
    empty = torch.cat([torch.zeros_like(centred[:, :1]), centred[:, 1:]], 1)
    for answer in exhibit.read_ink(ink).answers:
        network = loading.load(answer.model).eval()
        with torch.inference_mode():
            change = float((network(centred) - network(empty))[0, int(answer.label)])
        assert float(answer.evidence.sum()) == pytest.approx(change, abs=0.15 * abs(change) + 0.1)


def test_hidden_units_vote_as_the_network_does():
    weights, outputs = exhibit.unit_weights()
    assert weights.shape == (128, 28, 28)
    answer = exhibit.read_ink(ink_of_strokes(DRAWINGS["4"])).answers[1]
    assert int((outputs @ answer.hidden).argmax()) == 4


def test_feature_maps_have_the_shapes_of_the_network():
    first, last = exhibit.feature_maps(exhibit.read_ink(ink_of_strokes(DRAWINGS["4"])).normalised)
    assert (first.shape, last.shape) == ((32, 28, 28), (96, 7, 7))


def test_strokes_are_drawn_by_their_distance():
    ink = ink_of_strokes([[(0.5, 0.5)]])
    assert ink.shape == (RASTER, RASTER)
    assert ink.sum() == pytest.approx(np.pi * (0.035 * RASTER) ** 2, rel=0.05)  # a disc
    np.testing.assert_allclose(ink, ink.T)


def test_the_file_for_the_browser_answers_as_the_server_does():
    import onnxruntime

    session = onnxruntime.InferenceSession(exhibit.browser_file(list(MODELS)), providers=["CPUExecutionProvider"])
    for strokes in (*DRAWINGS.values(), []):
        ink = ink_of_strokes(strokes)
        (row,) = session.run(None, {"inputs": ink[None, None]})[0]
        wanted = [probabilities(name, centred_ink(ink))[0] for name in MODELS]
        np.testing.assert_allclose(row[784:], np.concatenate(wanted), atol=1e-4)
        np.testing.assert_allclose(row[:784], centred_ink(ink)[0, 0].flatten().numpy(), atol=1e-5)


def test_other_models_and_pictures_are_refused_in_a_sentence():
    with pytest.raises(InputError, match="classify"):
        zoo.digits(SEVEN, model="resnet-18")
    with pytest.raises(NotFoundError, match="digit-cnn"):
        zoo.digits(SEVEN, model="no-such-model")
    with pytest.raises(InputError):
        zoo.digits(b"no picture")


def test_the_picture_of_a_result_shows_evidence(tmp_path):
    target = tmp_path / "evidence.png"
    result = zoo.digits(encode_png(SEVEN), output=target)
    with Image.open(target) as drawn:
        assert drawn.size == result.picture.size == (3 * 168 + 24, 168)
