"""The pictures of the stream above both reconstructions, and how far these are from the pictures."""

from collections.abc import Sequence
from html import escape
from io import BytesIO
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st
from PIL import Image

from pages.components.charts import AXIS, color_by, log_y, steps_x
from pages.components.data_urls import data_url
from zoo.core.plurals import counted
from zoo.exhibits import autoencoder as exhibit
from zoo.exhibits.autoencoder import Errors, Snapshot

PIXEL, PERCEPTUAL = "pixel student", "perceptual student"
COLOURS = {PIXEL: "#d9822b", PERCEPTUAL: "#2b8cbe"}
STYLE = """
<style>
.wall { display: grid; grid-template-columns: 1fr; gap: 0.35rem }
.wall figure { margin: 0 }
.wall figcaption { font-size: 0.85rem; margin-bottom: 0.1rem }
.wall div { display: grid; gap: 3px }
.wall div { grid-template-columns: repeat(auto-fill, minmax(0, calc((100% - 21px) / 8))) }
.wall img { width: 100%; aspect-ratio: 1; display: block; border-radius: 3px }
@media (max-width: 640px) { .wall div { grid-template-columns: repeat(4, 1fr) } }
</style>
"""
SCALE = 2  # times the 64 pixels, so that browsers need not enlarge them roughly


def draw_wall(state: Snapshot) -> None:
    """Three rows: pictures, and the reconstructions by both students."""
    rows = {
        "Pictures": state.pictures,
        "By the pixel student": state.reconstructions[0],
        "By the perceptual student": state.reconstructions[1],
    }
    rows_html = "".join(_figure(title, row) for title, row in rows.items())
    st.html(f'{STYLE}<div class="wall">{rows_html}</div>')


def _figure(title: str, row: Any) -> str:
    images = "".join(
        f'<img src="{picture_url(pixels)}" alt="{escape(title)}, number {number}">'
        for number, pixels in enumerate(row, 1)
    )
    return f"<figure><figcaption>{escape(title)}</figcaption><div>{images}</div></figure>"


def picture_url(pixels: Any) -> str:
    """A picture of (3, 64, 64) uint8, enlarged twice."""
    image = exhibit.to_image(pixels)
    file = BytesIO()
    image.resize((image.width * SCALE, image.height * SCALE), Image.Resampling.BICUBIC).save(file, "WEBP", quality=88)
    return data_url(file.getvalue(), "image/webp")


def sentence(errors: Sequence[Errors], steps: int) -> str:
    """The answer: which student is nearer to the pictures as people see them."""
    pixel, perceptual = (each.distance for each in errors)
    difference = 1 - perceptual / max(pixel, 1e-9)
    compared = f"**{abs(difference):.0%} {'lower' if difference >= 0 else 'higher'}**"
    return (
        f"After {counted(steps, 'step')}, the perceptual student's distance from the pictures is **{perceptual:.3f}**, "
        f"{compared} than the pixel student's {pixel:.3f}."
    )


def draw_curves(metrics: Sequence[tuple[int, Any]], history: Sequence[tuple[int, tuple[Errors, ...]]]) -> None:
    """Losses by step, and the perceptual distance of both students by step."""
    losses = [
        {"step": step, "student": name, "value": values[key]}
        for step, values in metrics
        for name, key in ((PIXEL, "pixel"), (PERCEPTUAL, "perceptual"))
    ]
    distances = [
        {"step": step, "student": f"{error.student} student", "value": error.distance}
        for step, errors in history
        for error in errors
    ]
    left, right = st.columns(2, gap="medium")
    with left:
        _chart(distances, "perceptual distance")
    if losses:
        with right:
            _chart(losses, "loss on the batch", log=True)


def _chart(rows: list[dict[str, Any]], title: str, log: bool = False) -> None:
    frame = pd.DataFrame(rows, columns=["step", "student", "value"])
    y = alt.Y("value:Q", title=title, scale=alt.Scale(zero=False), axis=alt.Axis(**AXIS))
    chart = (
        alt.Chart(frame)
        .mark_line(point=len(rows) < 4)
        .encode(
            x=steps_x(int(frame["step"].max())),
            y=log_y(frame["value"], title) if log else y,
            color=color_by("student", COLOURS, legend=True),
            tooltip=["step:Q", "student:N", alt.Tooltip("value:Q", format=".4f")],
        )
        .properties(height=210)
    )
    st.altair_chart(chart, width="stretch")
