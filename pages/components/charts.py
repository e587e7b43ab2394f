"""What charts share: ink that follows the theme, and colours by category."""

from typing import Any

import altair as alt

TEXT = "currentColor"  # Vega's own grey is too pale, and this follows the theme
INK: dict[str, Any] = {"labelColor": TEXT, "titleColor": TEXT, "labelFontSize": 13}


def color_by(field: str, colors: dict[str, str], legend: bool = False) -> alt.Color:
    """Marks coloured by category; with a ``legend`` above the chart where axes and labels do not name it."""
    drawn = alt.Legend(title=None, orient="top", labelColor=TEXT, labelFontSize=13, labelLimit=300)
    scale = alt.Scale(domain=list(colors), range=list(colors.values()))
    return alt.Color(f"{field}:N", sort=list(colors), legend=drawn if legend else None, scale=scale)
