"""Experiments with a GAN in the plane: settings that each show one thing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.components import playback
from zoo.exhibits.gan.knobs import GameKnobs


@dataclass(frozen=True)
class Preset:
    """``knobs``: what differs from the defaults. ``text``: what to look for."""

    text: str
    knobs: Mapping[str, Any]


PRESETS = {
    "Balanced": Preset("The generator comes to make all eight modes.", {}),
    "Mode collapse": Preset(
        "The generator learns ten times as fast as the discriminator: all its points run to one mode, and from there "
        "to the next.",
        {"generator_rate": 0.01, "discriminator_rate": 0.001, "r1": 0.0},
    ),
    "Without R1": Preset(
        "R1 is a penalty on how steep the discriminator's score is at real points. Without it, the points oscillate "
        "for longer.",
        {"r1": 0.0},
    ),
    "Wasserstein": Preset(
        "The loss is an estimate of a distance between the two distributions, that of Wasserstein, and falls as the "
        "points get nearer.",
        {"loss": "Wasserstein", "r1": 0.0, "discriminator_steps": 3},
    ),
    "Diverging": Preset(
        "Learning rates of 1: numbers grow without bound.", {"generator_rate": 1.0, "discriminator_rate": 1.0}
    ),
}


HELP = (
    "Settings that each show one thing. **Mode collapse**: the generator makes only a few of the kinds of points. "
    "**R1**: a penalty on steep scores of the discriminator. **Wasserstein**: a loss that estimates a distance between "
    "the distributions."
)


def draw_presets(key: str) -> None:
    """Buttons that set all knobs and play. ``key``: of the playback."""
    with st.container(horizontal=True, key="gan-presets", vertical_alignment="center"):
        st.markdown("Try:", width="content", help=HELP)
        for name, preset in PRESETS.items():
            st.button(name, key=f"preset-{name}", help=preset.text, on_click=_choose, args=(name, key))


def _choose(name: str, key: str) -> None:
    _set(GameKnobs(**PRESETS[name].knobs))
    st.session_state[playback.mode_key(key)] = playback.PLAY


def set_back(key: str) -> None:
    """As a callback of the fragment that plays: all knobs as they were at first, for training anew."""
    _set(GameKnobs())
    playback.draw_anew(key)


def _set(knobs: GameKnobs) -> None:
    for field, value in knobs.model_dump().items():
        if field not in ("distribution", "seed"):
            st.session_state[field] = value
