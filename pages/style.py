"""Style: a photograph in the style of a painting, by a feed-forward network or by optimisation."""

import streamlit as st

from pages.components import fast_style, input_picker, layout, optimised_style

EXAMPLES = ("china", "chelsea", "coffee", "rocket", "flower", "astronaut")
METHODS = {"Fast (feed-forward)": fast_style.draw_page, "Optimised (Gatys)": optimised_style.draw_page}
FAST, OPTIMISED = METHODS
RENAMED = {"way": "method", "hand": "style", "once_size": "fast_size", "once_strength": "fast_strength"}
OLD_METHODS = {"at once": FAST, "stroke by stroke": OPTIMISED}
METHOD_HELP = (
    "Fast: a network trained on six paintings renders the photograph in one forward pass. Optimised: gradient descent "
    "on the pixels, for any painting."
)


def translate_old_link() -> None:
    """Links of version 0.1 named the method and the style otherwise; they work for one release."""
    old = {name: st.query_params.get_all(name) for name in RENAMED if name in st.query_params}
    for name, values in old.items():
        del st.query_params[name]
        st.query_params[RENAMED[name]] = [OLD_METHODS.get(value, value) for value in values]
    if old:
        st.rerun()


layout.header("style")
translate_old_link()
picture = input_picker.choose_picture(EXAMPLES)
output, settings = st.columns([3, 2], gap="large")
below = st.container()
with settings:
    method = st.segmented_control(
        "Method",
        list(METHODS),
        default=FAST,
        required=True,
        key="method",
        bind="query-params",
        help=METHOD_HELP,
        wrap=True,
    )
METHODS[method](picture, output, settings, below)
