"""The arithmetic of one number: where the kernel lies, what it multiplies, and how the products add up."""

from html import escape
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from pages.components import layout
from pages.components.code_snippets import draw_code_snippets
from pages.components.data_urls import data_url
from pages.components.inside_input import Opened
from pages.components.inside_kernel import kernel_view
from pages.components.inside_tour import VIEW_CODE
from zoo.core.images import encode_png
from zoo.core.knobs import parse_knobs
from zoo.exhibits import find_operation
from zoo.exhibits import inside as exhibit
from zoo.exhibits.inside.knobs import ArithmeticKnobs
from zoo.exhibits.inside.results import Arithmetic, Part

WRITTEN = 3  # parts whose products are written out
MAX_CELLS = 121  # of a kernel that is written out
STYLE = """
<style>
.arithmetic { container-type: inline-size }
.sums { display: flex; align-items: center; gap: 0.5rem; font-variant-numeric: tabular-nums; font-size: 0.78rem;
  margin: 0.5rem 0; overflow-x: auto }
.sums > * { flex: none }
.sums > span { display: flex; align-items: center; gap: 0.5rem }
.sums > .label { min-width: 4.5rem }
@container (max-width: 44rem) { .sums { flex-direction: column; align-items: flex-start } }
.sums table { border-collapse: collapse }
.sums td { border: 1px solid color-mix(in srgb, currentColor 30%, transparent); padding: 1px 5px; text-align: right }
.sums b { font-size: 0.95rem }
</style>
"""


def draw_arithmetic(opened: Opened, layer: str, unit: int, below: Any) -> None:
    """The view of one number of the unit's output, at the position of the sliders.

    ``below``: a container in which two tables of numbers have room side by side.
    """
    size = _positions(opened, layer)
    with st.container(horizontal=True):
        row = _slider("row", "Row" if len(size) > 1 else "Position", size[0])
        column = _slider("column", "Column", size[1]) if len(size) > 1 else 0
    knobs = parse_knobs(ArithmeticKnobs, model=opened.card.name, layer=layer, unit=unit, row=row, column=column)
    result = exhibit.arithmetic_of(opened.card, opened.prepared, layer, unit, row, column)
    st.markdown(f"`{result.layer}`, unit {unit}: **{result.formula}**")
    if result.input_map is not None and result.window:
        kernel_view(_geometry(result), _move)
    _draw_total(result)
    if result.settings:
        st.caption("; ".join(f"{name} {value}" for name, value in result.settings.items()))
    layout.download_record("Arithmetic as JSON", find_operation("inside-arithmetic"), result)
    below.html(STYLE + _written(result))
    draw_code_snippets("inside-arithmetic", {"input": opened.source}, knobs, opened.own, VIEW_CODE)


def _positions(opened: Opened, layer: str) -> tuple[int, ...]:
    shape = exhibit.activations_of(opened.card, opened.prepared, layer, 1).values.shape[1:]
    return tuple(int(each) for each in shape)


def _slider(key: str, label: str, size: int) -> int:
    """A position within the map of the layer: another layer has another size."""
    if size < 2:
        return 0
    if st.session_state.get(key, 0) >= size:
        st.session_state[key] = size - 1
    help_text = str(ArithmeticKnobs.model_fields[key].description)
    return int(st.slider(label, 0, size - 1, size // 2, key=key, bind="query-params", help=help_text))


def _move(row: int, column: int) -> None:
    st.session_state["row"], st.session_state["column"] = row, column


def _geometry(result: Arithmetic) -> dict[str, object]:
    """For the component: two axes always; of sounds the rows are one."""
    settings = {name: [int(each) for each in result.settings[name].split(" × ")] for name in NAMES}
    one = len(result.position) == 1
    position = [0, result.position[0]] if one else list(result.position)
    padded = {name: [NEUTRAL[name], *values] if one else values for name, values in settings.items()}
    pad = max(padded["padding"])
    return {
        "position": position,
        "kernel": padded["kernel"],
        "stride": padded["stride"],
        "before": padded["padding"],
        "dilation": padded["dilation"],
        "transposed": "transposed" in result.settings,
        "input": _map(result.input_map, pad if pad <= 8 else 0),
        "output": _map(result.output_map, 0),
        "inputText": f"Input: {result.parts[0].label}, the strongest part" if result.parts else "Input",
        "outputText": f"Output: unit {result.unit}",
    }


NAMES = ("kernel", "stride", "padding", "dilation")
NEUTRAL = {"kernel": 1, "stride": 1, "padding": 0, "dilation": 1}


def _map(values: np.ndarray, pad: int) -> dict[str, object]:
    """A map as a picture; a row of time steps is drawn as high as it can be seen."""
    rows = np.atleast_2d(values)
    picture = Image.fromarray(exhibit.colours(exhibit.scaled(rows[None])[0]))
    return {
        "url": data_url(encode_png(picture, compress_level=1), "image/png"),
        "width": picture.width,
        "height": picture.height,
        "pad": pad,
    }


def _written(result: Arithmetic) -> str:
    """The strongest parts, each as a table of inputs times a table of weights."""
    written = "".join(_part(part) for part in result.parts[:WRITTEN])
    return f'<div class="arithmetic" role="math" aria-label="{escape(result.formula)}">{written}</div>'


def _part(part: Part) -> str:
    label = f'<span class="label">{escape(part.label)}:</span>'
    total = f"<span>= <b>{part.total:.4g}</b></span>"
    if np.asarray(part.inputs).size > MAX_CELLS:
        products = f"the sum of {np.asarray(part.inputs).size} products"
        return f'<div class="sums">{label}<span>{products}</span>{total}</div>'
    inputs, weights = _table(part.inputs), _table(part.weights)
    return f'<div class="sums">{label}{inputs}<span>× {weights}</span>{total}</div>'


def _table(values: np.ndarray) -> str:
    rows = np.atleast_2d(np.asarray(values))
    cells = ("".join(f"<td>{_number(float(value))}</td>" for value in row) for row in rows)
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"


def _number(value: float) -> str:
    return "padding" if np.isinf(value) else f"{value:.3g}"


def _draw_total(result: Arithmetic) -> None:
    """bias + parts + rest = what the network computed."""
    first = [f"{part.total:.4g}" for part in result.parts[:WRITTEN]]
    others = result.computed - result.bias - sum(part.total for part in result.parts[:WRITTEN])
    terms = [f"bias {result.bias:.4g}", *first]
    if result.part_count > WRITTEN:
        terms.append(f"{result.part_count - WRITTEN} others {others:.4g}")
    equal = f"{' + '.join(terms)} = **{result.computed:.6g}**"
    st.markdown(f"{equal}  \nThe network's own output there: **{result.output:.6g}**")
