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


class BendKnobs(SoundKnobs):
    """What is done to a sound before it is classified, in this order. At their defaults all of it is off."""

    speed: float = Field(
        default=1.0,
        ge=0.5,
        le=2.0,
        title="Speed",
        description="As on a tape: at 2 a sound takes half the time, an octave higher.",
        json_schema_extra={"unit": "×"},
    )
    pitch: float = Field(
        default=0.0,
        ge=-12.0,
        le=12.0,
        title="Pitch",
        description="By how many semitones the pitch is shifted; the duration stays.",
        json_schema_extra={"unit": "semitones"},
    )
    reverb: int = Field(
        default=0,
        ge=0,
        le=100,
        title="Reverb",
        description="How much of the sound is the reverberation of a hall, which dies away within 1.5 seconds.",
        json_schema_extra={"unit": "%"},
    )
    noise: Literal["none", "white", "pink"] = Field(
        default="none",
        title="Noise",
        description="Noise that is added: white has equal power at all frequencies, pink in all octaves.",
    )
    snr: int = Field(
        default=10,
        ge=-10,
        le=40,
        title="Signal-to-noise ratio",
        description="The power of the sound over that of the noise: at 0 dB both are as strong.",
        json_schema_extra={"unit": "dB"},
    )
    high_pass: int = Field(
        default=0,
        ge=0,
        le=6000,
        title="High-pass",
        description="The cut-off below which frequencies are attenuated, by 24 dB an octave; 0 is off.",
        json_schema_extra={"unit": "Hz"},
    )
    low_pass: int = Field(
        default=RATE // 2,
        ge=100,
        le=RATE // 2,
        title="Low-pass",
        description="The cut-off above which frequencies are attenuated, by 24 dB an octave; 8000 is off.",
        json_schema_extra={"unit": "Hz"},
    )
    seed: int = Field(default=0, ge=0, le=9999, title="Seed", description="The same seed gives the same noise.")


class BendCurveKnobs(BendKnobs):
    over: Literal["speed", "pitch", "reverb", "snr", "high_pass", "low_pass"] = Field(
        default="speed",
        title="Over",
        description="The knob that takes about nine values of its range; the others stay. For snr without noise, the "
        "noise is white.",
    )


class MapKnobs(WindowKnobs):
    model: str = Field(default=DEFAULT_MODEL, title="Model", description="The model whose classes are placed.")


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
