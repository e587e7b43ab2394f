"""Sound: classification, explanation, spectrogram and evaluation, whatever the weights predict."""

import tarfile
from pathlib import Path

import numpy as np
import pytest

from tests.recordings import tone
from zoo.core.answers import ENSEMBLE
from zoo.core.cards import exhibit_cards, find_card
from zoo.core.errors import InputError, NotFoundError
from zoo.core.evaluation import NoKnownClassError
from zoo.core.sounds import Sound, decode_sound
from zoo.examples import example_path
from zoo.exhibits.sound import (
    DEFAULT_MODEL,
    RATE,
    ExplanationKnobs,
    SoundKnobs,
    SpectrogramKnobs,
    axis_ticks,
    category_of,
    classify,
    draw_spectrogram,
    ensemble_cards,
    evaluate,
    explanation,
    probabilities,
    spectrogram,
    waveform_envelope,
    window,
)

CARDS = ensemble_cards()
PUBLISHED = "sound-yamnet-audioset"  # whose classes are AudioSet's
EVERY_MODEL = pytest.mark.parametrize("model", [card.name for card in exhibit_cards("sound")])
RAIN = Path(example_path("rain"))


def rain() -> Sound:
    return decode_sound(RAIN.read_bytes(), RATE)


# Classification


def test_several_models_are_averaged_and_categories_add_up() -> None:
    names = [card.name for card in CARDS]
    assert len(names) == 3
    result = classify(rain(), SoundKnobs(model=[*names, PUBLISHED], top_k=20))
    assert [answer.model for answer in result.answers] == [*names, PUBLISHED]
    assert result.ensemble is not None
    samples = [window(rain())]
    weights = np.array([card.config["ensemble_weight"] for card in CARDS])
    powers = [
        probabilities(name, samples)[0] ** weight for name, weight in zip(names, weights / weights.max(), strict=True)
    ]
    expected = np.prod(powers, axis=0) / np.prod(powers, axis=0).sum()
    best = result.ensemble.predictions[0]
    assert best.label == CARDS[0].classes[int(expected.argmax())].label
    assert best.probability == pytest.approx(expected.max(), abs=1e-5)
    assert result.ensemble.model == ENSEMBLE
    assert result.ensemble.restriction == "non-commercial"
    assert sum(result.categories.values()) == pytest.approx(1, abs=1e-4)
    assert list(result.categories) == find_card(names[0]).config["categories"]
    (row,) = probabilities(ENSEMBLE, samples)
    assert row.max() == pytest.approx(best.probability, abs=1e-5)


def test_classes_that_sound_together_have_probabilities_of_their_own_and_no_average() -> None:
    result = classify(rain(), SoundKnobs(model=[PUBLISHED], top_k=20))
    assert result.ensemble is None
    assert result.categories == {}
    (answer,) = result.answers
    assert answer.num_classes == 521
    assert sum(prediction.probability for prediction in answer.predictions) > 1.5
    (row,) = probabilities(PUBLISHED, [window(rain())])
    assert row.max() == pytest.approx(answer.predictions[0].probability)


def test_an_average_is_unsure_where_its_best_model_is() -> None:
    time = np.arange(5 * RATE) / RATE
    chord = sum(np.sin(2 * np.pi * hertz * time) for hertz in (220.0, 277.2, 329.6)).astype(np.float32) / 4
    result = classify((chord, RATE), SoundKnobs(model=[card.name for card in CARDS]))
    unsure = {answer.model: answer.unsure for answer in result.answers}
    assert unsure["sound-yamnet"]
    assert result.ensemble is not None
    assert result.ensemble.unsure


def test_categories_are_those_of_the_data_set() -> None:
    known = {"dog": 0, "crow": 0, "rain": 1, "thunderstorm": 1, "snoring": 2, "mouse click": 3, "hand saw": 4}
    for label, index in known.items():
        assert category_of(CARDS[0], label) == CARDS[0].config["categories"][index]
    with pytest.raises(InputError, match="no class"):
        category_of(CARDS[0], "unicorn")


@pytest.mark.parametrize("samples", [np.zeros(RATE, np.float32), 0.002 * tone(5.0)])
def test_a_quiet_window_is_not_classified(samples: np.ndarray) -> None:
    result = classify(Sound(samples, RATE))
    assert result.too_quiet
    assert result.answers == ()
    with pytest.raises(InputError, match="Too quiet"):
        explanation(Sound(samples, RATE))


@EVERY_MODEL
def test_start_and_mask_change_the_input(model: str) -> None:
    silence = np.zeros(6 * RATE, np.float32)
    both = Sound(np.concatenate([silence, rain().samples]), RATE)
    assert classify(both, SoundKnobs(model=[model])).too_quiet
    whole = classify(both, SoundKnobs(model=[model], start=6.0))
    assert whole.answers[0].predictions == classify(rain(), SoundKnobs(model=[model])).answers[0].predictions
    mask = {"time_mask_start": 1, "time_mask_width": 3, "frequency_mask_start": 60, "frequency_mask_width": 60}
    masked = classify(both, SoundKnobs(model=[model], start=6.0, **mask))
    assert masked.answers[0].predictions != whole.answers[0].predictions


def test_an_input_that_cannot_be_classified_is_an_error() -> None:
    with pytest.raises(InputError, match="ends after"):
        classify(rain(), SoundKnobs(start=5.0))
    with pytest.raises(InputError, match="ends after"):
        classify(Sound(np.zeros(0, np.float32), RATE))
    with pytest.raises(InputError, match="not of sound"):
        classify(rain(), SoundKnobs(model=["mobilenet-v2"]))
    with pytest.raises(NotFoundError):
        classify(rain(), SoundKnobs(model=["no-such-model"]))
    with pytest.raises(InputError, match="no class"):
        explanation(rain(), ExplanationKnobs(target="unicorn"))


def test_every_form_of_a_sound_gives_the_same_predictions() -> None:
    """A path, bytes, a decoded sound, samples with their rate, as integers and as two channels."""
    samples = rain().samples
    expected = {p.label: pytest.approx(p.probability, abs=0.01) for p in classify(RAIN).answers[0].predictions}
    integers = np.round(samples * 2**15).clip(-(2**15), 2**15 - 1).astype(np.int16)
    stereo = np.stack([samples, samples], 1)
    for form in (str(RAIN), RAIN.read_bytes(), rain(), (samples, RATE), (integers, RATE), (stereo, RATE)):
        assert {p.label: p.probability for p in classify(form).answers[0].predictions} == expected


def test_a_sound_of_another_rate_is_resampled() -> None:
    samples = window((tone(5.0, 1000.0, 48_000), 48_000))
    assert np.abs(samples - tone(5.0, 1000.0))[100:-100].max() < 0.01  # the filter rings at both ends


# Explanation


@EVERY_MODEL
def test_an_explanation_is_a_heat_map_of_the_asked_class(model: str) -> None:
    published = model == PUBLISHED
    result = explanation(rain(), ExplanationKnobs(model=model, target="waves, surf" if published else "Sea Waves"))
    expected = (model, "Waves, surf", "/m/034srq") if published else (model, "sea waves", "11")
    assert (result.model, result.label, result.id) == expected
    assert result.restriction == ("none" if published else "non-commercial")
    assert result.heat.ndim == 2
    assert 0 <= result.heat.min() <= result.heat.max() <= 1
    assert result.picture.size == (960, 320)
    best = classify(rain(), SoundKnobs(model=[model])).answers[0].predictions[0]
    assert explanation(rain(), ExplanationKnobs(model=model)).label == best.label


def test_an_explanation_is_of_the_masked_input() -> None:
    knobs = {"target": "rain", "frequency_mask_start": 20, "frequency_mask_width": 80}
    plain = explanation(rain(), ExplanationKnobs(target="rain")).heat
    assert not np.allclose(explanation(rain(), ExplanationKnobs(**knobs)).heat, plain, atol=1e-3)


# Spectrogram


def test_spectrogram_follows_its_knobs() -> None:
    knobs = SpectrogramKnobs(n_fft=2048, hop_length=512, n_mels=64, top_db=60)
    result = spectrogram((tone(5.0, 1000.0), RATE), knobs)
    assert result.decibels.shape == (64, 1 + 80_000 // 512)
    assert (result.decibels.min(), result.decibels.max()) == (-60, 0)
    loudest = result.frequencies[result.decibels.mean(1).argmax()]
    assert loudest == pytest.approx(1000, abs=60)
    picture = draw_spectrogram(result.decibels, 60, size=(100, 64))
    row = np.asarray(picture, np.float32).sum(-1).mean(1).argmax()
    assert row == pytest.approx(63 - result.decibels.mean(1).argmax(), abs=1)
    mask = SoundKnobs(time_mask_start=2.5, time_mask_width=2.5)
    masked = draw_spectrogram(result.decibels, 60, mask=mask, size=(100, 64))
    assert np.array_equal(np.asarray(masked)[:, :50], np.asarray(picture)[:, :50])
    assert np.asarray(masked)[:, 51:].std(axis=(0, 1)).max() < 5
    dark = draw_spectrogram(result.decibels, 60, np.zeros((1, 5), np.float32), 1.0, size=(100, 64))
    assert np.asarray(dark).max() == 0
    times, frequencies = axis_ticks(result)
    assert times[0] == (0.0, "0 s")
    assert times[-1] == (1.0, "5 s")
    assert [position for position, _ in frequencies] == sorted(position for position, _ in frequencies)


def test_spectrogram_of_silence_is_dark() -> None:
    result = spectrogram((np.zeros(RATE, np.float32), RATE))
    assert (result.decibels == -result.top_db).all()
    assert np.asarray(result.picture).max() < 60


@pytest.mark.parametrize("knobs", [{}, {"n_fft": 256}, {"n_fft": 4096, "n_mels": 32}], ids=str)
def test_noise_at_the_edge_of_silence_is_darker_than_loud_noise(knobs: dict[str, int]) -> None:
    noise = np.random.default_rng(0).uniform(-1, 1, 5 * RATE).astype(np.float32)
    loud, quiet = (spectrogram((noise * level, RATE), SpectrogramKnobs(**knobs)) for level in (0.5, 0.001))
    assert loud.decibels.max() == 0
    assert quiet.decibels.max() < -30
    assert np.asarray(quiet.picture).mean() < 0.65 * np.asarray(loud.picture).mean()


def test_a_hop_longer_than_the_transform_is_shortened() -> None:
    result = spectrogram(rain(), SpectrogramKnobs(n_fft=256, hop_length=512))
    assert result.decibels.shape == (128, 1 + 80_000 // 256)


def test_envelope_has_every_extreme() -> None:
    samples = np.zeros(10_000, np.float32)
    samples[[17, 9_999]] = 1, -1
    envelope = waveform_envelope(samples, 100)
    assert envelope.shape == (100, 2)
    assert envelope[0].tolist() == [0, 1]
    assert envelope[-1].tolist() == [-1, 0]
    assert waveform_envelope(samples[:7], 100).shape == (100, 2)


# Evaluation


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    """Two clips that are named as those of ESC-50."""
    for index, (name, number) in enumerate([("rain", 10), ("siren", 42)]):
        (tmp_path / f"1-{index}-A-{number}.ogg").write_bytes(Path(example_path(name)).read_bytes())
    return tmp_path


@pytest.mark.parametrize("model", [DEFAULT_MODEL, ENSEMBLE])
def test_evaluation_counts_per_class(clips: Path, model: str) -> None:
    (clips / "2-9-A-99.ogg").write_bytes(b"a clip whose class no model has is not read")
    result = evaluate(clips, model)
    assert (result.model, result.n) == (model, 2)
    assert result.recall.keys() == {"rain", "siren"}
    assert result.accuracy == pytest.approx(np.mean(list(result.recall.values())))


def test_a_tar_is_read_like_a_folder(clips: Path) -> None:
    with tarfile.open(clips / "clips.tar", "w") as archive:
        for path in sorted(clips.glob("*.ogg")):
            archive.add(path, f"audio/{path.name}")
    assert evaluate(clips / "clips.tar", DEFAULT_MODEL) == evaluate(clips, DEFAULT_MODEL)


def test_errors_of_an_evaluation(tmp_path: Path) -> None:
    with pytest.raises(NoKnownClassError, match="No clip"):
        evaluate(tmp_path, DEFAULT_MODEL)
    (tmp_path / "1-1-A-3.wav").write_text("hello")
    with pytest.raises(InputError, match=r"1-1-A-3\.wav: This is not a sound"):
        evaluate(tmp_path, DEFAULT_MODEL)
    with pytest.raises(InputError, match="neither a folder nor a tar"):
        evaluate(tmp_path / "1-1-A-3.wav", DEFAULT_MODEL)
