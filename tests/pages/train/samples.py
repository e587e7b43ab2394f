"""What tests of the page Train share: small datasets, their trainings, and the page opened on them."""

import io
import json
from typing import Any

import numpy as np
from PIL import Image
from streamlit.testing.v1 import AppTest

from tests.pages.test_pages import open_page
from zoo.core.steps import run_to_completion
from zoo.exhibits import train
from zoo.exhibits.train import history
from zoo.exhibits.train.datasets import Dataset
from zoo.exhibits.train.knobs import TrainKnobs


def drawn(colour: tuple[int, int, int], seed: int) -> bytes:
    """A picture of about one colour, as a file."""
    noise = np.random.default_rng(seed).integers(-40, 40, (48, 48, 3))
    file = io.BytesIO()
    Image.fromarray((np.array(colour) + noise).clip(0, 255).astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def files(colour: tuple[int, int, int], count: int, seed: int = 0) -> list[tuple[str, bytes]]:
    return [(f"{number:02}.png", drawn(colour, seed + number)) for number in range(count)]


def dataset(first: str = "red", second: str = "blue") -> Dataset:
    """Two classes of ten pictures, the first picture of blue with the label red."""
    made = Dataset.create()
    made.add_files([*files((200, 60, 60), 10), ("wrong.png", drawn((50, 60, 200), 99))], first)
    made.add_files(files((50, 60, 200), 10, 50), second)
    return made


def trained(first: str = "red", second: str = "blue") -> Dataset:
    """After a real training."""
    return train_again(dataset(first, second))


def train_again(made: Dataset) -> Dataset:
    """After one more training."""
    knobs = TrainKnobs(model="resnet-18", epochs=40)
    run_to_completion(history.recording(made, lambda: train.train_dataset(made, knobs, f"dataset {made.token}")))
    return made


def opened(made: Dataset, step: str, **link: Any) -> AppTest:
    page = open_page("train.py", data=made.token, step=step, **link)
    assert not page.error, [error.value for error in page.error]
    return page


def wait(page: AppTest) -> None:
    """Until the jobs of the session have ended, and the page drawn what came of them."""
    for job in page.session_state["train-bringing"]:
        job.wait(60)
    page.run()
    assert not page.exception


def galleries(page: AppTest) -> list[dict[str, Any]]:
    """What the galleries of a page were given."""
    protos = [element.proto for element in page.main if element.type == "bidi_component"]
    return [json.loads(proto.json) for proto in protos if proto.component_name == "train_gallery"]
