"""What charts share: axis labels in the theme's text colour, and colours by category."""

from typing import Any

import altair as alt

TEXT = "currentColor"  # follows the theme; Vega's default grey has too little contrast
AXIS: dict[str, Any] = {"labelColor": TEXT, "titleColor": TEXT, "labelFontSize": 13}


def color_by(field: str, colors: dict[str, str], legend: bool = False) -> alt.Color:
    """A colour encoding by category: ``colors`` maps each category to its colour. ``legend``: above the chart."""
    above = alt.Legend(title=None, orient="top", labelColor=TEXT, labelFontSize=13, labelLimit=300)
    scale = alt.Scale(domain=list(colors), range=list(colors.values()))
    return alt.Color(f"{field}:N", sort=list(colors), legend=above if legend else None, scale=scale)
