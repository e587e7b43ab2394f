"""The facts that the views of Models share, and links from a model to the pages that use it."""

from collections.abc import Sequence

import streamlit as st

from pages.components.workspaces import workspace
from zoo.core.knobs import parse_knobs
from zoo.exhibits import find_exhibit
from zoo.exhibits import models as exhibit
from zoo.exhibits.models.knobs import FactsKnobs
from zoo.exhibits.models.results import Facts, Measurement, ModelList

HERE, ALL = "On this machine", "Official ones too"
# The parameter of a page's address that names models; elsewhere it is "model".
PARAMETERS = {"style": "style", "generate": "language_model", "translate": "translation_model"}
SEVERAL = ("classify", "sound", "sentiment", "style")  # pages that take several models


def listed() -> ModelList:
    """The models of the chosen scope. Official ones are listed on demand: their sources import torch."""
    scope = st.segmented_control(
        "Scope",
        [HERE, ALL],
        default=HERE,
        required=True,
        key="scope",
        bind="query-params",
        help="On this machine: bundled and fetched models, and your own. The list of official ones takes seconds.",
        wrap=True,
    )
    with st.spinner("Reading the list…", show_time=False):
        return facts("all" if scope == ALL else "here")


def facts(source: str) -> ModelList:
    return exhibit.facts(knobs=parse_knobs(FactsKnobs, source=source), owner=workspace().owner)


def label(model: Facts) -> str:
    """The name that a person reads: a user model has a random one."""
    return f"{model.title} (own)" if model.source == "own" else model.name


def best(model: Facts) -> Measurement | None:
    """The measurement on the fastest device."""
    return min(model.measured, key=lambda each: each.p50_ms, default=None)


def megabytes(size: float) -> str:
    return f"{size / 1e6:,.1f} MB" if size < 1e8 else f"{size / 1e6:,.0f} MB"


def link_to_page(name: str, models: Sequence[str], text: str) -> None:
    """A link to an exhibit's page with these models chosen: the first one where the page takes one at a time."""
    target = find_exhibit(name)
    chosen = list(models) if name in SEVERAL else models[0]
    st.page_link(f"{name}.py", label=text, icon=target.icon, query_params={PARAMETERS.get(name, "model"): chosen})
