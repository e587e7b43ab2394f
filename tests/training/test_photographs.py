"""The ResNet-18 for photographs: packing, the student and its losses, a run on synthetic photographs, the bundle."""

import io
import json
import subprocess
import tarfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image, ImageDraw
from torch import nn
from typer.testing import CliRunner

from training import publish, run
from training.classify import networks
from training.classify.networks import given_network
from training.photographs import __main__ as commands
from training.photographs import bundle, distill
from training.photographs.packed import PackedPhotographs, endless_order, load_packed
from training.photographs.prepare import FOLDER, difference_hash, is_near, prepare_source, shrink
from training.photographs.sources import SOURCES, Source
from training.photographs.splits import held_out_photographs
from training.photographs.student import (
    HINTS,
    Outputs,
    Student,
    distillation_loss,
    fold_batch_norm,
    map_error,
    teacher_outputs,
)
from training.pictures import imagenet_classes
from zoo.core.cards import read_card
from zoo.nets.mobilenet import MobileNetV2
from zoo.nets.resnet import ResNet18


def scene(seed: int, size: tuple[int, int] = (300, 240)) -> Image.Image:
    """Rectangles of random colours."""
    rng = np.random.default_rng(seed)
    picture = Image.new("RGB", size, tuple(rng.integers(256, size=3).tolist()))
    draw = ImageDraw.Draw(picture)
    for _ in range(12):
        left, top = rng.integers(size[0]), rng.integers(size[1])
        width, height = rng.integers(20, 150, size=2)
        draw.rectangle((left, top, left + width, top + height), tuple(rng.integers(256, size=3).tolist()))
    return picture


def encoded(picture: Image.Image, kind: str = "JPEG") -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind)
    return buffer.getvalue()


# Packing


@pytest.fixture
def clone(tmp_path: Path) -> tuple[Source, Path]:
    """A git repository with four pictures in a folder that is read, and one in another."""
    folder = tmp_path / "clones" / "someone+pictures"
    (folder / "train").mkdir(parents=True)
    (folder / "masks").mkdir()
    (folder / "train" / "large.jpg").write_bytes(encoded(scene(1, (800, 600))))
    (folder / "train" / "small.jpg").write_bytes(encoded(scene(2, (200, 100))))
    (folder / "train" / "again.jpg").write_bytes(encoded(scene(1, (800, 600))))
    (folder / "train" / "held-out.png").write_bytes(encoded(scene(3), "PNG"))
    (folder / "train" / "broken.jpg").write_bytes(b"not a picture")
    (folder / "masks" / "mask.jpg").write_bytes(encoded(scene(4)))

    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=someone", "-c", "user.email=someone@example.org", "-c", "commit.gpgsign=false"]
        return subprocess.run(
            ["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True, text=True
        ).stdout.strip()

    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "--message", "Pictures")
    return Source("someone/pictures", git("rev-parse", "HEAD"), ("train",), "pictures"), folder.parent


def test_a_source_is_packed_without_duplicates_and_held_out_pictures(clone: tuple[Source, Path]) -> None:
    source, clones = clone
    # Two held-out pictures, one of them shrunk, in another format than the source's.
    hashes = np.array([difference_hash(scene(3).resize((150, 120))), difference_hash(scene(9))], np.uint64)
    table = prepare_source(source, clones, hashes)
    assert table["name"].tolist() == ["train/again.jpg", "train/small.jpg"]  # large.jpg is the same as again.jpg
    sizes = [Image.open(io.BytesIO(content)).size for content in table["image"]]
    assert sizes == [(256, 192), (200, 100)]
    assert table["image"].iloc[1] == encoded(scene(2, (200, 100)))  # not encoded again


def test_a_clone_without_the_commit_is_refused(clone: tuple[Source, Path]) -> None:
    source, clones = clone
    other = Source(source.repository, "0" * 40, source.folders, source.title)
    with pytest.raises((subprocess.CalledProcessError, tarfile.ReadError)):
        prepare_source(other, clones, np.array([], np.uint64))


def test_hashes_tell_pictures_apart_and_not_copies() -> None:
    picture = scene(5)
    hashes = np.array([difference_hash(picture)], np.uint64)
    copy = shrink(encoded(picture.resize((150, 150))))  # squashed and compressed
    assert copy is not None
    assert is_near(copy[1], hashes)
    assert not any(is_near(difference_hash(scene(seed)), hashes) for seed in range(6, 20))


def test_sources_are_pinned_and_the_sample_pictures_are_none_of_them() -> None:
    assert len({source.name for source in SOURCES}) == len(SOURCES)
    assert all(len(source.commit) == 40 for source in SOURCES)
    assert not any("imagenet-sample-images" in source.repository for source in SOURCES)


def test_crops_lie_inside_and_are_mirrored_half_of_the_time() -> None:
    wide = Image.new("RGB", (400, 200))
    wide.paste((255, 255, 255), (200, 0, 400, 200))  # the right half is white
    packed = PackedPhotographs([encoded(wide)])
    generator = torch.Generator().manual_seed(0)
    crops = packed.crops(torch.zeros(60, dtype=torch.int64), 32, 0.9, generator)
    assert crops.shape == (60, 3, 32, 32)
    assert crops.is_contiguous(memory_format=torch.channels_last)
    assert 0 <= crops.min() <= crops.max() <= 1
    white_left = crops[:, 0, :, 0].mean(1) > 0.5
    assert 15 < int(white_left.sum()) < 45
    assert torch.equal(crops, packed.crops(torch.zeros(60, dtype=torch.int64), 32, 0.9, generator.manual_seed(0)))


def test_order_goes_through_all_before_any_comes_again() -> None:
    epochs = torch.cat([endless_order(10, 4, epoch) for epoch in range(5)])
    assert sorted(epochs[:10].tolist()) == sorted(epochs[10:].tolist()) == list(range(10))
    assert epochs[:10].tolist() != epochs[10:].tolist()


def test_a_large_source_is_thinned_evenly(tmp_path: Path) -> None:
    (tmp_path / FOLDER).mkdir()
    for name, count in (("large", 10), ("small", 3)):
        rows = [{"image": f"{name}{index}".encode(), "name": f"{index:02d}"} for index in range(count)]
        pd.DataFrame(rows).to_parquet(tmp_path / FOLDER / f"{name}.parquet")
    images = [content.decode() for content in load_packed(tmp_path, 5).images]
    assert images == ["large0", "large2", "large4", "large6", "large8", "small0", "small1", "small2"]


def test_without_photographs_a_sentence_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="prepare them first"):
        load_packed(tmp_path, 5)


# Student and teacher


def random_teacher() -> MobileNetV2:
    torch.manual_seed(0)
    network = MobileNetV2(num_classes=1000, asymmetric_padding=True)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_var, 0.5, 2)
            nn.init.normal_(module.running_mean, std=0.1)
    return network.eval()


def test_folding_changes_no_output() -> None:
    network, pixels = random_teacher(), torch.rand(2, 3, 64, 64)
    with torch.no_grad():
        expected = network(pixels)
        folded = fold_batch_norm(network)
        assert not any(isinstance(module, nn.BatchNorm2d) for module in folded.modules())
        torch.testing.assert_close(folded(pixels), expected, atol=1e-4, rtol=1e-3)


def test_the_students_network_is_the_plain_one_and_its_maps_are_as_fine_as_the_teachers() -> None:
    student = Student(num_classes=1000).eval()
    pixels = torch.rand(2, 3, 96, 96)
    with torch.no_grad():
        outputs = student(pixels)
        torch.testing.assert_close(outputs.logits, student.network(pixels))
    theirs = teacher_outputs(random_teacher(), pixels)
    assert theirs.logits.shape == (2, 1000)
    assert [tuple(ours.shape) for ours in outputs.maps] == [tuple(other.shape) for other in theirs.maps]
    assert [ours.shape[1] for ours in outputs.maps] == [target for *_, target in HINTS]


def test_the_loss_is_least_for_the_teachers_own_outputs() -> None:
    torch.manual_seed(0)
    maps = [torch.randn(4, 3, 6, 6)]
    teacher = Outputs(torch.randn(4, 7), maps)
    standard = [(maps[0] - maps[0].mean((0, 2, 3), keepdim=True)) / maps[0].std((0, 2, 3), keepdim=True)]
    same = distillation_loss(Outputs(teacher.logits, standard), teacher, 1.0, 1.0)
    other_logits = distillation_loss(Outputs(teacher.logits.roll(1, 0), standard), teacher, 1.0, 1.0)
    other_maps = distillation_loss(Outputs(teacher.logits, [standard[0].roll(1, 0)]), teacher, 1.0, 1.0)
    assert same < other_logits
    assert same < other_maps


def test_maps_of_another_size_are_compared_at_the_students() -> None:
    torch.manual_seed(0)
    coarse = torch.randn(4, 3, 2, 2)
    fine = coarse.repeat_interleave(2, 2).repeat_interleave(2, 3)
    standard = nn.functional.batch_norm(coarse, None, None, training=True)
    assert map_error(standard, fine) < 1e-6
    assert map_error(standard.flip(3), fine) > 0.1


# A whole run


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Twelve scenes as photographs, ten others as the labelled ones, and random weights as the given ones."""
    monkeypatch.setattr(run, "CHECKPOINTS", tmp_path / "checkpoints")
    monkeypatch.setattr(networks, "CHECKPOINTS", tmp_path / "checkpoints")
    monkeypatch.setattr(bundle, "CHECKPOINTS", tmp_path / "checkpoints")
    monkeypatch.setattr(distill, "HEAD_BATCHES", 2)
    for folder in (FOLDER, "images", "weights"):
        (tmp_path / folder).mkdir()
    rows = [{"image": encoded(scene(seed)), "name": str(seed)} for seed in range(12)]
    pd.DataFrame(rows).to_parquet(tmp_path / FOLDER / "scenes.parquet")
    with tarfile.open(tmp_path / "images" / "photos256.tar", "w") as archive:
        for seed in range(10):
            content = encoded(scene(100 + seed))
            member = tarfile.TarInfo(f"{imagenet_classes()[seed]['id']}_name.jpg")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    torch.save(random_teacher().state_dict(), tmp_path / "weights" / "mobilenet_v2_imagenet_fp16.pth")
    return tmp_path


CONFIG = distill.PhotographsConfig(sizes="2x64", teacher_size=64, samples_per_epoch=8, batch_size=4, freeze=True)


def test_held_out_photographs_are_two_halves_of_all(data: Path) -> None:
    chosen, measured = held_out_photographs(data)
    wnids = [wnid for wnid, _ in chosen + measured]
    assert len(chosen) == len(measured) == 5
    assert sorted(wnids) == [entry["id"] for entry in imagenet_classes()[:10]]


@pytest.mark.slow
def test_training_moves_what_is_not_frozen_and_goes_on_from_a_checkpoint(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    distill.train(data, "first", CONFIG)
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [record["step"] for record in records if "held_out_top1" in record] == [0, 2, 4]
    state = torch.load(data / "checkpoints" / "first.pt", weights_only=True)
    assert state["step"] == state["total"] == 4
    bundled = distill.load(distill.START).network.state_dict()
    weights = state["network"]
    assert all(tensor.isfinite().all() for tensor in weights.values())
    assert torch.equal(weights["network.layer1.0.conv1.weight"], bundled["layer1.0.conv1.weight"])
    assert not torch.equal(weights["network.layer4.0.conv1.weight"], bundled["layer4.0.conv1.weight"])

    distill.train(data, "first", CONFIG.model_copy(update={"sizes": "3x64"}))
    longer = torch.load(data / "checkpoints" / "first.pt", weights_only=True)
    assert longer["step"] == longer["total"] == 6
    init = CONFIG.model_copy(update={"init_from": "first", "freeze": False, "sizes": "64"})
    distill.train(data, "second", init)
    second = torch.load(data / "checkpoints" / "second.pt", weights_only=True)["network"]
    assert not torch.equal(second["network.layer1.0.conv1.weight"], bundled["layer1.0.conv1.weight"])


def test_the_first_last_layer_predicts_the_teachers_logits(data: Path) -> None:
    """On the photographs that it was fitted to, far better than their mean does."""
    teacher, student = fold_batch_norm(given_network(data)), Student()
    packed = load_packed(data, 12)
    batches = [packed.crops(torch.arange(12), 64, 1.0, torch.Generator().manual_seed(0))]
    distill.regress_head(student, teacher, batches, 64)
    with torch.no_grad():
        ours = student(distill.student_input(batches[0], 64)).logits  # in training mode, as it was fitted
        theirs = teacher_outputs(teacher, batches[0]).logits
    assert (ours - theirs).square().mean() < 0.3 * theirs.var(0, unbiased=False).mean()


def test_bundle_writes_a_model_of_a_thousand_classes_in_8_bits(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "MODELS", data / "models")
    (data / "checkpoints").mkdir()
    student = Student()
    nn.init.constant_(student.network.fc.bias[1:2], 5.0)  # the class of one photograph to choose by
    torch.save({"network": student.state_dict()}, data / "checkpoints" / f"{bundle.NAME}.pt")
    bundle.bundle_photographs(data)
    folder = data / "models" / bundle.NAME
    assert (folder / "model.safetensors").stat().st_size < 12e6
    card = read_card(folder)
    assert len(card.classes) == 1000
    assert card.restriction == "research use"
    assert {metric.name for metric in card.metrics} == {"top-1 accuracy", "top-5 accuracy"}
    text = (folder / "README.md").read_text()
    assert all(f"{source.repository}@{source.commit[:7]}" in text for source in SOURCES)
    network = bundle.load_bundled(folder, json.loads((folder / "config.json").read_text())).network
    assert isinstance(network, ResNet18)
    pixels = torch.rand(2, 3, 96, 96)
    with torch.no_grad():
        expected = student.eval().network(pixels)
        expected -= expected.mean(1, keepdim=True)
        assert (network(pixels) - expected).abs().max() < 0.1 * expected.std()


def test_held_out_command_writes_what_evaluate_reads(data: Path) -> None:
    file = data / "measured.parquet"
    result = CliRunner().invoke(commands.app, ["held-out", "--data", str(data), str(file)])
    assert result.exit_code == 0, result.output
    table = pd.read_parquet(file)
    assert table.columns.tolist() == ["image", "wnid"]
    assert len(table) == 5
