"""Augmentation: each knob changes what it names and nothing else, and the preview draws what training does."""

from io import BytesIO

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torchvision.transforms.v2 import functional as F

from zoo.core.errors import InputError
from zoo.exhibits.train.hsv_noise import HSVNoise, changed
from zoo.exhibits.train.previews import OFF, PreviewKnobs, caption, preview_transforms
from zoo.exhibits.train.transforms import AugmentationKnobs, build, build_mixing, named_steps

STRENGTHS = {
    name: 0.8 if name not in ("flip", "rotate") else "both" if name == "flip" else 30.0
    for name in AugmentationKnobs.model_fields
}


def photograph(width: int = 90, height: int = 60, seed: int = 0) -> Image.Image:
    """Coloured noise, smooth enough to be changed by all of them."""
    noise = np.random.default_rng(seed).integers(0, 256, (9, 12, 3), np.uint8)
    return Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)


@settings(max_examples=40, deadline=None)
@given(
    st.fixed_dictionaries({name: st.floats(0, 0.9) for name in AugmentationKnobs.model_fields if name != "flip"}),
    st.sampled_from(["none", "horizontal", "both"]),
    st.integers(1, 80),
    st.integers(1, 80),
)
def test_any_knobs_make_bytes_of_the_size(values: dict[str, float], flip: str, width: int, height: int) -> None:
    knobs = AugmentationKnobs(**values, flip=flip)
    for picture in (photograph(width, height), F.pil_to_tensor(photograph(width, height))):
        result = build(knobs, 32)(picture)
        assert result.shape == (3, 32, 32)
        assert result.dtype == torch.uint8


def test_the_seed_decides_and_all_off_changes_nothing_but_the_size() -> None:
    picture, transform = photograph(), build(AugmentationKnobs(), 48)

    def drawn(seed: int) -> torch.Tensor:
        torch.manual_seed(seed)
        return transform(picture)

    assert (drawn(1) == drawn(1)).all()
    assert (drawn(1) != drawn(2)).any()
    assert (build(OFF, 60)(picture) == F.pil_to_tensor(picture.crop((15, 0, 75, 60)))).all()


def test_grey_and_flips_do_what_they_say() -> None:
    picture = photograph(60, 60)
    original = F.pil_to_tensor(picture)
    grey = build(OFF.model_copy(update={"grey": 1.0}), 60)(picture)
    assert (grey[0] == grey[1]).all()
    assert (grey[1] == grey[2]).all()
    flipped = [build(OFF.model_copy(update={"flip": "both"}), 60)(picture) for _ in range(40)]
    kinds = [original, original.flip(-1), original.flip(-2), original.flip(-1, -2)]
    assert [sum(bool((each == kind).all()) for each in flipped) > 0 for kind in kinds] == [True] * 4
    erased = build(OFF.model_copy(update={"erasing": 1.0}), 60)(picture)
    assert ((erased == 127).all(0) | (erased == original).all(0)).all()
    assert (erased == 127).all(0).any()


def test_hsv_noise_turns_hues_and_keeps_greys() -> None:
    red = Image.new("RGB", (2, 2), (200, 40, 40))
    green = changed(red, 1 / 3, 0, 0).getpixel((0, 0))
    assert green == pytest.approx((40, 200, 40), abs=6)
    grey = Image.new("RGB", (2, 2), (90, 90, 90))
    assert changed(grey, 0.2, 0.5, 0).getpixel((0, 0)) == (90, 90, 90)
    assert changed(grey, 0, 0, 0.5).getpixel((0, 0)) == (135, 135, 135)
    batch = torch.stack([F.pil_to_tensor(photograph(20, 20, seed)) for seed in range(3)])
    torch.manual_seed(0)
    noisy = HSVNoise(1.0)(batch)
    torch.manual_seed(0)
    assert (HSVNoise(1.0)(batch[0]) == noisy[0]).all()
    assert (HSVNoise(0.0)(batch).float() - batch.float()).abs().max() <= 8  # of the way to HSV and back


@settings(max_examples=30, deadline=None)
@given(st.floats(0.05, 2), st.floats(0.05, 2), st.integers(0, 99))
def test_mixing_mixes_labels_as_it_mixes_pixels(mixup: float, cutmix: float, seed: int) -> None:
    batch = torch.stack([torch.full((3, 16, 16), float(value)) for value in (0, 1)])
    for knobs in ({"mixup": mixup}, {"cutmix": cutmix}, {"mixup": mixup, "cutmix": cutmix}):
        mixing = build_mixing(OFF.model_copy(update=knobs), 2)
        assert mixing is not None
        torch.manual_seed(seed)
        pictures, labels = mixing(batch, torch.arange(2))
        assert labels.sum(1).tolist() == pytest.approx([1, 1], abs=1e-5)
        assert pictures.mean((1, 2, 3)).tolist() == pytest.approx(labels[:, 1].tolist(), abs=1e-4)
    assert build_mixing(OFF, 2) is None


@pytest.mark.parametrize("name", AugmentationKnobs.model_fields)
def test_one_knob_adds_one_tile_that_differs(name: str) -> None:
    knobs = PreviewKnobs(**OFF.model_dump() | {name: STRENGTHS[name]}, size=48)
    result = preview_transforms([photograph(), photograph(seed=1)], knobs)
    title = AugmentationKnobs.model_fields[name].title
    tiles = {tile.name: tile for tile in result.tiles}
    assert set(tiles) == {"As it is", title, "All together"}
    assert tiles[title].picture.tobytes() != tiles["As it is"].picture.tobytes()
    assert tiles[title].picture.size == (48, 48)
    mixed = name in ("mixup", "cutmix")
    assert [each.label for each in tiles[title].labels] == (["first", "second"] if mixed else ["first"])


def test_a_mixture_tells_the_weights_of_its_labels() -> None:
    knobs = PreviewKnobs(**OFF.model_dump() | {"mixup": 1.0}, label="cat", other_label="<b>dog</b>", size=32)
    black, white = Image.new("RGB", (9, 9)), Image.new("RGB", (9, 9), "white")
    mixed = preview_transforms([black, white], knobs).tiles[-1]
    assert sum(each.weight for each in mixed.labels) == pytest.approx(1)
    assert mixed.picture.getpixel((5, 5))[0] == pytest.approx(255 * mixed.labels[1].weight, abs=1)
    assert caption(mixed).startswith("Mixup: ")
    assert caption(mixed).endswith("% <b>dog</b>")


def test_the_preview_is_the_same_for_a_seed_and_leaves_the_random_state_alone() -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state()
    first, again, other = (
        preview_transforms([photograph()], PreviewKnobs(seed=seed)).picture.tobytes() for seed in (1, 1, 2)
    )
    assert first == again != other
    assert (torch.get_rng_state() == before).all()


def test_what_cannot_be_drawn_is_told() -> None:
    assert preview_transforms([photograph()], PreviewKnobs(mixup=1.0)).notes == (
        "Mixup and CutMix need a second picture to be drawn.",
    )
    assert preview_transforms([photograph()]).notes == ()
    file = BytesIO()
    photograph().save(file, "PNG")
    assert len(preview_transforms([file.getvalue()]).tiles) == len(named_steps(AugmentationKnobs(), 32)) + 2
    with pytest.raises(InputError, match="no picture"):
        preview_transforms([])
    with pytest.raises(InputError):
        preview_transforms([b"no picture"])
