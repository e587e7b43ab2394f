"""Digits: draw one and both networks read it, look inside, and train a network of one's own."""

import streamlit as st

from pages.components import layout, page_state
from pages.components.digits_reading import draw_drawing, draw_upload
from pages.components.digits_training import draw_training
from zoo.core.cards import exhibit_cards

HOW = """
Both networks receive the same 28 by 28 pixels: the drawing is cut to the box around its ink, scaled to 20 pixels, and
moved so that its centre of mass lies in the middle, as MNIST's pictures were made
([LeCun et al. 1998](http://yann.lecun.com/exdb/publis/pdf/lecun-98.pdf)).

- **The perceptron** (784-128-10) connects each pixel with each of 128 hidden units. It must learn each place anew, and
  always answers with some digit.
- **The convolutional network** moves small filters over the picture, so that a stroke is the same everywhere. It is
  told where the edges of the picture are, as ink may be cut off there, and has an eleventh class, "not a digit". It
  learnt that from letters, scribbles and blanks.

The networks run in your browser while you draw (ONNX Runtime Web), and the server computes what stands behind the
answer after each stroke. **Train it live** trains a perceptron on 5,000 digits: the loss is the cross-entropy, and each
step changes the weights a little against its gradient. The loss surface is drawn along two random directions whose
filters have the length of the network's ([Li et al. 2018](https://arxiv.org/abs/1712.09913)).
"""
DRAW, UPLOAD, TRAIN = "Draw", "Upload a picture", "Train it live"

layout.header("digits")
page_state.remember("part")
part = st.segmented_control(
    "Part",
    [DRAW, UPLOAD, TRAIN],
    default=DRAW,
    required=True,
    key="part",
    bind="query-params",
    label_visibility="collapsed",
    wrap=True,
)
{DRAW: draw_drawing, UPLOAD: draw_upload, TRAIN: draw_training}[str(part)]()
layout.how_it_works(HOW)
with st.expander("The models", icon=":material/account_tree:"):
    for card in exhibit_cards("digits"):
        layout.model_facts(card)
