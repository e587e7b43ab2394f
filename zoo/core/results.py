"""Types for the fields of results, so that one declaration gives the dataclass, its JSON and its schema."""

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import Field, InstanceOf, PlainSerializer, WithJsonSchema


def _to_list(array: NDArray[Any]) -> list[Any]:
    values: list[Any] = array.tolist()
    return values


Array = Annotated[
    NDArray[np.float32], InstanceOf(), PlainSerializer(_to_list), WithJsonSchema({"type": "array", "items": {}})
]
"""A NumPy array; in JSON nested lists of numbers."""

Picture = Annotated[Image.Image, InstanceOf(), Field(exclude=True)]
"""A PIL image; not in JSON: an operation hands it out as a file."""

Hidden = Annotated[Any, Field(exclude=True)]
"""Whatever Python callers get and JSON leaves out."""
