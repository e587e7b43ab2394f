"""Pictures on the buttons of ``st.pills``: the style sheet that puts them there."""

from collections.abc import Mapping

from PIL import Image

from pages.components.data_urls import thumbnail_url

SIDE = 84  # pixels of a button; the picture has twice as many


def thumbnail_css(key: str, pictures: Mapping[int, tuple[str, Image.Image]]) -> str:
    """The style sheet for the pills with that key.

    ``pictures``: by the number of the button, from 1, each with a key that is equal for equal pictures.

    The word of each button stays, over the lower edge of its picture.
    """
    pill = f'.st-key-{key} button[data-variant="pills"]'
    buttons = [f"{pill}:nth-of-type({number})" for number in pictures]
    urls = [thumbnail_url(name, 2 * SIDE, image) for name, image in pictures.values()]
    rules = [
        f'{button} {{ {COMMON}; background-image: {SHADE}, url("{url}") }}\n{button} p {{ {WORD} }}\n'
        for button, url in zip(buttons, urls, strict=True)
    ]
    chosen = f"{pill}:is([data-selected], [aria-checked=true]) {{ border: 4px solid var(--st-primary-color) }}"
    wrap = f".st-key-{key} [role=toolbar], .st-key-{key} [role=radiogroup] {{ flex-wrap: wrap }}"
    return f"<style>{''.join(rules)}{chosen}\n{wrap}</style>"


SHADE = "linear-gradient(transparent 45%, rgb(0 0 0 / 85%))"
WORD = "color: white; font-size: 0.78rem; line-height: 1.1; white-space: normal"
COMMON = (
    f"width: {SIDE}px; height: {SIDE}px; padding: 0.3rem; background-size: cover; background-position: center; "
    "border-radius: 0.5rem; align-items: flex-end; overflow: hidden"
)
