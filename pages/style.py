"""Style: a photograph painted in another's hand, at once or stroke by stroke."""

import streamlit as st

from pages.components import fast_style, input_picker, layout, optimised_style

WAYS = {"at once": fast_style.show, "stroke by stroke": optimised_style.show}

layout.header("style")
own = input_picker.choose_picture()
way = st.segmented_control(
    "How it is painted", list(WAYS), default="at once", required=True, key="way", bind="query-params"
)
WAYS[way](own)
