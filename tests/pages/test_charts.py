"""Axes that are readable for one value as well, and a logarithmic one that says so."""

import pytest

from pages.components import charts


@pytest.mark.parametrize(("last", "domain"), [(0, [0, 1]), (1, [0, 1]), (700, [0, 700])])
def test_steps_are_whole_numbers_on_an_axis_that_has_a_length(last: int, domain: list[int]) -> None:
    axis = charts.steps_x(last).to_dict()
    assert axis["scale"]["domain"] == domain
    assert (axis["axis"]["format"], axis["axis"]["tickMinStep"]) == (",d", 1)


@pytest.mark.parametrize("values", [[0.5], [], [0.0, float("nan")], [3e5, float("inf"), 0.2]])
def test_a_logarithmic_axis_is_named_so_and_has_a_length(values: list[float]) -> None:
    axis = charts.log_y(values, "loss").to_dict()
    low, high = axis["scale"]["domain"]
    assert 0 < low < high < float("inf")
    assert axis["title"] == "loss (log scale)"
    assert axis["scale"]["type"] == "log"
