"""The classes of a sound model as a map, on which the sound that is classified shows by the size of the points."""

from collections.abc import Callable, Mapping

import altair as alt
import pandas as pd
import streamlit as st

from pages.components import charts, layout
from pages.components.code_snippets import draw_code_snippets, source_of
from pages.components.escape import literal
from pages.components.input_picker import Recording
from pages.components.model_titles import model_title
from pages.components.sound_timeline import CATEGORY_COLORS, OTHER_COLOR
from zoo.core.sounds import Sound
from zoo.exhibits import find_operation
from zoo.exhibits import sound as exhibit
from zoo.exhibits.sound.knobs import MapKnobs
from zoo.exhibits.sound.results import ClassMap

KEY, CLICK = "class-map", "class"
WIDE, MANY = 640, 100  # pixels from which, and classes up to which, all labels are written
LISTED = 0.02  # the probability from which a label is written in any case
HEIGHT = 520  # pixels
SMALLEST, LARGEST = 70, 1800  # square pixels of a point
HIDDEN = alt.Axis(labels=False, ticks=False, title=None, grid=False, domain=False)
SWATCH = "display:inline-block;width:0.7rem;height:0.7rem;border-radius:50%;margin-right:0.35rem"
LEGEND = (  # the chart's own is truncated on a phone
    "<div style='display:flex;flex-wrap:wrap;gap:0.1rem 1rem;font-size:0.85rem'>"
    + "".join(
        f"<span><i style='{SWATCH};background:{color}'></i>{name}</span>" for name, color in CATEGORY_COLORS.items()
    )
    + "</div>"
)


@st.cache_data(max_entries=100, show_spinner="Placing the classes…")
def class_map(key: str, knobs: MapKnobs, _sound: Sound) -> ClassMap:
    return exhibit.class_map(_sound, knobs)


def draw_map(result: ClassMap, selected: str | None, choose: Callable[[str], None]) -> None:
    """The map, with a ring around the ``selected`` class. ``choose`` is called with the label that is clicked."""

    turn = st.session_state.setdefault(f"{KEY} turn", 0)
    key = f"{KEY}-{turn}"

    def clicked() -> None:
        points = st.session_state[key]["selection"].get(CLICK, [])
        st.session_state[f"{KEY} turn"] = turn + 1  # a new chart: in the old one a second click on a point is none
        if points:
            choose(str(points[0]["class"]))

    coloured = any(one.category for one in result.classes)
    if coloured:
        st.html(LEGEND)
    st.altair_chart(
        map_chart(map_rows(result, selected), coloured),
        key=key,
        on_select=clicked,
        selection_mode=CLICK,
        alt=in_words(result),
    )
    confused = ", and it confuses them more often than others" if coloured else ""  # measured for ESC-50's classes
    st.caption(
        f"Close classes have similar weights in the last layer of {literal(model_title(result.model))}: the same "
        f"features raise both{confused}. t-SNE of the cosine distance: axes and large distances mean nothing. A larger "
        "point is a more probable class for the sound above. A click on a point chooses the class in the list."
    )


def map_rows(result: ClassMap, selected: str | None) -> pd.DataFrame:
    """A row a class. ``written``: whether its label stands on a narrow map too."""
    rows = pd.DataFrame(
        {
            "class": one.label,
            "category": one.category,
            "x": one.x,
            "y": one.y,
            "probability": one.probability or 0.0,
            "similar": ", ".join(one.nearest[:3]),
            "selected": one.label == selected,
        }
        for one in result.classes
    )
    best = rows["probability"].rank(ascending=False, method="first") <= (len(rows) if len(rows) <= MANY else 1)
    rows["written"] = (best & (rows["probability"] >= LISTED)) | rows["selected"]
    return rows


def map_chart(rows: pd.DataFrame, coloured: bool) -> alt.LayerChart:
    scale = alt.Scale(domain=[-1.12, 1.12], nice=False)
    base = alt.Chart(rows).encode(x=alt.X("x:Q", scale=scale, axis=HIDDEN), y=alt.Y("y:Q", scale=scale, axis=HIDDEN))
    tooltip = [
        "class:N",
        *(["category:N"] if coloured else []),
        alt.Tooltip("probability:Q", format=".1%"),
        "similar:N",
    ]
    size = alt.Size("probability:Q", scale=alt.Scale(domain=[0, 1], range=[SMALLEST, LARGEST]), legend=None)
    opacity = alt.Opacity("probability:Q", scale=alt.Scale(domain=[0, 1], range=[0.75, 0.95], type="sqrt"), legend=None)
    colors: Mapping[str, str] = CATEGORY_COLORS if coloured else {"": OTHER_COLOR}
    click = alt.selection_point(name=CLICK, fields=["class"], on="click", nearest=False)
    points = base.mark_circle(cursor="pointer").encode(
        size=size,
        opacity=opacity,
        color=charts.color_by("category", dict(colors)),
        tooltip=tooltip,
        order=alt.Order("probability:Q", sort="descending"),
    )
    ring = base.transform_filter("datum.selected").mark_point(size=420, strokeWidth=3, color=charts.TEXT, filled=False)
    everywhere = "true" if len(rows) <= MANY else "false"
    above = {"expr": f"-8 - sqrt({LARGEST} * datum.probability) / 2"}  # the point, whose area is its probability
    labels = base.mark_text(dy=above, fontSize=11, color=charts.TEXT).encode(
        text="class:N",
        opacity=alt.condition(f"datum.written || ({everywhere} && width > {WIDE})", alt.value(1), alt.value(0)),
    )
    return (points.add_params(click) + ring + labels).properties(height=HEIGHT)


def in_words(result: ClassMap) -> str:
    ranked = sorted(result.classes, key=lambda one: -(one.probability or 0.0))[:3]
    best = ", ".join(f"{one.label} {one.probability:.0%}" for one in ranked if one.probability is not None)
    sound = f"The sound: {best}." if best else "The sound is too quiet to classify."
    return f"Map of the {len(result.classes)} classes, similar ones close to each other; they are listed below. {sound}"


def draw_map_downloads(result: ClassMap, recording: Recording, knobs: MapKnobs) -> None:
    with st.container(horizontal=True):
        layout.download("Map as CSV", lambda: exhibit.map_csv(result), "sound-map.csv", "text/csv")
        layout.download_record("Map as JSON", find_operation("sound-map"), result)
    source, own = source_of(recording, "sound.wav"), {"sound.wav": recording}
    draw_code_snippets("sound-map", {"sound": source}, knobs, own, "Make the map from code")
