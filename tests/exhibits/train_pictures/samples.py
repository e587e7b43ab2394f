"""What tests of a visitor's pictures on disk share: small pictures, a zip of files, pictures of a class."""

import zipfile
from io import BytesIO
from pathlib import Path

from PIL import Image

from zoo.exhibits.train.datasets import Added, Dataset


def picture(number: int, format: str = "PNG", size: tuple[int, int] = (12, 9)) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, (number % 256, number // 256, 77)).save(file, format)
    return file.getvalue()


def packed(folder: Path, files: dict[str, bytes]) -> Path:
    path = folder / "pictures.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def added(dataset: Dataset, label: str = "cat", numbers: range = range(3), test: bool = False) -> Added:
    return dataset.add_files([(f"{n}.png", picture(n)) for n in numbers], label, test)


def labels(dataset: Dataset) -> dict[str, str]:
    return {item.name: item.label for item in dataset.items if not item.dropped}
