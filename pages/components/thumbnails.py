"""Pictures on the buttons of ``st.pills``: the style sheet that puts them there."""

from base64 import b64encode
from collections.abc import Mapping
from io import BytesIO

from PIL import Image, ImageOps

SIDE = 84  # pixels of a button; the picture has twice as many


def thumbnail_css(key: str, pictures: Mapping[int, Image.Image]) -> str:
    """The style sheet for the pills with that key. ``pictures``: by the number of the button, from 1.

    The word of each button stays, over the lower edge of its picture.
    """
    pill = f'.st-key-{key} button[data-variant="pills"]'
    buttons = [f"{pill}:nth-of-type({number})" for number in pictures]
    rules = [
        f'{button} {{ {COMMON}; background-image: {SHADE}, url("{_url(image)}") }}\n{button} p {{ {WORD} }}\n'
        for button, image in zip(buttons, pictures.values(), strict=True)
    ]
    chosen = f"{pill}[data-selected] {{ border: 4px solid var(--st-primary-color) }}"
    wrap = f".st-key-{key} [role=toolbar], .st-key-{key} [role=radiogroup] {{ flex-wrap: wrap }}"
    return f"<style>{''.join(rules)}{chosen}\n{wrap}</style>"


SHADE = "linear-gradient(transparent 45%, rgb(0 0 0 / 85%))"
WORD = "color: white; font-size: 0.78rem; line-height: 1.1; white-space: normal"
COMMON = (
    f"width: {SIDE}px; height: {SIDE}px; padding: 0.3rem; background-size: cover; background-position: center; "
    "border-radius: 0.5rem; align-items: flex-end; overflow: hidden"
)


def _url(image: Image.Image) -> str:
    file = BytesIO()
    ImageOps.fit(image.convert("RGB"), (2 * SIDE, 2 * SIDE)).save(file, "WEBP", quality=80)
    return f"data:image/webp;base64,{b64encode(file.getvalue()).decode()}"
