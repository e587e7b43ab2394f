"""The probability of the clip's class over the range of one knob that bends it."""

import altair as alt
import pandas as pd
import streamlit as st

from pages.components import charts, knob_widgets, layout, page_state
from pages.components.code_snippets import draw_code_snippets, source_of
from pages.components.input_picker import Recording
from pages.components.model_titles import model_title
from zoo.core.knobs import parse_knobs
from zoo.core.sounds import Sound
from zoo.exhibits import find_operation
from zoo.exhibits import sound as exhibit
from zoo.exhibits.sound.knobs import BendCurveKnobs, BendKnobs
from zoo.exhibits.sound.results import BendCurve

LABELS = {
    name: str(BendKnobs.model_fields[name].title)
    for name in ("speed", "pitch", "reverb", "snr", "high_pass", "low_pass")
}
COLORS = ["#0F6B5C", "#C17C00", "#2F6FA3", "#A63D57"]
WIDE = 560  # pixels from which classes are written beside the points
PERCENT = alt.Axis(format="%", grid=False, values=[0, 0.5, 1], title="probability", **charts.AXIS)


@st.cache_data(max_entries=50, show_spinner="Bending and classifying nine times…")
def bend_curve(key: str, knobs: BendCurveKnobs, _sound: Sound) -> BendCurve:
    return exhibit.bend_curve(_sound, knobs)


def draw_curve(recording: Recording, knobs: BendKnobs) -> None:
    """A toggle, and the curve: it takes nine predictions by each model."""
    page_state.remember("curve")
    text = "Classifies the clip at about nine values of one knob. The others stay as they are."
    if not st.toggle("Draw the probability over one knob", key="curve", help=text, bind="query-params"):
        return
    over = knob_widgets.knob(BendCurveKnobs, "over", "over", labels=LABELS)
    chosen = parse_knobs(BendCurveKnobs, over=over, **knobs.model_dump())
    result = bend_curve(recording.key, chosen, recording.sound)
    st.altair_chart(curve_chart(result), alt=in_words(result))
    st.caption(
        "The probability of the class that is the most probable without any effect. Beside a point: the most probable "
        "class there, where it is another one."
    )
    with st.container(horizontal=True):
        layout.download("Curve as CSV", lambda: exhibit.curve_csv(result), "sound-bend-curve.csv", "text/csv")
        layout.download_record("Curve as JSON", find_operation("sound-bend-curve"), result)
    source, own = source_of(recording, "sound.wav"), {"sound.wav": recording}
    draw_code_snippets("sound-bend-curve", {"sound": source}, chosen, own, "Compute the curve from code")


def curve_chart(result: BendCurve) -> alt.LayerChart:
    """A line a model over the values, evenly spaced; windows that are too quiet are left out."""
    rows = pd.DataFrame(
        {
            "value": f"{value:g}",
            "model": f"{model_title(line.model)}: {line.label}",
            "probability": probability,
            "most probable": best,
            "other": best if best != line.label else "",
        }
        for line in result.lines
        for value, probability, best in zip(result.values, line.probabilities, line.best, strict=True)
        if probability is not None
    )
    title = f"{LABELS[result.over].lower()} ({result.unit})"
    axis = alt.Axis(title=title, labelAngle=0, grid=False, **charts.AXIS)
    colors = dict(zip(dict.fromkeys(rows["model"]), COLORS, strict=False))
    base = alt.Chart(rows).encode(
        x=alt.X("value:O", sort=[f"{value:g}" for value in result.values], axis=axis),
        y=alt.Y("probability:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=PERCENT),
    )
    tooltip = ["value:N", alt.Tooltip("probability:Q", format=".1%"), "most probable:N"]
    line = base.mark_line(point=alt.OverlayMarkDef(size=60), strokeWidth=3)
    line = line.encode(color=charts.color_by("model", colors, legend=True), tooltip=tooltip)
    words = base.mark_text(dy=-14, fontSize=12, color=charts.TEXT, limit=110).encode(
        text="other:N", opacity=alt.condition(f"width > {WIDE}", alt.value(1), alt.value(0))
    )
    return (line + words).properties(height=240)


def in_words(result: BendCurve) -> str:
    """The curve for those who do not see it."""
    lines = []
    for line in result.lines:
        points = [
            f"{value:g} {result.unit} {'too quiet' if probability is None else f'{probability:.0%}'}"
            for value, probability in zip(result.values, line.probabilities, strict=True)
        ]
        lines.append(f"{model_title(line.model)}, {line.label}: {', '.join(points)}")
    return f"Probability over {LABELS[result.over].lower()}. {'. '.join(lines)}"
