"""GAN: a generator and a discriminator in the plane, step by step; and clothes from a trained generator."""

import streamlit as st

from pages.components import layout, page_state
from pages.components.gan_clothes import draw_clothes
from pages.components.gan_game import draw_game

HOW = """
A generative adversarial network ([Goodfellow et al. 2014](https://arxiv.org/abs/1406.2661)) is two networks. The
**generator** turns noise, a few random numbers, into a point or a picture. The **discriminator** gives a score: how
real is what it sees? It learns from real examples and from generated ones. The generator learns from the gradient of
that score, and never sees a real example.

- **Update of the discriminator**: its map changes; blue is what it takes for real, orange what it takes for generated.
- **Update of the generator**: its points move along the arrows.
- **Mode collapse**: the generator makes a few kinds of points only. A mode counts as covered when at least a fifth of
  its share of the generated points lies near it. A distribution without modes of its own is divided into 20 parts.
- **Losses**: non-saturating (Goodfellow et al.), Wasserstein with a gradient penalty
  ([Gulrajani et al. 2017](https://arxiv.org/abs/1704.00028)), hinge
  ([Lim and Ye 2017](https://arxiv.org/abs/1705.02894)), least squares
  ([Mao et al. 2016](https://arxiv.org/abs/1611.04076)). **R1** penalises the slope of the discriminator at real points
  ([Mescheder et al. 2018](https://arxiv.org/abs/1801.04406)).

A curve of a GAN's loss says little about how good it is: both losses stay level when the two networks are in balance.
Look at the points and the modes. [GAN Lab](https://arxiv.org/abs/1809.01587) (Kahng et al. 2018) was the first page of
this kind.
"""
PLANE, CLOTHES = "Points in the plane", "Pictures of clothes"

layout.header("gan")
page_state.remember("part")
part = st.segmented_control(
    "Part",
    [PLANE, CLOTHES],
    default=PLANE,
    required=True,
    key="part",
    bind="query-params",
    label_visibility="collapsed",
    wrap=True,
)
if part == PLANE:
    draw_game()
else:
    draw_clothes()
layout.how_it_works(HOW)
