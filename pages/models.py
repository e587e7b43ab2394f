"""Models: the dashboard. Every model with its facts, costs on this machine, layers and papers; the live runtime."""

from collections.abc import Callable

import streamlit as st

from pages.components import layout
from pages.components.code_snippets import draw_code_snippets
from pages.components.models_learning import draw_choice, draw_family
from pages.components.models_one import draw_one
from pages.components.models_runtime import draw_runtime
from pages.components.models_table import draw_all
from zoo.core.knobs import Knobs
from zoo.exhibits.models.knobs import ChooseKnobs, FactsKnobs, LineageKnobs, ModelKnobs

HOW = """
**Metrics** come from the models' cards, with the data that they were measured on. *Here* means measured in this
project, *published* stated by the publisher, *given* stated by the owner of a hub repository. Metrics on different data
cannot be compared.

**MACs** are multiply-accumulate operations of one forward pass: half of the floating-point operations of its matrix
products and convolutions, on an input of the model's own size. **Latency** is the time of one forward pass on this
machine, without decoding the input: p50 is the median, and 95 of 100 calls take less than p95. Batches give
more inputs a second where the device has units to spare. What an architecture costs in theory and what it takes on a
machine differ: [Dehghani et al. 2021](https://arxiv.org/abs/2110.12894).

A measurement has rounds of calls until two in a row differ by at most 10%. Where that does not happen, the entry is
marked *machine busy*: measure again when less is going on.
"""

VIEWS: dict[str, tuple[Callable[[], None], str, type[Knobs]]] = {
    "All models": (draw_all, "models-facts", FactsKnobs),
    "One model": (draw_one, "models-card", ModelKnobs),
    "Which for my task?": (draw_choice, "models-choose", ChooseKnobs),
    "Papers and family": (draw_family, "models-lineage", LineageKnobs),
    "Runtime": (draw_runtime, "models-memory", ModelKnobs),
}

layout.header("models")
view = st.segmented_control(
    "View",
    list(VIEWS),
    default="All models",
    required=True,
    key="view",
    bind="query-params",
    label_visibility="collapsed",
    wrap=True,
)
draw, command, kind = VIEWS[view]
with layout.errors_as_sentences():
    draw()
layout.how_it_works(HOW)
chosen = {"model": st.session_state["model"]} if "model" in kind.model_fields and st.session_state.get("model") else {}
draw_code_snippets(command, {}, kind(**chosen))
