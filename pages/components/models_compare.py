"""Two to four models side by side: their facts, and links that try them on one's own input."""

from collections.abc import Sequence

import streamlit as st

from pages.components.models_data import best, label, link_to_page, megabytes
from zoo.exhibits import find_exhibit
from zoo.exhibits.models.results import Facts

MOST = 4
COMPARED, PICKED = "compared", "picked before"


def draw_comparison(models: Sequence[Facts], picked: Sequence[str]) -> None:
    """The models picked above, or chosen here by name."""
    names = {model.name: model for model in models}
    if st.session_state.get(PICKED, []) != list(picked):  # a new selection above replaces the one here
        st.session_state[PICKED] = list(picked)
        st.session_state[COMPARED] = list(picked)
    st.session_state[COMPARED] = [name for name in st.session_state.get(COMPARED, linked()) if name in names]
    st.subheader("Compare", anchor=False)
    chosen = st.multiselect(
        "Models to compare",
        list(names),
        max_selections=MOST,
        format_func=lambda name: label(names[name]),
        key=COMPARED,
        placeholder=f"Two to {MOST} models",
    )
    if len(chosen) < 2:
        st.caption("Choose two or more: in the table, in the chart, or here.")
        return
    compared = [names[name] for name in chosen]
    for column, model in zip(st.columns(len(compared)), compared, strict=True):
        with column:
            draw_facts(model, compared)
    common = set.intersection(*(set(model.used_by) for model in compared))
    if not common:
        st.caption("No page takes all of these models: they are for different tasks.")
    with st.container(horizontal=True):
        for exhibit in compared[0].used_by:
            if exhibit in common:
                link_to_page(exhibit, chosen, f"Try them on your own input: {find_exhibit(exhibit).title}")


def linked() -> list[str]:
    """Models to compare that a link names."""
    return st.query_params.get_all("compare")[:MOST]


def draw_facts(model: Facts, compared: Sequence[Facts]) -> None:
    """One column. The best value among those compared is marked where less is better."""
    st.markdown(f"**{label(model)}**  \n{model.task} · {model.architecture}")
    sizes = [(each.size_bytes, each.parameters, each.costs.macs if each.costs else None) for each in compared]
    disk, parameters, macs = (min(filter(None, column), default=None) for column in zip(*sizes, strict=True))
    lines = [
        f"{mark(model.size_bytes == disk)}{megabytes(model.size_bytes)} on disk",
        f"{mark(model.parameters == parameters)}{model.parameters / 1e6:.2f} M parameters",
    ]
    if model.costs:
        lines.append(f"{mark(model.costs.macs == macs)}{model.costs.macs / 1e9:.3f} G MACs for {model.costs.input}")
    fastest = best(model)
    latencies = [each.p50_ms for each in map(best, compared) if each]
    if fastest:
        lines.append(
            f"{mark(fastest.p50_ms == min(latencies))}{fastest.p50_ms:.2f} ms p50, {fastest.p95_ms:.2f} ms p95"
        )
        lines.append(f"{fastest.per_second_1:.1f} a second, {fastest.per_second_8:.1f} at batch 8")
    else:
        lines.append("not measured here")
    lines += [f"{each.name} {each.text} ({each.dataset}, {each.provenance})" for each in model.metrics]
    lines.append(f"{model.restriction}; licence {model.licence}")
    st.markdown("\n".join(f"- {line}" for line in lines))


def mark(is_best: bool) -> str:
    return ":material/star: " if is_best else ""
