"""The knobs of Sound."""

from typing import Annotated, Literal

from pydantic import Field

from zoo.core.knobs import FromText, Knobs, TopKnobs

DEFAULT_MODEL = "sound-yamnet"
RATE = 16_000  # samples a second of every network's input
WINDOW = 5.0  # seconds of every network's input, as in ESC-50
N_BANDS = 128  # mel bands that the frequency mask counts


class WindowKnobs(Knobs):
    """Which part of a sound is analysed."""

    start: float = Field(
        default=0.0,
        ge=0.0,
        le=600.0,
        title="Start",
        description="The start of the five-second window that is analysed.",
        json_schema_extra={"unit": "s"},
    )


class MaskKnobs(WindowKnobs):
    """A SpecAugment mask on the input of the networks."""

    time_mask_start: float = Field(
        default=0.0,
        ge=0.0,
        le=WINDOW,
        title="Time mask start",
        description="The start of the masked time, from the start of the window.",
        json_schema_extra={"unit": "s"},
    )
    time_mask_width: float = Field(
        default=0.0,
        ge=0.0,
        le=WINDOW,
        title="Time mask width",
        description="The length of the masked time; 0 masks none.",
        json_schema_extra={"unit": "s"},
    )
    frequency_mask_start: int = Field(
        default=0,
        ge=0,
        le=N_BANDS - 1,
        title="Frequency mask start",
        description="The lowest masked mel band of 128, counted from the lowest frequency.",
        json_schema_extra={"unit": "band"},
    )
    frequency_mask_width: int = Field(
        default=0,
        ge=0,
        le=N_BANDS,
        title="Frequency mask width",
        description="The number of masked mel bands; 0 masks none.",
        json_schema_extra={"unit": "bands"},
    )
    mask_value: Literal["silence", "mean"] = Field(
        default="silence",
        title="Mask value",
        description="The value of masked cells of a spectrogram: silence, or the mean of all cells.",
    )


class SoundKnobs(TopKnobs, MaskKnobs):
    model: list[str] = Field(
        default=[DEFAULT_MODEL],
        min_length=1,
        max_length=4,
        title="Models",
        description="The models to ask. With several, a weighted average of their probabilities is added.",
    )


class SpectrogramKnobs(WindowKnobs):
    """The short-time Fourier transform and the mel bands of what is drawn."""

    n_fft: Annotated[Literal[256, 512, 1024, 2048, 4096], FromText] = Field(
        default=1024,
        title="FFT size",
        description="The length of the transform. Long ones separate frequencies, short ones separate moments.",
        json_schema_extra={"unit": "samples"},
    )
    hop_length: Annotated[Literal[64, 128, 256, 512], FromText] = Field(
        default=256,
        title="Hop length",
        description="The step from one frame to the next.",
        json_schema_extra={"unit": "samples"},
    )
    n_mels: Annotated[Literal[32, 64, 128, 256], FromText] = Field(
        default=128,
        title="Mel bands",
        description="The number of frequency bands, spaced on the mel scale.",
    )
    top_db: int = Field(
        default=80,
        ge=20,
        le=100,
        title="Dynamic range",
        description="The darkest colour stands for so many decibels below the brightest.",
        json_schema_extra={"unit": "dB"},
    )


class ExplanationKnobs(MaskKnobs, SpectrogramKnobs):
    model: str = Field(default=DEFAULT_MODEL, title="Model", description="The model whose prediction is explained.")
    target: str = Field(
        default="",
        max_length=100,
        title="Evidence for",
        description="The class that is explained, by its label or number; empty for the most probable one.",
    )
    opacity: int = Field(
        default=50,
        ge=0,
        le=100,
        title="Heat map",
        description="How much the heat map darkens the parts of the spectrogram without evidence.",
        json_schema_extra={"unit": "%"},
    )


class AnalysisKnobs(SpectrogramKnobs):
    n_mfcc: int = Field(
        default=20,
        ge=1,
        le=32,
        title="MFCCs",
        description="The number of mel-frequency cepstral coefficients.",
        json_schema_extra={"unit": "coefficients"},
    )
    fmin: int = Field(
        default=65,
        ge=20,
        le=500,
        title="Lowest pitch",
        description="The lowest fundamental frequency that is searched for.",
        json_schema_extra={"unit": "Hz"},
    )
    fmax: int = Field(
        default=2093,
        ge=600,
        le=4000,
        title="Highest pitch",
        description="The highest fundamental frequency that is searched for.",
        json_schema_extra={"unit": "Hz"},
    )


class TimelineKnobs(Knobs):
    model: str = Field(
        default=DEFAULT_MODEL,
        title="Model",
        description="The model that classifies each window; average for the weighted average of all of ESC-50.",
    )
    hop: float = Field(
        default=2.5,
        ge=0.5,
        le=WINDOW,
        title="Hop",
        description="The step from one window of five seconds to the next.",
        json_schema_extra={"unit": "s"},
    )
    threshold: float = Field(
        default=0.5,
        ge=0.05,
        le=0.95,
        title="Threshold",
        description="The probability from which a class is an event.",
    )
