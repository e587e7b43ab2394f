"""Style: a photograph painted in another's hand, at once or stroke by stroke."""

import streamlit as st

from pages import at_once, frame, strokes

WAYS = {"at once": at_once.show, "stroke by stroke": strokes.show}

frame.header("style")
own = frame.choose_picture()
way = st.segmented_control(
    "How it is painted", list(WAYS), default="at once", required=True, key="way", bind="query-params"
)
WAYS[way](own)
