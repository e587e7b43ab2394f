"""Sub-words as they stand in a text, each on a ground that says something of it."""

from collections.abc import Sequence
from html import escape

import altair as alt
import numpy as np
import pandas as pd
import streamlit as st

from pages.components import charts
from zoo.exhibits import generate as exhibit
from zoo.exhibits.generate import Piece, Sample, Surprise

LIKELY, LOOKED, SURPRISING = "#2E7D4F", "#C4621A", "#B23A3A"
MOST_BITS = 16.0  # as red as it gets


def ground(text: str, colour: str, share: float, told: str, more: str = "") -> str:
    """A sub-word on a ground ``share`` strong, with what is told when one points at it."""
    tint = f"color-mix(in srgb, {colour} {share:.0%}, transparent)"
    style = f"background:{tint};border-radius:3px;{more}"
    return f'<span style="{style}" title="{escape(told, quote=True)}">{escape(text)}</span>'


def paragraph(spans: Sequence[str]) -> None:
    rules = "font-size:1.1rem;line-height:1.75;overflow-wrap:anywhere;white-space:pre-wrap;margin:0"
    st.html(f'<p style="{rules}">{"".join(spans)}</p>')


def candidates(piece: Piece) -> str:
    """The ten that it was drawn from, a line each."""
    rows = [f"{each.before:6.1%} → {each.after:6.1%}  {each.text!r}" for each in piece.candidates]
    return "\n".join([f"{piece.probability:.1%}, entropy {piece.entropy:.1f} bits", *rows])


def draw_sample(prompt: str, sample: Sample) -> None:
    """Prompt and continuation; the greener a sub-word, the likelier it was."""
    spans = [f'<span style="opacity:.7">{escape(prompt)}</span>']
    spans += [ground(piece.text, LIKELY, piece.probability, candidates(piece)) for piece in sample.pieces]
    paragraph(spans)


def draw_choices(sample: Sample) -> None:
    """How open each choice was, and the candidates of one chosen sub-word as bars."""
    if not sample.pieces:
        return
    rows = [{"place": n, "bits": p.entropy, "text": p.text} for n, p in enumerate(sample.pieces, start=1)]
    x = alt.X("place:Q", axis=alt.Axis(title="sub-word", tickMinStep=1, **charts.INK))
    y = alt.Y("bits:Q", axis=alt.Axis(title="entropy (bits)", tickCount=4, **charts.INK))
    tooltip = ["text", alt.Tooltip("bits:Q", format=".2f")]
    bars = alt.Chart(pd.DataFrame(rows)).mark_bar(color="#0F6B5C").encode(x=x, y=y, tooltip=tooltip)
    st.altair_chart(bars.properties(height=170), alt="How open the choice of each sub-word was, in bits")
    count = len(sample.pieces)
    place = st.slider("Sub-word", 1, count, min(count, 1), key="candidates-of") if count > 1 else 1
    piece = sample.pieces[place - 1]
    st.markdown(f"**{piece.text!r}** was drawn from these; odds before and after the filters:")
    table = pd.DataFrame(
        [{"candidate": repr(each.text), "before": each.before, "after": each.after} for each in piece.candidates]
    )
    share = st.column_config.ProgressColumn(format="percent", min_value=0, max_value=1)
    st.dataframe(table, hide_index=True, column_config={"before": share, "after": share})


def draw_attention(text: str, model: str) -> None:
    """From one sub-word to all before it, in one layer and head or their mean."""
    pieces, looks = exhibit.attention(text, model)
    layers, heads, count, _ = looks.shape
    left, middle, right = st.columns(3)
    place = left.slider("From the sub-word", 1, count, count, key="look-from") - 1 if count > 1 else 0
    layer = middle.slider("Layer", 1, layers, layers, key="look-layer") - 1 if layers > 1 else 0
    head = right.selectbox("Head", ["mean", *map(str, range(1, heads + 1))], key="look-head")
    shares = looks[layer].mean(0)[place] if head == "mean" else looks[layer, int(head) - 1, place]
    strongest = float(np.max(shares)) or 1.0
    paragraph(
        [
            ground(piece, LOOKED, share / strongest, f"{share:.1%}", "outline:2px solid" if number == place else "")
            for number, (piece, share) in enumerate(zip(pieces, shares.tolist(), strict=True))
        ]
    )


def draw_surprise(found: Surprise) -> None:
    """The redder a sub-word, the less it was expected."""
    per_character = sum(found.bits) / max(1, sum(map(len, found.pieces)))
    st.markdown(f"Perplexity **{found.perplexity:,.1f}** · **{per_character:.2f}** bits a character")
    both = zip(found.pieces, found.bits, strict=True)
    paragraph([ground(piece, SURPRISING, min(1.0, bits / MOST_BITS), f"{bits:.1f} bits") for piece, bits in both])
