"""The settings of Sound, for the page, the command line and the API alike."""

from typing import Literal

from pydantic import Field

from zoo.core.knobs import Knobs, TopKnobs

DEFAULT_MODEL = "sound-spectrogram"
RATE = 16_000  # samples a second that every network of this exhibit hears
WINDOW = 5.0  # seconds that they hear at once, as in ESC-50


class SoundKnobs(TopKnobs):
    model: list[str] = Field(
        default=[DEFAULT_MODEL],
        min_length=1,
        max_length=4,
        title="Models",
        description="Who is asked. With several models, the average of their answers is added.",
    )
    start: float = Field(
        default=0.0,
        ge=0.0,
        le=14_400.0,
        title="Start",
        description="Where the five seconds begin that the networks hear.",
        json_schema_extra={"unit": "s"},
    )
    hide_from: float = Field(
        default=0.0,
        ge=0.0,
        le=WINDOW,
        title="Hide from",
        description="Where the stretch of time begins that the networks may not hear.",
        json_schema_extra={"unit": "s"},
    )
    hide_seconds: float = Field(
        default=0.0,
        ge=0.0,
        le=WINDOW,
        title="for",
        description="How long that stretch is; 0 hides nothing.",
        json_schema_extra={"unit": "s"},
    )
    hide_band: int = Field(
        default=0,
        ge=0,
        le=127,
        title="Hide from band",
        description="The lowest of the mel bands that the networks may not hear, of 128 from low to high.",
    )
    hide_bands: int = Field(
        default=0,
        ge=0,
        le=128,
        title="for",
        description="How many bands are hidden; 0 hides none.",
        json_schema_extra={"unit": "bands"},
    )
    fill: Literal["silence", "mean"] = Field(
        default="silence",
        title="Fill with",
        description="What stands in hidden cells of a spectrogram: silence, or the mean of all cells.",
    )


class SpectrogramKnobs(Knobs):
    """How the spectrogram is drawn; the networks hear by their own settings."""

    fft: Literal[256, 512, 1024, 2048, 4096] = Field(
        default=1024,
        title="FFT size",
        description="Samples in a window: long windows tell pitches apart, short ones moments.",
        json_schema_extra={"unit": "samples"},
    )
    hop: Literal[64, 128, 256, 512] = Field(
        default=256,
        title="Hop",
        description="Samples from one window to the next.",
        json_schema_extra={"unit": "samples"},
    )
    mels: Literal[32, 64, 128, 256] = Field(
        default=128, title="Mel bands", description="Bands of pitch, as wide as the ear hears them."
    )
    span: int = Field(
        default=80,
        ge=20,
        le=100,
        title="Range",
        description="How far below the loudest cell the picture's darkest colour lies.",
        json_schema_extra={"unit": "dB"},
    )


class TimelineKnobs(Knobs):
    every: float = Field(
        default=2.5,
        ge=0.5,
        le=5.0,
        title="Listen every",
        description="Time from one window of five seconds to the next.",
        json_schema_extra={"unit": "s"},
    )
    at_least: float = Field(
        default=0.5,
        ge=0.05,
        le=0.95,
        title="Count from",
        description="The probability from which a class counts as heard.",
    )
