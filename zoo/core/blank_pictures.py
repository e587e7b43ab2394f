"""Pictures without content: of one colour, up to the noise of a camera or of JPEG."""

import numpy as np
from PIL import Image

from zoo.core.preprocessing import Preprocessing
from zoo.core.srgb import notes_of

BLANK = "The picture is of one colour: there is nothing in it to classify, and no class is to be trusted."

_CELLS = 16  # on a side; each of them averages the noise
_MAX_RANGE = 4.0  # of 255, between the means of the cells
_MAX_DEVIATION = 6.0  # of 255, of the pixels: more than the noise of a dark photograph, less than that of a text


def is_blank(picture: Image.Image, preprocessing: Preprocessing) -> bool:
    """Whether what a model is given of an RGB picture is of one colour."""
    view = preprocessing.view(picture).picture(picture)
    cells = np.asarray(view.resize((_CELLS, _CELLS), Image.Resampling.BOX), np.float32)
    deviation = np.asarray(view, np.float32).std((0, 1)).max()
    return bool(np.ptp(cells, (0, 1)).max() <= _MAX_RANGE and deviation <= _MAX_DEVIATION)


def picture_notes(picture: Image.Image, preprocessing: Preprocessing) -> tuple[str, ...]:
    """How the picture was decoded, where that is not a matter of course, and that it is blank."""
    return (*notes_of(picture), *([BLANK] if is_blank(picture, preprocessing) else []))
