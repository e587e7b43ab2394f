"""Every declared knob has a widget with the declared bounds and default."""

import pytest
from streamlit.testing.v1 import AppTest

from zoo.exhibits.classify.knobs import ClassifyKnobs


def draw(highest: int) -> None:
    from pages.components.knob_widgets import knob
    from zoo.exhibits.classify.knobs import ClassifyKnobs

    knob(ClassifyKnobs, "top_k", "top_k", **({"highest": highest} if highest else {}))


@pytest.mark.parametrize(("highest", "maximum", "value"), [(0, 20, 5), (10, 10, 5), (3, 3, 3)])
def test_a_lower_maximum_bounds_the_default_too(highest: int, maximum: int, value: int) -> None:
    page = AppTest.from_function(draw, args=(highest,)).run()
    assert not page.exception
    (slider,) = page.slider
    assert (slider.min, slider.max, slider.value) == (1, maximum, value)
    assert slider.help == ClassifyKnobs.model_fields["top_k"].description
