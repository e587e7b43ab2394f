"""Exported classifiers: seconds and bytes of each format, agreement on 100 pictures, and milliseconds in a browser.

python -m benchmarks.exports

The browser is headless Chromium on one thread, with the page from the disk and a picture of 640 x 480 pixels, a
camera's frame. Teachable Machine's model (a MobileNet) on ONNX Runtime Web took 63 ms at best, 182 at the median.
"""

import io
import os
import statistics
import tempfile
from pathlib import Path
from typing import get_args

import numpy as np

from tests.e2e.browser import chromium
from tests.exported import picture, save_model
from zoo.exhibits.classify import probabilities
from zoo.exhibits.train import ExportKnobs, export_model
from zoo.exhibits.train.exports.knobs import ExportFormat
from zoo.exhibits.train.exports.onnx_models import onnx_probabilities

RUNS = 40
PHOTOGRAPH = (640, 480)
# The page classifies what is drawn on its canvas; a picture chosen again and again is decoded each time too.
AGAIN = """async (runs) => {
    const times = [];
    const file = document.getElementById("file");
    for (let run = 0; run < runs; run++) {
        const before = window.lastAnswer;
        file.dispatchEvent(new Event("change"));
        while (window.lastAnswer === before) await new Promise((done) => setTimeout(done, 5));
        times.push(window.lastAnswer.milliseconds);
    }
    return times;
}"""


def difference(name: str) -> float:
    """The largest, between probabilities of ONNX Runtime and of the zoo, on 100 pictures of many sizes."""
    generator = np.random.default_rng(1)
    given = [picture(*(int(side) for side in generator.integers(1, 1200, 2)), seed=seed) for seed in range(100)]
    computed = onnx_probabilities(export_model(ExportKnobs(model=name)).data, given)
    return max(float(np.abs(a - probabilities(name, [b])[0]).max()) for a, b in zip(computed, given, strict=True))


def browser_times(page_file: Path) -> list[float]:
    """Milliseconds of classifying one picture, its resizing included, after the first ones."""
    data = io.BytesIO()
    picture(*PHOTOGRAPH).save(data, "png")
    with chromium() as browser:
        page = browser.new_page()
        page.goto(page_file.as_uri())
        page.get_by_text("Ready: choose a picture").wait_for(timeout=180_000)
        upload = {"name": "picture.png", "mimeType": "image/png", "buffer": data.getvalue()}
        page.locator("#file").set_input_files(upload)
        page.get_by_role("listitem").first.wait_for(timeout=60_000)
        times: list[float] = page.evaluate(AGAIN, RUNS + 5)
    return times[5:]


def measure(label: str, name: str, folder: Path) -> None:
    """Print what is known of one classifier."""
    for form in get_args(ExportFormat):
        result = export_model(ExportKnobs(model=name, export_format=form))
        print(f"{label:<26}{form:<8}{result.seconds:6.2f} s {result.size_bytes / 1e6:8.1f} MB")
        (folder / result.file_name).write_bytes(result.data)
        if form == "html":
            times = browser_times(folder / result.file_name)
            median, best = statistics.median(times), min(times)
            print(f"{label:<26}in the browser: median {median:.0f} ms, best {best:.0f} ms a picture")
    print(f"{label:<26}ONNX Runtime and PyTorch differ by at most {difference(name):.1e} on 100 pictures")
    print(f"{label:<26}load of the machine: {os.getloadavg()[0]:.1f}, on {os.cpu_count()} cores")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ZOO_DATA"] = folder
        own = save_model({"kind": "mobilenet-v2", "num_classes": 3, "asymmetric_padding": True}).name
        for label, name in (("a visitor's MobileNetV2", own), ("mobilenet-v2", "mobilenet-v2"), ("resnet-18",) * 2):
            measure(label, name, Path(folder))


if __name__ == "__main__":
    main()
