"""What the chosen layer computes: feature maps or a heat map, and the strongest patches of the chosen unit."""

from functools import partial
from html import escape
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from pages.components import charts, knob_widgets, layout
from pages.components.code_snippets import draw_code_snippets
from pages.components.escape import literal
from pages.components.inside_input import Opened, own_inputs
from pages.components.inside_maps import map_grid
from pages.components.inside_tour import VIEW_CODE
from pages.components.picture_row import WIDTH, draw_row
from pages.components.pins import draw_pin
from zoo.core.images import encode_png
from zoo.core.knobs import parse_knobs
from zoo.core.sounds import Sound, encode_wav
from zoo.exhibits import find_operation
from zoo.exhibits import inside as exhibit
from zoo.exhibits.inside.knobs import ActivationsKnobs, PatchesKnobs
from zoo.exhibits.inside.results import Activations, Patches

DEFAULT_MAPS = parse_knobs(ActivationsKnobs).maps
COLUMNS = 8  # of the sheet that the maps are taken from
WIDE = 180  # pixels of a patch of a sound, whose player is below it
MANY = 64  # positions that a chart draws one by one
TEXT_STYLE = "overflow-wrap:anywhere;margin:0.1rem 0"


def draw_activations(opened: Opened, layer: str, unit: int, below: Any) -> None:
    """The view of a layer's output. ``below``: a container as wide as the page.

    Raises InputError for a unit that the layer does not have.
    """
    maps = int(st.session_state.get("maps", st.query_params.get("maps", DEFAULT_MAPS)))
    result = exhibit.activations_of(opened.card, opened.prepared, layer, maps)
    st.markdown(f"`{result.layer}` · {result.kind} · {_shape(result)} · the {len(result.units)} strongest units")
    if result.values.ndim == 3:
        _draw_maps(result, unit)
        st.caption("Each map is scaled to its own range: dark is its least value, bright its largest. Choose one.")
    else:
        _draw_heat(result)
    _draw_unit(result, unit)
    knob_widgets.knob(ActivationsKnobs, "maps", "maps")
    with st.container(horizontal=True):
        picture, record = find_operation("inside-activations"), partial(encode_png, result.picture)
        layout.download("Maps as PNG", record, "activations.png", "image/png")
        layout.download_record("Statistics as JSON", picture, result)
        place = st.container(width="content")
    settings = {"input": opened.text, "layer": result.layer, "unit": str(unit)}
    knobs = parse_knobs(ActivationsKnobs, model=opened.card.name, layer=result.layer, maps=maps)
    draw_pin("inside", settings, knobs, partial(_draw_pinned, result, unit), row=place)
    with below:
        draw_patches(opened, result.layer, unit)
        draw_code_snippets("inside-activations", {"input": opened.source}, knobs, opened.own, VIEW_CODE)


def _draw_pinned(result: Activations, unit: int) -> None:
    st.markdown(f"{literal(result.model)}, `{result.layer}` · {result.kind} · {_shape(result)}")
    st.image(result.picture, alt=f"What {result.layer} computed, the strongest units first")
    _draw_unit(result, unit)


def choose_unit(number: int) -> None:
    """As a callback: the unit of the page."""
    st.session_state["unit"] = number


def _shape(result: Activations) -> str:
    return " × ".join(map(str, result.shape))


def _draw_maps(result: Activations, unit: int) -> None:
    tile = exhibit.tile_size(*result.values.shape[1:])
    units = [
        (each.unit, f"Unit {each.unit}: from {each.minimum:.3g} to {each.maximum:.3g}, {each.zeros:.0%} zeros")
        for each in result.units
    ]
    map_grid(result.picture, tile, exhibit.GAP, COLUMNS, units, unit, choose_unit)


def _draw_heat(result: Activations) -> None:
    """Units over time or tokens. Of many positions, the picture; of few, a chart that tells each number."""
    if result.values.shape[1] > MANY or (result.values.shape[1] == 1 and len(result.units) > MANY):
        st.image(result.picture, width="stretch", alt="Heat map: a row a unit, time from left to right")
        st.caption(f"A row a unit, the strongest on top; {result.values.shape[1]} time steps from left to right.")
        return
    labels = _labels(result)
    rows = pd.DataFrame(
        [
            {"unit": str(each.unit), "position": label, "activation": float(value)}
            for each, row in zip(result.units, result.values, strict=True)
            for label, value in zip(labels, row, strict=True)
        ]
    )
    axis = alt.Axis(labelAngle=-40, **charts.AXIS)
    chart = (
        alt.Chart(rows)
        .mark_rect()
        .encode(
            x=alt.X("position:N", sort=labels, title="token" if result.tokens else "position", axis=axis),
            y=alt.Y("unit:N", sort=[str(each.unit) for each in result.units], axis=alt.Axis(**charts.AXIS)),
            color=alt.Color("activation:Q", scale=alt.Scale(scheme="redblue", domainMid=0, reverse=True)),
            tooltip=["unit", "position", alt.Tooltip("activation:Q", format=".4g")],
        )
    )
    st.altair_chart(chart.properties(height=14 * len(result.units) + 70), alt=f"Heat map of {result.layer}")


def _labels(result: Activations) -> list[str]:
    """The positions, each with its number: a token may come twice."""
    names = result.tokens or ("",) * result.values.shape[1]
    return [f"{number} {name.strip()}".strip() for number, name in enumerate(names)]


def _draw_unit(result: Activations, unit: int) -> None:
    chosen = next((each for each in result.units if each.unit == unit), None)
    if chosen is None:
        return
    peak = ", ".join(map(str, chosen.peak))
    st.markdown(
        f"**Unit {unit}**: mean {chosen.mean:.3g}, from {chosen.minimum:.3g} to {chosen.maximum:.3g} at position "
        f"({peak}), {chosen.zeros:.0%} of it exactly 0."
    )


def draw_patches(opened: Opened, layer: str, unit: int) -> None:
    """Where the unit is strongest in the bundled examples and in the visitor's uploads."""
    st.markdown(f"**The strongest patches of unit {unit}**")
    count = parse_knobs(PatchesKnobs).count
    with layout.errors_as_sentences(), st.spinner("Computing the examples…", show_time=False):
        result = exhibit.patches_of(opened.card, own_inputs(opened), layer, unit, count)
        if opened.prepared.takes == "text":
            _draw_texts(result)
        else:
            _draw_pictures(result)
        st.caption(_about(result))
        with st.container(horizontal=True):
            layout.download("Patches as PNG", partial(encode_png, result.picture), "patches.png", "image/png")


def _draw_pictures(result: Patches) -> None:
    rows = [
        (exhibit.fitted(patch.picture), literal(f"{patch.source}, {patch.activation:.3g}"), f"Patch of {patch.source}")
        for patch in result.patches
    ]
    sounds = [patch.sound for patch in result.patches]
    draw_row(rows, WIDE if all(sounds) else WIDTH, lambda index: _draw_sound(sounds[index]))


def _draw_sound(sound: tuple[Any, int] | None) -> None:
    if sound is not None:
        samples, rate = sound
        st.audio(encode_wav(Sound(samples, rate)), format="audio/wav")


def _draw_texts(result: Patches) -> None:
    lines = []
    for patch in result.patches:
        before, token, after = map(escape, patch.text)
        lines.append(f'<p style="{TEXT_STYLE}">{patch.activation:.3g}: {before} <mark>{token}</mark> {after}</p>')
    st.html("".join(lines))


def _about(result: Patches) -> str:
    searched = f"From {result.searched} inputs: the bundled examples, your input and your uploads of this session. "
    if not result.field_size:
        return searched + "The marked token is where the unit is strongest."
    size = " × ".join(map(str, result.field_size))
    if result.whole:
        return searched + f"Each output of this layer depends on the whole input ({size})."
    return searched + f"Each is cut to the receptive field, {size}: the part of the input that the number depends on."
