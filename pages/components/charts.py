"""What charts share: axis labels in the theme's text colour, and colours by category."""

import math
from collections.abc import Iterable
from typing import Any

import altair as alt

TEXT = "currentColor"  # follows the theme; Vega's default grey has too little contrast
AXIS: dict[str, Any] = {"labelColor": TEXT, "titleColor": TEXT, "labelFontSize": 13}


def steps_x(last: int, title: str = "step", name: str = "step") -> alt.X:
    """The horizontal axis of whole numbers up to ``last``: of one alone, Vega would write 1.000000."""
    axis = alt.Axis(**AXIS, format=",d", tickMinStep=1)
    return alt.X(f"{name}:Q", title=title, axis=axis, scale=alt.Scale(domain=[0, max(1, last)], nice=False))


def log_y(values: Iterable[float], title: str, name: str = "value") -> alt.Y:
    """A logarithmic axis, which says so, with a margin around the values: of one alone it would have no length."""
    above_zero = [value for value in values if 0 < value < math.inf] or [1.0]
    domain = [0.9 * min(above_zero), 1.1 * max(above_zero)]
    scale = alt.Scale(type="log", domain=domain, nice=False, clamp=True)
    return alt.Y(f"{name}:Q", title=f"{title} (log scale)", scale=scale, axis=alt.Axis(**AXIS, format=".2~g"))


def color_by(field: str, colors: dict[str, str], legend: bool = False) -> alt.Color:
    """A colour encoding by category: ``colors`` maps each category to its colour. ``legend``: above the chart."""
    above = alt.Legend(title=None, orient="top", labelColor=TEXT, labelFontSize=13, labelLimit=300)
    scale = alt.Scale(domain=list(colors), range=list(colors.values()))
    return alt.Color(f"{field}:N", sort=list(colors), legend=above if legend else None, scale=scale)
