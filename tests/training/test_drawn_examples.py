"""The drawn pictures of CIFAR-10's classes come from their script, and the networks recognise them."""

import io
from pathlib import Path

import pytest
from PIL import Image

from training.adversarial.examples import DRAWINGS, SIDE
from zoo.examples import DRAWN_EXAMPLES, example, example_path
from zoo.exhibits.adversarial import AttackKnobs, attack

NAMES = [sample.name for sample in DRAWN_EXAMPLES]


@pytest.mark.parametrize("draw", DRAWINGS, ids=lambda draw: draw.__name__)
def test_the_script_draws_the_bundled_picture(draw: object) -> None:
    name = draw.__name__  # type: ignore[attr-defined]
    file = io.BytesIO()
    draw().finished().save(file, "WEBP", quality=90, method=6)  # type: ignore[operator]
    with Image.open(file) as drawn:
        assert drawn.size == (SIDE, SIDE)
        assert drawn.convert("RGB").tobytes() == example(name).tobytes()
    assert Path(example_path(name)).stat().st_size < 5000


@pytest.mark.trained_weights
@pytest.mark.parametrize("model", ["cifar10-resnet", "cifar10-resnet-robust"])
def test_both_networks_recognise_all_ten(model: str) -> None:
    knobs = AttackKnobs(model=model, epsilon=0)
    assert [attack(example(name), knobs).before.predictions[0].label for name in NAMES] == NAMES
