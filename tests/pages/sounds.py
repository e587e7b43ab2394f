"""The Sound page with a sound of a test's own."""

import re

import numpy as np
from streamlit.testing.v1 import AppTest

from pages.components.input_picker import Recording
from tests.apps import app_at, run
from zoo.core.sounds import Sound
from zoo.exhibits.sound.knobs import RATE

ANSWER = re.compile(r"(Unsure: )?[a-z ]+, \d+%")


def open_page(**link: str) -> AppTest:
    page = app_at("sound.py")
    for name, value in link.items():
        page.query_params[name] = value
    return page


def page_with(samples: np.ndarray, **link: str) -> AppTest:
    """The page after an upload of these samples."""
    page = open_page(**link)
    sound = Sound(samples.astype(np.float32), RATE)
    page.session_state["recording"] = Recording(
        f"test {len(samples)} {samples.max():.2f} {link}", sound, "A test sound", None
    )
    return run(page)


def classified(page: AppTest) -> bool:
    return any(ANSWER.fullmatch(text.value) for text in page.subheader)


def upload_to(page: AppTest, place: str, data: bytes, name: str = "sound.wav") -> AppTest:
    uploader = next(field for field in page.file_uploader if str(field.key).startswith(place))
    uploader.set_value((name, data, "audio/wav"))
    return run(page)


def texts(page: AppTest) -> list[str]:
    return [text.value for text in page.markdown]
