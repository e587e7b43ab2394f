"""One model: facts, card, layers, where it is used, its folder, and fetching or removing an official one."""

from collections.abc import Callable
from functools import partial
from html import escape

import pandas as pd
import streamlit as st

from pages.components import layout
from pages.components.actions import attempt
from pages.components.escape import literal
from pages.components.job_progress import finished, start_job
from pages.components.models_data import label, link_to_page, listed, megabytes
from pages.components.models_measure import draw_progress, start
from pages.components.workspaces import workspace
from zoo.core.knobs import parse_knobs
from zoo.exhibits import find_exhibit
from zoo.exhibits import models as exhibit
from zoo.exhibits.models.knobs import ModelKnobs
from zoo.exhibits.models.results import Facts, Layer, LayerTree

FETCH = "fetch-job"
STYLE = """
<style>
.layers { font-size: 0.85rem; overflow-x: auto }
.layers details, .layers .leaf { padding-left: 1.1rem }
.layers summary { cursor: pointer; margin-left: -1.1rem; padding-left: 0.2rem }
.layers .row { display: inline-grid; grid-template-columns: minmax(9rem, 14rem) 11rem 9rem 7rem; gap: 0.6rem }
.layers .row > :last-child { text-align: right; font-variant-numeric: tabular-nums }
.layers code { overflow-wrap: anywhere }
</style>
"""


def draw_one() -> None:
    """The view of one model."""
    models = {model.name: model for model in listed().models}
    names = list(models)
    linked = st.query_params.get("model", "")
    if linked and linked not in models:
        with layout.errors_as_sentences():
            models[linked] = exhibit.card_facts(knobs=parse_knobs(ModelKnobs, model=linked))
            names.append(linked)
    # A bound select box would write into the URL what it draws, the title of an own model.
    if "model" not in st.session_state and linked in models:
        st.session_state["model"] = linked
    name = st.selectbox("Model", names, format_func=lambda each: label(models[each]), key="model")
    if name == names[0]:
        st.query_params.pop("model", None)
    elif name != linked:
        st.query_params["model"] = name
    model = models[name]
    draw_facts(model)
    with st.container(horizontal=True):
        for each in model.used_by:
            link_to_page(each, [model.name], f"Try it: {find_exhibit(each).title}")
    draw_files(model)
    draw_measured(model)
    if model.on_this_machine:
        draw_layers(model)
    draw_card(model)


def draw_facts(model: Facts) -> None:
    """Badges, and a table of what there is to know."""
    st.subheader(literal(model.title), anchor=False)
    with st.container(horizontal=True, gap="small"):
        st.badge(literal(model.restriction), icon=":material/gavel:", color="orange")
        st.badge(f"weights {literal(model.weights or 'not told')}", icon=":material/history_edu:", color="blue")
        st.badge(model.source if model.on_this_machine else f"{model.source}, to be fetched", color="gray")
    facts = {
        "Task": model.task,
        "Architecture": model.architecture,
        "Parameters": f"{model.parameters:,}",
        "On disk": f"{megabytes(model.size_bytes)}{f', as {model.dtype}' if model.dtype else ''}",
        "Licence of the weights": model.licence,
        "Trained on": "; ".join(f"{data.name} ({data.licence})" for data in model.training_data),
        "Papers and sources": model.citation,
    }
    if model.costs:
        facts["One forward pass"] = f"{model.costs.macs / 1e9:.3f} G MACs for {model.costs.input}"
        facts["In memory"] = megabytes(model.costs.memory_bytes)
    for metric in model.metrics:
        facts[f"{metric.name} ({metric.provenance})"] = f"{metric.text} on {metric.dataset}"
    st.table(pd.DataFrame({"value": facts.values()}, index=list(facts)))


def draw_files(model: Facts) -> None:
    """The folder as a zip file; fetching with the size first, and removing."""
    owner = workspace().owner
    knobs = parse_knobs(ModelKnobs, model=model.name)
    may_control = exhibit.may_control(owner)
    with st.container(horizontal=True):
        if model.on_this_machine:
            name = f"{model.name.partition('@')[0].rpartition('/')[2]}.zip"
            data = partial(archived, model.name)
            layout.download("Its folder as a zip file", data, name, "application/zip")
        elif may_control:
            fetch = partial(start_job, FETCH, partial(exhibit.fetch, knobs=knobs, owner=owner), title="models-fetch")
            button(f"Fetch {megabytes(model.size_bytes)}", ":material/cloud_download:", f"fetch-{model.name}", fetch)
        removable = model.on_this_machine and (model.source == "own" or (model.source != "bundled" and may_control))
        if removable:
            remove = partial(exhibit.remove, knobs=knobs, owner=owner)
            button("Remove from this machine", ":material/delete:", f"remove-{model.name}", remove)
    job = st.session_state.get(FETCH)
    if job is not None and finished(job):
        del st.session_state[FETCH]
        st.rerun()


def button(text: str, icon: str, key: str, action: Callable[[], object]) -> None:
    st.button(text, icon=icon, key=key, on_click=attempt, args=[action])


def archived(name: str) -> bytes:
    return bytes(exhibit.archive(knobs=parse_knobs(ModelKnobs, model=name)).data)


def draw_measured(model: Facts) -> None:
    """What was measured here, by device, and the button that measures it again."""
    st.markdown("**Measured on this machine**")
    if model.measured:
        rows = {
            each.device: {
                "load": f"{each.load_ms:.0f} ms",
                "first call": f"{each.first_ms:.1f} ms",
                "p50": f"{each.p50_ms:.2f} ms",
                "p95": f"{each.p95_ms:.2f} ms",
                "batch 1": f"{each.per_second_1:.1f} a second",
                "batch 8": f"{each.per_second_8:.1f} a second",
                "weights in memory": megabytes(each.memory_bytes),
                "more at batch 8": "not known" if each.peak_bytes is None else megabytes(each.peak_bytes),
                "input": each.input,
                "date": each.date,
                "in doubt": "machine busy" if each.busy else "",
            }
            for each in model.measured
        }
        st.table(pd.DataFrame(rows))
    else:
        st.caption("Not yet.")
    if model.on_this_machine and exhibit.may_control(workspace().owner):
        start("Measure it", [model.name], "measure-one")
    draw_progress()


@st.cache_data(max_entries=50, show_spinner="Tracing the layers…")
def layers(name: str) -> LayerTree:
    return exhibit.layers(knobs=parse_knobs(ModelKnobs, model=name))


@st.fragment
def draw_layers(model: Facts) -> None:
    """The tree of layers, once it is asked for: that loads the model."""
    if not st.toggle("Layers", key="layers", bind="query-params"):
        return
    with layout.errors_as_sentences():
        tree = layers(model.name)
        st.caption(
            f"Shapes for {tree.input}: {tree.macs / 1e9:.3f} G multiply-accumulates. Each line has the name, the type, "
            "the shape of the output and the parameters; a module with others in it opens."
        )
        st.html(f'{STYLE}<div class="layers">{nested(list(tree.layers))}</div>')


def nested(layers_in_order: list[Layer]) -> str:
    """Layers as nested <details>: each is followed by those in it, which are deeper."""
    parts: list[str] = []
    open_depths: list[int] = []
    for layer, following in zip(layers_in_order, [*layers_in_order[1:], None], strict=True):
        while open_depths and open_depths[-1] >= layer.depth:
            open_depths.pop()
            parts.append("</details>")
        if following is not None and following.depth > layer.depth:
            open_depths.append(layer.depth)
            parts.append(f"<details{' open' if layer.depth < 2 else ''}><summary>{layer_row(layer)}</summary>")
        else:
            parts.append(f'<div class="leaf">{layer_row(layer)}</div>')
    return "".join(parts) + "</details>" * len(open_depths)


def layer_row(layer: Layer) -> str:
    name = layer.name if layer.depth == 0 else layer.name.rpartition(".")[2]
    cells = (
        f"<code>{escape(name)}</code>",
        escape(layer.kind),
        " × ".join(map(str, layer.output)),
        f"{layer.parameters:,}",
    )
    return f'<span class="row">{"".join(f"<span>{cell}</span>" for cell in cells)}</span>'


def draw_card(model: Facts) -> None:
    """The text of the card, where a folder has one. That of a stranger is drawn as it is: see ``escape``."""
    text = exhibit.card_text(model.name) if model.on_this_machine else ""
    if text:
        with st.expander("Model card", icon=":material/description:"):
            if model.source == "bundled":
                st.markdown(text)
            else:
                st.code(text, language=None, wrap_lines=True)
    elif model.source == "hub":
        st.caption(literal(f"Its card: {model.citation}"))
