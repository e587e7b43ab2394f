"""A C++ program around the ONNX model, as a zip file with its sources."""

from pathlib import Path
from string import Template

from zoo.core.cards import Card
from zoo.exhibits.train.exports.card_texts import card_text
from zoo.exhibits.train.exports.web import zipped

PROGRAM = Path(__file__).parent / "program"
SOURCES = ("main.cpp", "onnxruntime.hpp", "CMakeLists.txt")


def cpp_archive(card: Card, model: bytes) -> bytes:
    """The zip file: the sources, the model, its card, and its classes, one a line."""
    readme = Template((PROGRAM / "README.md").read_text(encoding="utf-8"))
    classes = "".join(" ".join(each.label.split()) + "\n" for each in card.classes)
    return zipped(
        {
            **{name: (PROGRAM / name).read_text(encoding="utf-8") for name in SOURCES},
            "README.md": readme.substitute(title=card.title, restriction=card.restriction),
            "model.onnx": model,
            "classes.txt": classes,
            "MODEL_CARD.md": card_text(card),
        }
    )
