"""The analysis views of Sound: librosa's values, both ends of every knob, and no import of librosa elsewhere."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import librosa
import numpy as np
import pytest

from tests.recordings import tone
from zoo.core.errors import InputError
from zoo.examples import example_path
from zoo.exhibits.sound import RATE, Analysis, AnalysisKnobs, analysis, window

ROOT = Path(__file__).parents[2]
BELLS = example_path("bells")
ENDS = [
    {"n_fft": 256, "hop_length": 512},
    {"n_fft": 256, "n_mels": 256},
    {"n_fft": 4096, "hop_length": 64},
    {"n_mels": 32, "n_mfcc": 32},
    {"n_mfcc": 1, "top_db": 20},
    {"fmin": 20, "fmax": 4000, "top_db": 100},
    {"fmin": 500, "fmax": 600},
]


def check(result: Analysis) -> None:
    """Shapes agree, and every number is finite."""
    frames = len(result.times)
    for field in dataclasses.fields(result):
        value = getattr(result, field.name)
        if isinstance(value, np.ndarray):
            assert value.dtype == np.float32
            assert np.isfinite(value).all()
            assert field.name == "onset_times" or value.shape[-1] == frames
    assert len(result.chroma) == 12
    assert result.times[-1] == pytest.approx(result.seconds, abs=0.05)


@pytest.mark.parametrize("knobs", ENDS, ids=str)
def test_every_end_of_a_knob_gives_finite_views(knobs: dict[str, int]) -> None:
    result = analysis(BELLS, AnalysisKnobs(**knobs))
    check(result)
    assert result.mfcc.shape[0] == AnalysisKnobs(**knobs).n_mfcc
    assert result.mel.shape[0] == AnalysisKnobs(**knobs).n_mels
    assert result.mel.max() == 0
    assert result.mel.min() >= -AnalysisKnobs(**knobs).top_db


def test_views_are_librosas() -> None:
    samples = window(BELLS)
    result = analysis(BELLS)
    power = librosa.feature.melspectrogram(y=samples, sr=RATE, n_fft=1024, hop_length=256, n_mels=128)
    mel = librosa.power_to_db(power, ref=np.max, amin=1e-10, top_db=80)
    assert np.abs(result.mel - mel).max() < 0.02
    assert np.abs(result.mfcc - librosa.feature.mfcc(S=mel, n_mfcc=20)).max() < 0.2
    strength = librosa.onset.onset_strength(S=mel, sr=RATE, hop_length=256)
    assert np.abs(result.onset_strength - strength).max() < 0.02
    chroma = librosa.feature.chroma_stft(y=samples, sr=RATE, n_fft=1024, hop_length=256, tuning=0.0)
    assert np.abs(result.chroma - chroma).max() < 1e-4
    pitch = librosa.yin(samples, fmin=65, fmax=2093, sr=RATE, hop_length=256)
    voiced = result.fundamental_frequency > 0
    assert voiced.mean() > 0.9
    assert np.abs(result.fundamental_frequency - pitch)[voiced].max() < 0.01


def test_a_tone_has_its_pitch_and_its_onset() -> None:
    silence = np.zeros(2 * RATE, np.float32)
    result = analysis((np.concatenate([silence, tone(2.0, 440.0)]), RATE))
    voiced = result.fundamental_frequency > 0
    assert not voiced[result.times < 1.9].any()
    assert np.median(result.fundamental_frequency[voiced]) == pytest.approx(440, abs=2)
    assert result.chroma[9, (result.times > 2.2) & (result.times < 3.8)].mean() > 0.95  # A
    assert min(abs(result.onset_times - 2.0)) < 0.1


def test_silence_has_neither_onset_nor_pitch() -> None:
    result = analysis((np.zeros(RATE, np.float32), RATE))
    check(result)
    assert len(result.onset_times) == 0
    assert result.fundamental_frequency.max() == 0
    assert (result.mel == -80).all()


def test_the_window_starts_where_asked() -> None:
    both = np.concatenate([np.zeros(3 * RATE, np.float32), tone(5.0, 330.0)])
    result = analysis((both, RATE), AnalysisKnobs(start=3.0))
    assert result.start == 3.0
    assert np.median(result.fundamental_frequency) == pytest.approx(330, abs=2)
    with pytest.raises(InputError, match="ends after"):
        analysis((both, RATE), AnalysisKnobs(start=9.0))


def test_the_picture_has_five_panels() -> None:
    picture = analysis(BELLS).picture
    assert picture.size == (960, 5 * 172)
    rows = np.asarray(picture.convert("L"), np.float32).mean(1)
    assert (rows[::172] > 200).all()  # the line of each title is white


def test_librosa_is_imported_for_an_analysis_alone() -> None:
    code = (
        "import sys, zoo\nfrom zoo.exhibits import sound\n"
        "sound.classify(zoo.example('rain')); sound.spectrogram(zoo.example('rain'))\n"
        "print('librosa' in sys.modules, 'numba' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
