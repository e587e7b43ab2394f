"""Look inside: the layers of any network with their costs, and what each computes on the visitor's own input."""

from functools import partial
from typing import Any

import streamlit as st

from pages.components import inside_tour as tour
from pages.components import knob_widgets, layout
from pages.components.code_snippets import draw_code_snippets
from pages.components.inside_activations import draw_activations
from pages.components.inside_arithmetic import draw_arithmetic
from pages.components.inside_costs import draw_flame, draw_statistics, draw_training
from pages.components.inside_input import Opened, choose_input, choose_model, choose_published, draw_own
from pages.components.inside_tree import layer_tree, short, size_of
from pages.components.page_state import drop_unless, remember
from zoo.core.knobs import parse_knobs
from zoo.exhibits import find_operation
from zoo.exhibits import inside as exhibit
from zoo.exhibits.inside.knobs import LayersKnobs, UnitKnobs
from zoo.exhibits.inside.results import Layers, layers_csv

HOW = """
A network is a tree of **modules**. While your input passes through it, hooks note what each module returns, how long
it took, how many multiply-accumulate operations (**MACs**) it computed, and how much memory its results took.

- A **feature map** is what one channel of a convolution computes at every position of a picture. Units of networks for
  text have one number a token instead.
- The **receptive field** of a number is the part of the input that it depends on. It is followed exactly, through every
  operation of the network; a strongest patch is cut to it.
- A unit is **dead** when it is above zero nowhere on any of the examples: a ReLU behind it passes nothing on.
- The **flame graph** is one prediction under [PyTorch's profiler](https://docs.pytorch.org/docs/stable/profiler.html).
- **Gradient checkpointing** ([Chen et al. 2016](https://arxiv.org/abs/1604.06174)) keeps less for the backward pass and
  computes it again.

The idea of a kernel that slides over its input with its arithmetic written out is that of CNN Explainer
([Wang et al. 2020](https://arxiv.org/abs/2004.15004)), which shows one fixed network.
"""


@st.cache_data(max_entries=50, show_spinner="Measuring the layers…")
def layers(model: str, key: str, repetitions: int, _opened: Opened) -> Layers:
    return exhibit.layers_of(_opened.card, _opened.prepared, repetitions)


def choose_layer(name: str) -> None:
    """As a callback. Another layer has other units."""
    st.session_state["layer"] = name
    forget_unit()


def draw_summary(result: Layers) -> None:
    """The totals in a line, before everything else."""
    whole = result.rows[0]
    gpu = f" · {size_of(result.gpu_peak_bytes)} at most on the GPU" if result.gpu_peak_bytes is not None else ""
    st.markdown(
        f"**{short(whole.parameters)} parameters · {short(whole.macs)} MACs · {whole.milliseconds:.1f} ms · "
        f"{size_of(whole.bytes)} of results** for {result.input}, on {result.device}{gpu}",
        help="Parameters: numbers that training sets. MACs: multiply-accumulate operations, each a product of two "
        "numbers that is added to a sum. Results: the bytes of all tensors that the operations made.",
    )


def draw_layers(opened: Opened, result: Layers) -> tuple[str, int]:
    """The tree with its downloads; the chosen layer and unit."""
    names = [row.name for row in result.rows if row.name and row.calls and row.output]
    first = exhibit.activations_of(opened.card, opened.prepared, "", 1).layer
    drop_unless("layer", names)
    if "layer" not in st.session_state and st.query_params.get("layer") not in names:
        st.session_state["layer"] = first
    layer_tree(result, st.session_state.get("layer", st.query_params.get("layer", first)), choose_layer)
    place, number = st.columns([2, 1])
    with place:
        layer = str(knob_widgets.knob(UnitKnobs, "layer", "layer", options=names, on_change=forget_unit))
    with number:
        unit = choose_unit(opened, layer)
    with st.container(horizontal=True):
        layout.download("Layers as CSV", partial(layers_csv, result), "inside.csv", "text/csv")
        layout.download_record("Layers as JSON", find_operation("inside"), result)
        layout.link_to_here(opened.chosen)
    return layer, unit


def forget_unit() -> None:
    """As a callback: of the next layer the strongest unit is chosen. A bound parameter cannot be deleted."""
    st.session_state["inside-forget-unit"] = True


def choose_unit(opened: Opened, layer: str) -> int:
    """The number of a unit of the layer: other layers have fewer."""
    result = exhibit.activations_of(opened.card, opened.prepared, layer, 1)
    total, strongest = result.total, result.units[0].unit
    remember("unit")
    undecided = "unit" not in st.session_state and "unit" not in st.query_params
    if st.session_state.pop("inside-forget-unit", False) or undecided or st.session_state.get("unit", 0) >= total:
        st.session_state["unit"] = strongest
    described = str(UnitKnobs.model_fields["unit"].description)
    number = st.number_input(
        f"Unit (0 to {total - 1:,})", 0, total - 1, 0, key="unit", bind="query-params", help=described
    )
    if number != strongest:  # it stays chosen for another input
        st.caption(f"The strongest here is unit {strongest}.")
    return int(number)


def choose_view() -> str:
    """One of the five views."""
    remember("view")
    drop_unless("view", tour.VIEWS)
    options = {"key": "view", "bind": "query-params", "label_visibility": "collapsed"}
    return str(st.segmented_control("View", tour.VIEWS, default=tour.VIEWS[0], required=True, **options, wrap=True))


def draw_view(opened: Opened, view: str, layer: str, unit: int, below: Any) -> None:
    """The view, about the chosen unit or the whole network. ``below``: a container as wide as the page."""
    with layout.errors_as_sentences():
        if view == tour.ACTIVATIONS:
            draw_activations(opened, layer, unit, below)
        elif view == tour.ARITHMETIC:
            draw_arithmetic(opened, layer, unit, below)
        elif view == tour.STATISTICS:
            draw_statistics(opened)
        elif view == tour.FLAME:
            draw_flame(opened)
        else:
            draw_training(opened)


layout.header("inside")
stop = tour.take_stop()
with st.container(horizontal=True, vertical_alignment="bottom"):
    card = choose_model()
    tour.draw_menu()
    choose_published()
tour.draw_stop(stop)
with layout.errors_as_sentences():
    opened = choose_input(card)
    result = layers(opened.card.name, opened.key, parse_knobs(LayersKnobs).repetitions, opened)
    with st.container(horizontal=True, vertical_alignment="center"):
        draw_own(opened)
        draw_summary(result)
    view = choose_view()
    if view in tour.OF_A_UNIT:
        left, right = st.columns([1.15, 1], gap="medium")
    else:  # as wide as the page
        right, left = st.container(), st.container()
    below = st.container()
    with left:
        layer, unit = draw_layers(opened, result)
    with right:
        draw_view(opened, view, layer, unit, below)
    draw_code_snippets("inside", {"input": opened.source}, parse_knobs(LayersKnobs, model=card.name), opened.own)

layout.how_it_works(HOW)
with st.expander("The model", icon=":material/account_tree:"):
    layout.model_facts(card)
