"""What the students have learnt: neighbours by their codes, a map, directions of the code, morphing, and a probe."""

from functools import partial
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from pages.components import layout
from pages.components.autoencoder_probe import draw_probe
from pages.components.autoencoder_session import Session, example_tensors
from pages.components.autoencoder_sliders import code_sliders, slider
from pages.components.autoencoder_tiles import choose_tile
from pages.components.autoencoder_wall import picture_url
from pages.components.browser_network import publish
from pages.components.charts import AXIS
from pages.components.picture_row import draw_row
from zoo.exhibits import autoencoder as exhibit
from zoo.exhibits.autoencoder import MorphKnobs, Student

TILES, MAPPED, NEIGHBOURS = 16, 120, 6
REACH = 3.0  # standard deviations to each side
PARTS = ("Neighbours", "Map", "Directions", "Morph", "Linear probe")
HELP = {
    "Neighbours": "The pictures whose codes are nearest to the chosen picture's code, by Euclidean distance.",
    "Map": "Codes at their first two principal components: similar codes are close together.",
    "Directions": "The directions in which the codes of the pictures differ most (principal components). The sliders "
    "move the code of the chosen picture along them, in standard deviations.",
    "Morph": "The codes on the straight line between two pictures, decoded.",
    "Linear probe": "Logistic regression on labelled pictures: what a linear classifier can read off the codes, and "
    "off the last three maps of the encoder, averaged to 2 x 2 places.",
}


@st.fragment
def draw_learnt(kept: Session) -> None:
    """One of the parts, for one of the students as they are now."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        part = st.segmented_control(
            "What was learnt", PARTS, default=PARTS[0], required=True, key="learnt", bind="query-params", wrap=True
        )
        name: Student = st.segmented_control(  # type: ignore[assignment]
            "By the student",
            ["perceptual", "pixel"],
            default="perceptual",
            required=True,
            key="student",
            bind="query-params",
            wrap=True,
        )
    st.caption(HELP[part])
    with layout.errors_as_sentences():
        if part == "Linear probe":
            draw_probe(kept)
            return
        pictures = kept.training.inspect(lambda students: exhibit.spread(students.gallery(), MAPPED))
        if len(pictures) < 2:
            st.info("Add a second picture: these views compare pictures.", icon=":material/add_photo_alternate:")
            return
        codes = kept.training.inspect(lambda students: students.codes(pictures, name))
        draw = {"Neighbours": _neighbours, "Map": _map, "Directions": _directions, "Morph": _morph}[part]
        draw(kept, name, pictures, codes)


def _neighbours(kept: Session, name: Student, pictures: Any, codes: Any) -> None:
    places = _places(len(pictures))
    chosen = places[choose_tile("Picture", "neighbour", pictures[places])]
    order, distances = exhibit.nearest(codes, codes[chosen], NEIGHBOURS + 1)
    captions = ["chosen" if index == chosen else f"{each:.1f}" for index, each in zip(order, distances, strict=True)]
    draw_row([(picture_url(pictures[index]), each, each) for index, each in zip(order, captions, strict=True)])
    st.caption("Below each neighbour: the distance of its code.")


def _map(kept: Session, name: Student, pictures: Any, codes: Any) -> None:
    directions = exhibit.principal_directions(codes, 2)
    if len(directions.vectors) < 2:
        st.info("Add a third picture that is unlike the others: a map needs two directions.", icon=":material/map:")
        return
    positions = directions.positions(codes)
    rows = pd.DataFrame(
        {
            "x": positions[:, 0],
            "y": positions[:, 1],
            "url": [picture_url(pixels) for pixels in pictures],
            "picture": [f"picture {number}" for number in range(1, len(pictures) + 1)],
        }
    )
    titles = [f"component {number} ({ratio:.0%} of the variance)" for number, ratio in enumerate(directions.ratios, 1)]
    size = 44 if len(pictures) <= 40 else 28
    chart = (
        alt.Chart(rows)
        .mark_image(width=size, height=size)
        .encode(
            x=alt.X("x:Q", title=titles[0], axis=alt.Axis(**AXIS), scale=alt.Scale(padding=size)),
            y=alt.Y("y:Q", title=titles[1], axis=alt.Axis(**AXIS), scale=alt.Scale(padding=size)),
            url="url:N",
            tooltip=["picture:N"],
        )
        .properties(height=420)
        .interactive()
    )
    st.altair_chart(chart, width="stretch")


def _directions(kept: Session, name: Student, pictures: Any, codes: Any) -> None:
    places = _places(len(pictures))
    chosen = places[choose_tile("Picture", "base", pictures[places])]
    known = codes
    if len(pictures) < 3:  # too few for directions of their own
        known = kept.training.inspect(lambda students: students.codes(example_tensors(), name))
    directions = exhibit.principal_directions(known)
    scaled = directions.vectors * directions.scales[:, None]
    sliders = [
        slider(f"{number} ({ratio:.0%})", -REACH, REACH, 0.1, 0.0) for number, ratio in enumerate(directions.ratios, 1)
    ]
    text = "The decoder's picture of the moved code"
    code_sliders("code-sliders", _decoder(kept, name), codes[chosen].tolist(), scaled.tolist(), sliders, text)
    st.caption("In brackets: the share of the variance of the codes along that direction.")


def _morph(kept: Session, name: Student, pictures: Any, codes: Any) -> None:
    places = _places(len(pictures))
    first = places[choose_tile("From", "from", pictures[places])]
    last = places[choose_tile("To", "to", pictures[places], 1)]
    line = (codes[last] - codes[first]).tolist()
    sliders = [slider("From → to", 0.0, 1.0, 0.01, 0.5)]
    text = "The decoder's picture between the two"
    code_sliders("morph-slider", _decoder(kept, name), codes[first].tolist(), [line], sliders, text)
    pair = pictures[[first, last]]
    with st.container(horizontal=True):
        layout.download("Morph as GIF", partial(_gif, kept, pair, name), "morph.gif", "image/gif")


def _gif(kept: Session, pair: Any, name: Student) -> bytes:
    knobs = MorphKnobs(student=name)
    frames, _ = kept.training.inspect(lambda students: exhibit.morph_frames(students, pair, name, knobs.frames))
    return exhibit.encode_gif([frame.resize((knobs.size, knobs.size)) for frame in frames])


def _decoder(kept: Session, name: Student) -> str:
    """Where the browser finds the decoder as it is now."""
    key = (id(kept), kept.training.steps, name)
    known: tuple[Any, str] | None = st.session_state.get("autoencoder-decoder")
    if known is None or known[0] != key:
        file = kept.training.inspect(lambda students: exhibit.decoder_file(students, name))
        known = st.session_state["autoencoder-decoder"] = (key, publish(file))
    return known[1]


def _places(count: int) -> list[int]:
    """Which of the pictures are offered: at most 16, from the first to the newest."""
    offered = min(count, TILES)
    return [round(index * (count - 1) / max(1, offered - 1)) for index in range(offered)]
