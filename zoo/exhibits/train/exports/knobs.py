"""The knobs of exporting and importing."""

from typing import Literal

from pydantic import Field

from zoo.core.knobs import Knobs
from zoo.exhibits.train.knobs import DEFAULT_MODEL

ExportFormat = Literal["onnx", "export", "html", "web", "cpp"]


class ExportKnobs(Knobs):
    model: str = Field(
        default=DEFAULT_MODEL, title="Model", description="The picture classifier that is written as a file."
    )
    export_format: ExportFormat = Field(
        default="onnx",
        title="Format",
        description="onnx: pictures of any size in, probabilities out. export: a torch.export program. html: one page "
        "that classifies in the browser. web: the same as a folder. cpp: a C++ program. The last two are zip files.",
    )


class ImportKnobs(Knobs):
    title: str = Field(
        default="", max_length=60, title="Title", description="The name of the model; empty for the one it has."
    )
