from .analyses import analysis, scale_rows
from .bending import bend, bend_curve, curve_values
from .class_maps import class_map
from .drawing import axis_ticks, color_image, draw_spectrogram, waveform_envelope
from .effects import bend_samples
from .evaluation import Evaluation, evaluate
from .explanations import explanation
from .knobs import (
    DEFAULT_MODEL,
    RATE,
    WINDOW,
    AnalysisKnobs,
    BendCurveKnobs,
    BendKnobs,
    ExplanationKnobs,
    MapKnobs,
    SoundKnobs,
    SpectrogramKnobs,
    TimelineKnobs,
)
from .predict import category_of, classify, ensemble_cards, model_input, probabilities
from .results import (
    Analysis,
    Bend,
    BendCurve,
    BendLine,
    ClassMap,
    ClassPoint,
    Event,
    SoundClassification,
    SoundExplanation,
    Spectrogram,
    Timeline,
    curve_csv,
    events_csv,
    map_csv,
)
from .spectrograms import spectrogram
from .timelines import format_time, timeline
from .windows import Samples, window

__all__ = [
    "DEFAULT_MODEL",
    "RATE",
    "WINDOW",
    "Analysis",
    "AnalysisKnobs",
    "Bend",
    "BendCurve",
    "BendCurveKnobs",
    "BendKnobs",
    "BendLine",
    "ClassMap",
    "ClassPoint",
    "Evaluation",
    "Event",
    "ExplanationKnobs",
    "MapKnobs",
    "Samples",
    "SoundClassification",
    "SoundExplanation",
    "SoundKnobs",
    "Spectrogram",
    "SpectrogramKnobs",
    "Timeline",
    "TimelineKnobs",
    "analysis",
    "axis_ticks",
    "bend",
    "bend_curve",
    "bend_samples",
    "category_of",
    "class_map",
    "classify",
    "color_image",
    "curve_csv",
    "curve_values",
    "draw_spectrogram",
    "ensemble_cards",
    "evaluate",
    "events_csv",
    "explanation",
    "format_time",
    "map_csv",
    "model_input",
    "probabilities",
    "scale_rows",
    "spectrogram",
    "timeline",
    "waveform_envelope",
    "window",
]
