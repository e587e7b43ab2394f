"""Which model for a task, by a few questions; and the papers and the family of the bundled models."""

import altair as alt
import pandas as pd
import streamlit as st

from pages.components import charts, knob_widgets, layout
from pages.components.models_data import link_to_page
from pages.components.workspaces import workspace
from zoo.core.knobs import parse_knobs
from zoo.exhibits import find_exhibit
from zoo.exhibits import models as exhibit
from zoo.exhibits.models.knobs import ChooseKnobs, LineageKnobs
from zoo.exhibits.models.results import Lineage, Paper, Relation

BOX, LINE = {"light": ("#F1EADA", "#1A2A26"), "dark": ("#182421", "#EBE7DA")}, {"light": "#5E6B66", "dark": "#A9B5AF"}
MEDALS = 3  # of a long list, how many are opened


def draw_choice() -> None:
    """Questions, and a ranked list with reasons."""
    left, right = st.columns(2)
    with left:
        task = knob_widgets.knob(ChooseKnobs, "task", "task")
        commercial = knob_widgets.knob(ChooseKnobs, "commercial", "commercial")
    with right:
        priority = knob_widgets.knob(ChooseKnobs, "priority", "priority")
        official = knob_widgets.knob(ChooseKnobs, "official", "official")
    knobs = parse_knobs(ChooseKnobs, task=task, priority=priority, commercial=commercial, official=official)
    with layout.errors_as_sentences(), st.spinner("Ranking…", show_time=False):
        candidates = exhibit.choose(knobs=knobs, owner=workspace().owner).candidates
        if not candidates:
            st.info("No model for this task meets these conditions: allow more, or include official ones.")
        for place, candidate in enumerate(candidates, 1):
            with st.expander(f"{place}. {candidate.model} · {candidate.restriction}", expanded=place <= MEDALS):
                st.markdown("\n".join(f"- {reason}" for reason in candidate.reasons))
                link_to_page(task, [candidate.model], f"Try it: {find_exhibit(task).title}")


@st.cache_data(show_spinner=False)
def lineage() -> Lineage:
    return exhibit.lineage(knobs=LineageKnobs())


def draw_family() -> None:
    """The papers by year, and which model was made from which."""
    result = lineage()
    st.subheader("Papers by year", anchor=False)
    draw_papers(result.papers)
    st.subheader("Family tree", anchor=False)
    st.markdown("An arrow leads from what was there before to the model that was made from it, as the cards tell.")
    draw_tree(result.relations)


def draw_papers(papers: tuple[Paper, ...]) -> None:
    """Papers by year and by how many models name them, and a table with links."""
    rows = [
        {
            "year": paper.year,
            "paper": paper.authors,
            "models": len(paper.models),
            "used by": ", ".join(paper.models),
            "arXiv": f"https://arxiv.org/abs/{paper.arxiv}",
        }
        for paper in papers
    ]
    years = pd.DataFrame(rows)
    chart = (
        alt.Chart(years)
        .mark_circle(size=140)
        .encode(
            x=alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True, **charts.AXIS)),
            y=alt.Y("models:Q", title="models that name it", axis=alt.Axis(tickMinStep=1, **charts.AXIS)),
            xOffset="paper:N",
            tooltip=["paper", "used by"],
            href="arXiv:N",
        )
    )
    text = ", ".join(f"{paper.authors} by {len(paper.models)} models" for paper in papers)
    st.altair_chart(chart.properties(height=220), alt=f"Papers by year: {text}")
    st.dataframe(
        years[["year", "paper", "used by", "arXiv"]],
        hide_index=True,
        column_config={
            "year": st.column_config.NumberColumn(format="%d"),
            "arXiv": st.column_config.LinkColumn(display_text=r"abs/(.*)"),
        },
        alt=f"Table of {len(papers)} papers with the models that name them",
    )


def draw_tree(relations: tuple[Relation, ...]) -> None:
    """The relations as a graph, and as sentences."""
    theme = str(st.context.theme.type or "light")
    st.graphviz_chart(graph(relations, theme), width="stretch", alt="; ".join(map(sentence, relations)))
    with st.expander("As sentences", icon=":material/list:"):
        st.markdown("\n".join(f"- {sentence(relation)}" for relation in relations))


def sentence(relation: Relation) -> str:
    return f"{relation.child} has its {relation.kind} from {relation.parent}"


def graph(relations: tuple[Relation, ...], theme: str) -> str:
    """The relations in Graphviz's language, in the colours of a theme."""
    (fill, text), line = BOX[theme], LINE[theme]
    nodes = dict.fromkeys(name for relation in relations for name in (relation.parent, relation.child))
    numbers = {name: f"n{number}" for number, name in enumerate(nodes)}
    lines = [f'{numbers[name]} [label="{name}"]' for name in nodes]
    lines += [f'{numbers[each.parent]} -> {numbers[each.child]} [label="{each.kind}"]' for each in relations]
    common = f'fontname="sans-serif" fontsize=13 fontcolor="{text}"'
    head = (
        f'rankdir=LR bgcolor=transparent nodesep=0.15; node [{common} shape=box style="rounded,filled" '
        f'fillcolor="{fill}" color="{line}"]; edge [{common} color="{line}"];'
    )
    return f"digraph {{ {head} {'; '.join(lines)} }}"
