"""The recipes of Sound: augmentation, folds, configs, and a run on a few generated clips."""

import csv
import io
import math
import tarfile
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from tests.recordings import encoded, tone
from training import recipes
from training.augment import mixup_sounds, spec_augment
from training.sound import audionet, bundle, bundle_yamnet, clips, folds, spectrogram, yamnet
from training.sound.audionet import augment_waveform, mix_between_classes
from training.sound.clips import RATE, Clips
from training.sound.config import AudioNetConfig, SpectrogramConfig, YamNetConfig
from training.sound.spectrogram import random_roll
from zoo.core.cards import find_card
from zoo.nets.mobilenet import MobileNetV2
from zoo.nets.yamnet import YamNet


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def tones(*hertz: float) -> torch.Tensor:
    time = torch.arange(2 * RATE) / RATE
    return torch.stack([0.3 * torch.sin(2 * torch.pi * frequency * time) for frequency in hertz])


def pitch(samples: torch.Tensor) -> float:
    return float(np.fft.rfftfreq(len(samples), 1 / RATE)[np.abs(np.fft.rfft(samples.numpy())).argmax()])


def test_mixed_sounds_add_their_powers_and_average_their_targets() -> None:
    decibels = torch.full((4, 8, 10), -80.0)
    for clip in range(4):
        decibels[clip, 2 * clip] = 0.0  # a band of its own for each
    mixed, targets = mixup_sounds(decibels, torch.eye(4), 1.0, generator())
    for clip, row in enumerate(targets):
        assert row.sum() == pytest.approx(1)
        assert row.argmax() == clip
        for other in row.nonzero()[:, 0].tolist():
            assert mixed[clip, 2 * other, 0] == pytest.approx(10 * math.log10(row[other].item()), abs=0.01)
    same, unchanged = mixup_sounds(decibels, torch.eye(4), 0.0, generator())
    assert same is decibels
    assert torch.equal(unchanged, torch.eye(4))


def test_masks_are_no_wider_than_allowed() -> None:
    masked = spec_augment(torch.zeros(64, 32, 40), 6, 9, -80.0, generator()) == -80
    bands, frames = masked.all(2).sum(1), masked.all(1).sum(1)
    assert bands.max() <= 2 * 5
    assert frames.max() <= 2 * 8
    assert bands.float().mean() > 2
    assert frames.float().mean() > 3
    expected = masked.all(2)[:, :, None] | masked.all(1)[:, None]
    assert torch.equal(masked, expected)


def test_rolled_spectrograms_keep_every_frame() -> None:
    decibels = torch.rand(5, 3, 50)
    rolled = random_roll(decibels, generator())
    assert not torch.equal(rolled, decibels)
    for before, after in zip(decibels, rolled, strict=True):
        assert any(torch.equal(after, before.roll(-shift, 1)) for shift in range(50))


def test_augmented_waveforms_change_their_pitch_a_little_and_keep_full_scale() -> None:
    augmented = augment_waveform(tones(*[1000.0] * 8), generator())
    pitches = [pitch(samples) for samples in augmented]
    assert all(1000 * np.exp(-0.19) < hertz < 1000 * np.exp(0.19) for hertz in pitches)
    assert len({round(hertz) for hertz in pitches}) > 4
    assert torch.allclose(augmented.abs().amax(1), torch.ones(8))
    assert (augmented == 0).float().mean(1).min() > 0.005


def test_between_class_mixtures_hold_both_sounds() -> None:
    samples, targets = tones(500.0, 3000.0), torch.eye(2)
    mixed, proportions = mix_between_classes(samples, targets, 1.0, torch.Generator().manual_seed(3))
    for row, proportion in zip(mixed, proportions, strict=True):
        amplitudes = torch.fft.rfft(row).abs()[[1000, 6000]] / (0.3 * RATE)
        assert torch.allclose(amplitudes, proportion, atol=1e-3)
    unchanged, same = mix_between_classes(samples, targets, 0.0, generator())
    assert torch.equal(unchanged, samples)
    assert torch.equal(same, targets)


def test_folds_are_disjoint() -> None:
    known = Clips(torch.zeros(8, 2), torch.arange(8), torch.tensor([1, 2, 3, 4] * 2), [])
    indices = [known.indices([fold]) for fold in (1, 2, 3, 4)]
    assert sorted(torch.cat(indices).tolist()) == list(range(8))
    assert F.one_hot(known.folds[known.indices([2, 3])] % 2).sum(0).tolist() == [2, 2]
    assert len(known.indices([0])) == 0


def test_configs_are_those_that_the_cards_name() -> None:
    spectrograms, waveforms = (recipes.load(name).config for name in ("sound-spectrogram", "sound-audionet"))
    assert isinstance(spectrograms, SpectrogramConfig)
    assert isinstance(waveforms, AudioNetConfig)
    for config in (spectrograms, waveforms):
        assert recipes.load(config.init_from).config.init_from == ""
    assert recipes.load(waveforms.teacher).function == "training.sound.spectrogram:train"
    tuned = recipes.load("sound-yamnet").config
    assert isinstance(tuned, YamNetConfig)
    for name in ("sound-spectrogram", "sound-audionet", "sound-yamnet"):
        folder = find_card(name).folder
        assert folder is not None
        assert f"Recipe config: `{name}`" in (folder / "README.md").read_text()


@pytest.mark.parametrize(("name", "module"), [("sound-spectrogram", spectrogram), ("sound-audionet", audionet)])
def test_the_bundled_architecture_is_the_recipes(name: str, module: object) -> None:
    architecture = dict(find_card(name).config["architecture"])
    del architecture["kind"]
    assert architecture == module.ARCHITECTURE | {"num_classes": 50}  # type: ignore[attr-defined]
    assert find_card(name).config["categories"] == bundle.CATEGORIES


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four folds of two classes, tones below and above 1 kHz, in the form of ESC-50."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "data" / "sound"
    folder.mkdir(parents=True)
    with (folder / "esc50.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["filename", "target", "category"])
        writer.writerows([["1-1-A-0.ogg", 0, "low_tone"], ["1-1-A-1.ogg", 1, "high_tone"]])
    for fold in clips.FOLDS:
        with tarfile.open(folder / f"esc50_fold{fold}.tar", "w") as archive:
            for label, hertz in enumerate((400.0 + 50 * fold, 3000.0 + 50 * fold)):
                content = encoded(tone(1.0, hertz))
                member = tarfile.TarInfo(f"{fold}-1-A-{label}.ogg")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    return tmp_path / "data"


@pytest.fixture
def random_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spectrogram, "given_network", lambda data: MobileNetV2(num_classes=1000))


@pytest.mark.usefixtures("random_weights")
def test_recipes_run_and_bundle_measures_them(data: Path, tmp_path: Path) -> None:
    runs = {"sound-spectrogram-first": 3, "sound-spectrogram": 3, "sound-audionet-first": 3, "sound-audionet": 3}
    for name, hold_out in (*runs.items(), ("sound-audionet-first", 0)):
        recipe = recipes.load(name, epochs=1, batch_size=3, hold_out=hold_out)
        recipe.train(data, name, recipe.config)
    names = {path.stem for path in (tmp_path / ".checkpoints").glob("*.pt")}
    assert names == {"sound-audionet-first", *(f"{name}-fold-3" for name in runs)}
    assert "held_out" in (tmp_path / ".checkpoints" / "sound-audionet-fold-3.jsonl").read_text()
    known = clips.esc50(data)
    assert known.names == ["low_tone", "high_tone"]
    logits = bundle.held_out_logits("sound-audionet", audionet.initial_network(2), known)
    assert bundle.measured_folds("sound-audionet") == [3]
    assert logits[known.indices([3])].isfinite().all()
    assert logits[known.indices([1, 2, 4])].isnan().all()


@pytest.mark.usefixtures("random_weights")
def test_a_learning_rate_of_zero_runs_the_range_test(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recipe = recipes.load("sound-audionet-first", learning_rate=0, batch_size=2)
    recipe.train(data, "sound-audionet-first", recipe.config)
    assert capsys.readouterr().out.startswith("1.00e-05 ")
    assert not folds.checkpoint_of("sound-audionet-first", 0).exists()  # type: ignore[union-attr]


def test_mixed_magnitudes_add_their_powers() -> None:
    magnitude = torch.zeros(2, 6, 64)
    magnitude[0, :, 3], magnitude[1, :, 40] = 1.0, 1.0
    mixed, targets = yamnet.mix_magnitudes(magnitude, torch.eye(2), 1.0, torch.Generator().manual_seed(1))
    assert targets.max() < 1  # no sound is mixed with itself here
    for row, proportion in zip(mixed, targets, strict=True):
        assert torch.allclose(row[:, [3, 40]], proportion.expand(6, 2), atol=1e-6)
    same, unchanged = yamnet.mix_magnitudes(magnitude, torch.eye(2), 0.0, generator())
    assert torch.equal(same, magnitude)
    assert torch.equal(unchanged, torch.eye(2))


def test_crops_go_round_and_the_equalizer_is_smooth() -> None:
    counted = torch.arange(10.0)[None, :, None].expand(3, 10, 64)
    crops = yamnet.random_crop(counted, 8, generator())
    assert crops.shape == (3, 8, 64)
    assert ((crops[:, 1:, 0] - crops[:, :-1, 0]) % 10 == 1).all()
    curves = yamnet.equalize(torch.zeros(20, 4, 64), generator())
    assert curves.abs().max() <= yamnet.MAX_GAIN
    assert torch.equal(curves[:, 0], curves[:, 3])
    assert curves.diff(dim=2).abs().max() < 0.1
    assert curves[:, 0].std(0).min() > 0.1


def few_strangers(measured: bool = True) -> dict[str, torch.Tensor]:
    samples = torch.zeros(2, 5 * RATE)
    samples[:, :RATE] = 0.1 * torch.randn(2, RATE, generator=torch.Generator().manual_seed(int(measured)))
    return {"noise": samples}


def random_given(data: Path) -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    return dict(YamNet(num_classes=521).state_dict())


@pytest.fixture
def given_yamnet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yamnet, "given_tensors", random_given)
    monkeypatch.setattr(yamnet, "strangers", few_strangers)
    monkeypatch.setattr(bundle_yamnet, "strangers", few_strangers)


@pytest.mark.usefixtures("given_yamnet")
def test_the_last_layer_is_fitted_before_the_fine_tuning(data: Path) -> None:
    known = clips.esc50(data)
    network = yamnet.initial_network(data, 2)
    magnitudes = yamnet.magnitudes(known)
    assert magnitudes.shape == (yamnet.SPEEDS, 8, 498, 64)
    assert magnitudes.amax(3).min() > 0.01  # the last four seconds of a clip of one second are filled
    log_mel = magnitudes[yamnet.SPEEDS // 2].float().log()
    yamnet.fit_last_layer(network, log_mel, known.labels)
    network.eval()
    with torch.inference_mode():
        logits = network.classify(yamnet.pooled_features(network, log_mel, 14))
    assert logits.argmax(1).tolist() == known.labels.tolist()


@pytest.mark.usefixtures("given_yamnet")
def test_only_the_upper_layers_of_yamnet_are_trained(data: Path, tmp_path: Path) -> None:
    recipe = recipes.load("sound-yamnet", epochs=2, batch_size=3, hold_out=3, first_layer=13, frames=96, strangers=1)
    recipe.train(data, "sound-yamnet", recipe.config)
    trained = bundle.load_checkpoint("sound-yamnet", 3)
    given = bundle.rounded(random_given(data))
    changed = {name.split(".")[0] for name in given if not torch.equal(given[name], trained.get(name, torch.zeros(1)))}
    assert changed == {"layer13", "layer14", "dense"}
    own = bundle_yamnet.own_tensors(trained, 13)
    assert {name.split(".")[0] for name in own} == {"layer13", "layer14", "dense", "norm"}
    network = YamNet(num_classes=2, tuned=True)
    sure = bundle_yamnet.sure_of_strangers(network, 1.0, 0.0)
    assert sure == {"noise": 1.0}
    assert bundle_yamnet.sure_of_strangers(network, 1.0, 1.1) == {"noise": 0.0}
