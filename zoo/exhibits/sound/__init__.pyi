from .analyses import analysis, scale_rows
from .drawing import axis_ticks, color_image, draw_spectrogram, waveform_envelope
from .evaluation import Evaluation, evaluate
from .explanations import explanation
from .knobs import (
    DEFAULT_MODEL,
    RATE,
    WINDOW,
    AnalysisKnobs,
    ExplanationKnobs,
    SoundKnobs,
    SpectrogramKnobs,
    TimelineKnobs,
)
from .predict import category_of, classify, ensemble_cards, model_input, probabilities
from .results import Analysis, Event, SoundClassification, SoundExplanation, Spectrogram, Timeline, events_csv
from .spectrograms import spectrogram
from .timelines import format_time, timeline
from .windows import window

__all__ = [
    "DEFAULT_MODEL",
    "RATE",
    "WINDOW",
    "Analysis",
    "AnalysisKnobs",
    "Evaluation",
    "Event",
    "ExplanationKnobs",
    "SoundClassification",
    "SoundExplanation",
    "SoundKnobs",
    "Spectrogram",
    "SpectrogramKnobs",
    "Timeline",
    "TimelineKnobs",
    "analysis",
    "axis_ticks",
    "category_of",
    "classify",
    "color_image",
    "draw_spectrogram",
    "ensemble_cards",
    "evaluate",
    "events_csv",
    "explanation",
    "format_time",
    "model_input",
    "probabilities",
    "scale_rows",
    "spectrogram",
    "timeline",
    "waveform_envelope",
    "window",
]
