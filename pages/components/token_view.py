"""A text with each token on a background that shows a value: probability, attention weight or bits."""

from collections.abc import Sequence
from html import escape

import altair as alt
import pandas as pd
import streamlit as st

from pages.components import charts, layout
from pages.components.escape import literal
from zoo.core.knobs import parse_knobs
from zoo.exhibits import find_operation
from zoo.exhibits import generate as exhibit
from zoo.exhibits.generate.knobs import AttentionKnobs
from zoo.exhibits.generate.results import Attention, GeneratedToken, Perplexity, Sample

PROBABILITY_COLOUR, ATTENTION_COLOUR, BITS_COLOUR = "#2E7D4F", "#C4621A", "#B23A3A"
MAX_BITS = 16.0  # of the strongest background
STRONGEST = 0.65  # share of the colour in the strongest background: text on it has a contrast of 4.5 in both themes


def token_span(text: str, colour: str, strength: float, tooltip: str, style: str = "") -> str:
    """A token as HTML, on a background of that ``strength`` in [0, 1]."""
    background = f"color-mix(in srgb, {colour} {STRONGEST * strength:.0%}, transparent)"
    css = f"background:{background};border-radius:3px;{style}"
    return f'<span style="{css}" title="{escape(tooltip, quote=True)}">{escape(text)}</span>'


def draw_paragraph(spans: Sequence[str]) -> None:
    css = "font-size:1.1rem;line-height:1.75;overflow-wrap:anywhere;white-space:pre-wrap;margin:0"
    st.html(f'<p style="{css}">{"".join(spans)}</p>')


def candidate_lines(token: GeneratedToken) -> str:
    """The ten most probable candidates, one a line, with their probabilities before and after the filters."""
    lines = [f"{each.probability:6.1%} → {each.filtered_probability:6.1%}  {each.text!r}" for each in token.candidates]
    return "\n".join([f"{token.probability:.1%}, entropy {token.entropy:.1f} bits", *lines])


def draw_sample(prompt: str, sample: Sample) -> None:
    """Prompt and continuation; the greener a token, the more probable it was."""
    spans = [f'<span style="opacity:.7">{escape(prompt)}</span>']
    spans += [token_span(t.text, PROBABILITY_COLOUR, t.probability, candidate_lines(t)) for t in sample.tokens]
    draw_paragraph(spans)


def draw_candidates(sample: Sample) -> None:
    """The entropy of each token's distribution, and the candidates for a selected token."""
    if not sample.tokens:
        return
    rows = [{"token": n, "bits": each.entropy, "text": each.text} for n, each in enumerate(sample.tokens, start=1)]
    x = alt.X("token:Q", axis=alt.Axis(title="token", tickMinStep=1, **charts.AXIS))
    y = alt.Y("bits:Q", axis=alt.Axis(title="entropy (bits)", tickCount=4, **charts.AXIS))
    tooltip = ["text", alt.Tooltip("bits:Q", format=".2f")]
    bars = alt.Chart(pd.DataFrame(rows)).mark_bar(color="#0F6B5C").encode(x=x, y=y, tooltip=tooltip)
    st.altair_chart(bars.properties(height=170), alt="The entropy of each token's distribution, in bits")
    count = len(sample.tokens)
    position = st.slider("Token", 1, count, 1, key="candidates-of") if count > 1 else 1
    token = sample.tokens[position - 1]
    st.markdown(
        f"The candidates for **{literal(repr(token.text))}**, with their probabilities before and after the filters:"
    )
    table = pd.DataFrame(
        [
            {"candidate": repr(each.text), "before": each.probability, "after": each.filtered_probability}
            for each in token.candidates
        ]
    )
    percent = st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1)
    st.dataframe(table, hide_index=True, column_config={"before": percent, "after": percent})


@st.cache_data(max_entries=50, show_spinner="Computing attention weights…")
def attention(text: str, model: str, layer: int, head: int) -> Attention:
    return exhibit.attention(text, parse_knobs(AttentionKnobs, model=model, layer=layer, head=head))


def draw_attention(text: str, model: str) -> AttentionKnobs:
    """The attention weights from one token to those before it, in one layer and head or the mean over all heads.

    Returns the knobs of what it drew. Raises InputError for an empty text.
    """
    n_layers, n_heads = exhibit.attention_size(model)
    left, middle, right = st.columns(3)
    layer = middle.slider("Layer", 1, n_layers, n_layers, key="attention-layer") if n_layers > 1 else 1
    head = right.selectbox("Head", ["mean", *map(str, range(1, n_heads + 1))], key="attention-head")
    result = attention(text, model, layer, 0 if head == "mean" else int(head))
    count = len(result.tokens)
    query = left.slider("From token", 1, count, count, key="attention-from") - 1 if count > 1 else 0
    weights = result.weights[query].tolist()
    largest = max(weights) or 1.0
    draw_paragraph(
        [
            token_span(
                token,
                ATTENTION_COLOUR,
                weight / largest,
                f"{weight:.1%}",
                "outline:2px solid" if index == query else "",
            )
            for index, (token, weight) in enumerate(zip(result.tokens, weights, strict=True))
        ]
    )
    layout.download_record("Attention as JSON", find_operation("generate-attention"), result)
    return parse_knobs(AttentionKnobs, model=model, layer=result.layer, head=result.head)


def draw_perplexity(result: Perplexity) -> None:
    """The redder a token, the less probable it was."""
    st.markdown(
        f"Perplexity **{result.perplexity:,.1f}** · **{result.bits_per_character:.2f}** bits per character",
        help="A perplexity of 20: the model predicts as well as a choice among 20 equally probable tokens would.",
    )
    both = zip(result.tokens, result.bits, strict=True)
    draw_paragraph([token_span(t, BITS_COLOUR, min(1.0, bits / MAX_BITS), f"{bits:.1f} bits") for t, bits in both])
