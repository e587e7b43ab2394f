from .codes import Directions, interpolate, nearest, principal_directions
from .exports import decoder_file
from .knobs import START, LearnKnobs, MorphKnobs, ProbeKnobs, ReconstructKnobs, Student
from .learning import curves_of, learn, live_students, sheet_of
from .pictures import MAX_PICTURES, PictureSet, model_input, read_pictures, sheet, to_image, to_tensor, to_tensors
from .probing import probe
from .reconstruction import encode_gif, morph, morph_frames, reconstruct
from .replay import spread
from .results import Curves, Errors, LearningRun, LearnPreview, Morph, Probe, ProbeScore, Reconstruction
from .state import from_state, to_state
from .students import Snapshot, Students, snapshot

__all__ = [
    "MAX_PICTURES",
    "START",
    "Curves",
    "Directions",
    "Errors",
    "LearnKnobs",
    "LearnPreview",
    "LearningRun",
    "Morph",
    "MorphKnobs",
    "PictureSet",
    "Probe",
    "ProbeKnobs",
    "ProbeScore",
    "ReconstructKnobs",
    "Reconstruction",
    "Snapshot",
    "Student",
    "Students",
    "curves_of",
    "decoder_file",
    "encode_gif",
    "from_state",
    "interpolate",
    "learn",
    "live_students",
    "model_input",
    "morph",
    "morph_frames",
    "nearest",
    "principal_directions",
    "probe",
    "read_pictures",
    "reconstruct",
    "sheet",
    "sheet_of",
    "snapshot",
    "spread",
    "to_image",
    "to_state",
    "to_tensor",
    "to_tensors",
]
