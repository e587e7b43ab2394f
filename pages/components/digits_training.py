"""The part of Digits where a perceptron is trained while one looks on."""

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

from pages.components import charts, knob_widgets, layout, page_state, playback
from pages.components.canvas import canvas
from pages.components.code_snippets import draw_code_snippets
from pages.components.escape import literal
from zoo.core.knobs import parse_knobs
from zoo.exhibits import digits as exhibit
from zoo.exhibits.digits.drawing import ink_of_strokes
from zoo.exhibits.digits.knobs import StudentKnobs, TrainKnobs
from zoo.exhibits.digits.pictures import enlarged, signed, tiles

KEY, TOTAL = "digits-live", 2000
STUDENT, KNOBS = "digits-student", "digits-student-knobs"
WEIGHTS, DECISIONS, SURFACE = "First-layer weights", "Decision map", "Loss surface"
STEEP = 20.0  # of a loss: beside it the others would lie on the axis
SEPARATE = 4  # steps up to which a line is dots
DRAWN = 96  # units whose weights are drawn while it plays


def draw_training() -> None:
    """The knobs, the playback, the curves, and three views of the network."""
    settings = st.container()
    with settings, st.expander("Network and optimiser", icon=":material/tune:"):
        knobs = _choose_knobs()
    training = _training(knobs)
    page_state.remember("view")
    view = st.segmented_control(
        "View",
        [WEIGHTS, DECISIONS, SURFACE],
        default=WEIGHTS,
        required=True,
        key="view",
        bind="query-params",
        label_visibility="collapsed",
        wrap=True,
    )
    playback.draw_playback(
        training,
        KEY,
        lambda: _draw_state(training, str(view)),
        restart=lambda: _restart(knobs),
        kept=[STUDENT, KNOBS],
        total=TOTAL,
    )
    _draw_try(training)
    values = knobs.model_dump() | {"steps": max(training.steps, 1)}
    draw_code_snippets("digits-train", {}, parse_knobs(TrainKnobs, **values))


def _choose_knobs() -> StudentKnobs:
    names = ("layers", "width", "activation", "optimiser", "learning_rate", "batch_size")
    rows = (*st.columns(3), *st.columns(3))
    values = {}
    for column, name in zip(rows, names, strict=True):
        options = {"step": 0.0001, "format": "%.4f"} if name == "learning_rate" else {}
        with column:
            values[name] = knob_widgets.knob(StudentKnobs, name, f"student-{name}", **options)
    return parse_knobs(StudentKnobs, **values)


def _training(knobs: StudentKnobs) -> exhibit.StudentTraining:
    """The visitor's own; another one after the knobs changed."""
    if st.session_state.get(KNOBS) != knobs:
        playback.pause(KEY)
        _restart(knobs)
    training: exhibit.StudentTraining = st.session_state[STUDENT]
    return training


def _restart(knobs: StudentKnobs) -> None:
    st.session_state[STUDENT] = exhibit.live(knobs)
    st.session_state[KNOBS] = knobs


def _draw_state(training: exhibit.StudentTraining, view: str) -> None:
    latest, advice, diverged = training.inspect(
        lambda student: (student.latest, student.advice(), bool(student.diverged))
    )
    if diverged and st.session_state[playback.mode_key(KEY)] != playback.PAUSE:
        playback.pause_within(KEY)
    if advice:
        (st.error if diverged else st.warning)(literal(advice), icon=":material/warning:")
    st.markdown(
        f"**{latest.accuracy:.1%}** of 1,000 digits that it does not learn from are right; loss **{latest.loss:.3f}**"
    )
    left, right = st.columns(2, gap="large")
    with left:
        _draw_curves(training)
    with right:
        {WEIGHTS: _draw_weights, DECISIONS: _draw_decisions, SURFACE: _draw_surface}[view](training)


def _draw_curves(training: exhibit.StudentTraining) -> None:
    record = training.metrics[:: max(1, len(training.metrics) // 200)]
    if not record:
        st.info("Press Play: the weights below begin as noise and become strokes.", icon=":material/play_arrow:")
        return
    rows = pd.DataFrame([{"step": step, **values} for step, values in record])
    losses = rows.melt("step", ["loss", "validation loss"], "of", "value")
    losses["of"] = losses["of"].map({"loss": "training batch", "validation loss": "validation"})
    x = charts.steps_x(record[-1][0])
    points = len(record) < SEPARATE
    y = alt.Y("value:Q", title="cross-entropy", axis=alt.Axis(**charts.AXIS))
    if losses["value"].max() > STEEP:
        y = charts.log_y(losses["value"], "cross-entropy")
    colours = {"training batch": "#8a8a8a", "validation": "#c2410c"}
    loss = (
        alt.Chart(losses)
        .mark_line(point=points)
        .encode(
            x=x,
            y=y,
            color=charts.color_by("of", colours, legend=True),
        )
    )
    accuracy = (
        alt.Chart(rows)
        .mark_line(color="#2166ac", point=points)
        .encode(
            x=x,
            y=alt.Y(
                "validation accuracy:Q",
                title="accuracy",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format="%", **charts.AXIS),
            ),
        )
    )
    st.altair_chart(loss.properties(height=190), alt="Loss by step, of the batches and of the validation digits")
    st.altair_chart(accuracy.properties(height=150), alt="Validation accuracy by step")


def _draw_weights(training: exhibit.StudentTraining) -> None:
    weights = training.inspect(lambda student: student.first_weights())
    st.image(
        enlarged(tiles(signed(weights[:DRAWN]), 12 if len(weights) > 10 else 5), 2),
        width="stretch",
        alt="The weights of the first layer, a picture for each unit",
    )
    more = f" The first {DRAWN} of {len(weights)}." if len(weights) > DRAWN else ""
    st.caption(f"A picture for each unit: ink on blue raises its activation, ink on red lowers it.{more}")


def _draw_decisions(training: exhibit.StudentTraining) -> None:
    answer = training.inspect(exhibit.decision_map)
    x, y = np.meshgrid(answer.x, answer.y)
    step = float(answer.x[1] - answer.x[0]), float(answer.y[1] - answer.y[0])
    cells = pd.DataFrame(
        {
            "x": x.ravel(),
            "x2": x.ravel() + step[0],
            "y": y.ravel(),
            "y2": y.ravel() + step[1],
            "digit": answer.classes.ravel().astype(str),
            "probability": answer.confidence.ravel(),
        }
    )
    points = pd.DataFrame({"x": answer.points[:, 0], "y": answer.points[:, 1], "digit": answer.labels.astype(str)})
    colour = alt.Color(
        "digit:N",
        title="digit",
        scale=alt.Scale(scheme="category10", domain=[str(digit) for digit in range(10)]),
        legend=alt.Legend(orient="right", labelColor=charts.TEXT, titleColor=charts.TEXT),
    )
    ground = (
        alt.Chart(cells)
        .mark_rect()
        .encode(
            x=alt.X("x:Q", title="first principal component", axis=alt.Axis(**charts.AXIS)),
            x2="x2:Q",
            y=alt.Y("y:Q", title="second principal component", axis=alt.Axis(**charts.AXIS)),
            y2="y2:Q",
            color=colour,
            opacity=alt.Opacity("probability:Q", scale=alt.Scale(domain=[0, 1], range=[0.05, 0.55]), legend=None),
        )
    )
    marks = alt.Chart(points).mark_circle(size=28, opacity=1, stroke="white", strokeWidth=0.5)
    st.altair_chart(
        (ground + marks.encode(x="x:Q", y="y:Q", color=colour)).properties(height=360),
        alt="The network's answers over the plane of two principal components, and 300 validation digits",
    )
    st.caption(
        f"Points are digits; the ground is what the network answers for the picture at that place. The plane holds "
        f"{answer.explained:.0%} of the variance of the pixels: the rest is lost here, so digits that lie in one "
        "another's colour on this map may still be told apart."
    )


def _draw_surface(training: exhibit.StudentTraining) -> None:
    if st.session_state.get(playback.mode_key(KEY)) != playback.PAUSE:
        st.info("The surface is computed when the training is paused.", icon=":material/pause:")
        return
    surface = _surface(training)
    x, y = np.meshgrid(surface.positions, surface.positions)
    losses = surface.losses.ravel().clip(1e-6, 1e6)  # a logarithm needs them above zero and finite
    rows = pd.DataFrame({"first": x.ravel().round(2), "second": y.ravel().round(2), "loss": losses})
    chart = (
        alt.Chart(rows)
        .mark_rect()
        .encode(
            x=alt.X("first:O", title="first direction", axis=alt.Axis(values=[-1, -0.5, 0, 0.5, 1], **charts.AXIS)),
            y=alt.Y(
                "second:O",
                title="second direction",
                sort="descending",
                axis=alt.Axis(values=[-1, -0.5, 0, 0.5, 1], **charts.AXIS),
            ),
            color=alt.Color(
                "loss:Q",
                scale=alt.Scale(scheme="viridis", reverse=True, type="log"),
                legend=alt.Legend(title="loss (log scale)", labelColor=charts.TEXT, titleColor=charts.TEXT),
            ),
            tooltip=["first", "second", "loss"],
        )
    )
    st.altair_chart(chart.properties(height=360), alt="The loss over two random directions of the weights")
    st.caption(
        "The loss of 250 training digits around the weights as they are now, at the centre, along two random "
        "directions with the norm of each unit's weights ([Li et al. 2018](https://arxiv.org/abs/1712.09913))."
    )


def _surface(training: exhibit.StudentTraining) -> exhibit.Surface:
    """Computed once for each state of the training."""
    kept = st.session_state.get("digits-surface")
    if kept is None or kept[0] != (id(training), training.steps):
        with st.spinner("Computing the loss at 441 places…"):
            kept = ((id(training), training.steps), training.inspect(exhibit.loss_surface))
        st.session_state["digits-surface"] = kept
    surface: exhibit.Surface = kept[1]
    return surface


@st.fragment
def _draw_try(training: exhibit.StudentTraining) -> None:
    """Draw for the network as it is now, and take it home."""
    with st.expander("Try your network, and keep it", icon=":material/draw:"):
        left, right = st.columns(2, gap="large")
        with left, layout.errors_as_sentences():
            strokes = canvas("digits-try", "Draw a digit for your network")
        with right, layout.errors_as_sentences():
            if strokes:
                row = training.inspect(lambda student: exhibit.student_answer(student, ink_of_strokes(strokes)))
                best = int(row.argmax())
                st.subheader(f"{best}, {row[best]:.0%}", anchor=False)
                rows = pd.DataFrame({"digit": [str(digit) for digit in range(10)], "probability": row})
                chart = alt.Chart(rows).mark_bar(cornerRadius=3)
                axis = alt.Axis(**charts.AXIS)
                st.altair_chart(
                    chart.encode(
                        y=alt.Y("digit:N", title="digit", axis=axis),
                        x=alt.X("probability:Q", title="probability", scale=alt.Scale(domain=[0, 1]), axis=axis),
                    ).properties(height=240),
                    alt=f"Probabilities of your network: {best} has {row[best]:.0%}",
                )
            else:
                st.caption("Its answer is drawn here. It learnt from centred digits alone and knows no other class.")
            layout.download(
                "Weights as safetensors",
                lambda: training.inspect(exhibit.state_of),
                "digits.safetensors",
                "application/octet-stream",
            )
