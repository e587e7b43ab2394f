"""Train: real trainings of a few shapes; what is kept, what is refused, and what a stopped one leaves."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.exhibits.training_shapes import OWNER, QUICK, folder_of_shapes, png, shape, shapes, trained
from zoo.core import user_models
from zoo.core.cards import find_card
from zoo.core.errors import InputError
from zoo.core.jobs import Job
from zoo.core.runtime import get_runtime
from zoo.core.steps import run_to_completion
from zoo.core.weights import stored_tensors
from zoo.exhibits.classify import probabilities
from zoo.exhibits.train import Curves, TrainKnobs, train
from zoo.exhibits.train.datasets import Dataset
from zoo.exhibits.train.measures import confusion, expected_calibration_error
from zoo.exhibits.train.training import train_dataset


@pytest.fixture(autouse=True)
def data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ZOO_DATA", str(tmp_path / "data"))


def test_the_saved_model_computes_the_probabilities_that_were_reported() -> None:
    dataset = shapes(14)
    training = trained(dataset)
    assert training.classes == ("circle", "square")
    assert training.counts == (14, 14)
    held_out = [each for each in training.scored if each.split == "validation"]
    assert len(held_out) == 6
    predicted = probabilities(training.model, [dataset.picture(each.id) for each in held_out])
    assert np.allclose(predicted, [each.probabilities for each in held_out], atol=2e-4)


def test_the_figures_are_those_of_the_scored_pictures() -> None:
    training = trained(shapes(14), seed=3)
    held_out = [each for each in training.scored if each.split == "validation"]
    labels = [training.classes.index(each.label) for each in held_out]
    rows = np.array([each.probabilities for each in held_out])
    assert training.accuracy == pytest.approx(np.mean(rows.argmax(1) == labels))
    assert training.ece == pytest.approx(expected_calibration_error(labels, rows), abs=1e-5)
    assert np.array_equal(training.confusion, confusion(labels, rows.argmax(1), 2))
    for each in training.scored:
        assert each.predicted == training.classes[int(np.argmax(each.probabilities))]
        assert each.loss == pytest.approx(-np.log(each.probabilities[training.classes.index(each.label)]), abs=1e-3)


def test_the_model_is_complete_and_passes_the_restriction_on() -> None:
    training = trained(shapes(), title="My <b>shapes</b>")
    card = find_card(training.model)
    assert (card.exhibit, card.title, card.source) == ("classify", "My <b>shapes</b>", "own")
    assert card.restriction.startswith("research use")
    assert [metric.name for metric in card.metrics] == ["accuracy", "expected calibration error"]
    assert card.metrics[0].value == pytest.approx(training.accuracy, abs=1e-3)
    (view,) = card.config["preprocessing"]["views"]
    assert view["temperature"] == pytest.approx(training.temperature, abs=1e-3)
    assert view["unsure_below"] == pytest.approx(training.unsure_below, abs=1e-3)
    assert card.folder is not None
    tensors = stored_tensors(card.folder / "model.safetensors")
    assert {tensor.dtype for tensor in tensors.values() if tensor.ndim > 1} == {torch.float16}
    assert "| `circle` | " in (card.folder / "README.md").read_text()


def test_the_same_seed_gives_the_same_model() -> None:
    one, other = trained(shapes(), seed=5), trained(shapes(), seed=5)
    assert one.accuracy == other.accuracy
    assert np.allclose([s.probabilities for s in one.scored], [s.probabilities for s in other.scored], atol=1e-3)
    assert [s.split for s in one.scored] == [s.split for s in other.scored]
    assert [s.split for s in trained(shapes(), seed=6).scored] != [s.split for s in one.scored]


def test_test_pictures_are_measured_on_and_never_trained_on() -> None:
    dataset = shapes()
    dataset.add_files([(f"{n}.png", png(shape("circle", n))) for n in range(50, 54)], "circle", test=True)
    dataset.add_files([(f"{n}.png", png(shape("square", n))) for n in range(50, 54)], "square", test=True)
    training = trained(dataset)
    assert sum(map(sum, training.confusion)) == 8
    assert [each.split for each in training.scored].count("test") == 8
    assert all(each.quality == 1 and not each.issue for each in training.scored if each.split == "test")
    on = find_card(training.model).metrics[0].dataset
    assert on.startswith("8 test pictures")


def test_dropped_pictures_and_new_labels_count() -> None:
    dataset = shapes()
    dropped = dataset.items[0].id
    dataset.drop([dropped])
    dataset.relabel([dataset.items[1].id], "square")
    training = trained(dataset)
    assert training.counts == (10, 13)
    assert dropped not in {each.id for each in training.scored}


def test_curves_have_every_epoch_and_the_finders_suggestion_is_used() -> None:
    previews = []
    steps = train_dataset(shapes(), TrainKnobs(**QUICK), OWNER)
    training = run_to_completion(steps, lambda record: previews.append(record.preview))
    curves = [preview for preview in previews if isinstance(preview, Curves)]
    assert [len(each.epochs) for each in curves] == list(range(1, 9))
    assert curves[-1] == training.curves
    assert len(training.curves.finder) > 20
    assert max(epoch.learning_rate for epoch in training.curves.epochs) == pytest.approx(
        training.curves.suggestion, rel=0.05
    )
    given = trained(shapes(), learning_rate=0.004)
    assert max(epoch.learning_rate for epoch in given.curves.epochs) == pytest.approx(0.004, rel=0.05)


def test_all_layers_are_trained_and_the_best_epoch_is_kept() -> None:
    dataset = shapes()
    training = trained(dataset, fine_tune_epochs=2, fine_tune_rate=1e-3, mixup=0.2, label_smoothing=0.05)
    assert [epoch.stage for epoch in training.curves.epochs[-3:]] == ["head", "all layers", "all layers"]
    held_out = [each for each in training.scored if each.split == "validation"]
    predicted = probabilities(training.model, [dataset.picture(each.id) for each in held_out])
    assert np.allclose(predicted, [each.probabilities for each in held_out], atol=1e-3)
    losses = [epoch.validation_loss for epoch in training.curves.epochs[-3:]]
    card = find_card(training.model)
    assert card.weights == (
        "fine-tuned here" if min(losses) < losses[0] else "last layer trained here, the others given"
    )
    assert min(losses) < losses[0]


def test_the_shared_backbone_stays_as_it_is() -> None:
    def weights(model: torch.nn.Module) -> list[torch.Tensor]:
        return [tensor.clone() for tensor in model.state_dict().values()]

    before = get_runtime().run(weights, "mobilenet-v2")
    trained(shapes(), fine_tune_epochs=1)
    after = get_runtime().run(weights, "mobilenet-v2")
    assert all(torch.equal(one, other) for one, other in zip(before, after, strict=True))


@pytest.mark.slow
def test_runs_are_averaged() -> None:
    dataset = shapes()
    heads = trained(dataset, runs=2)
    assert {epoch.run for epoch in heads.curves.epochs} == {1, 2}
    assert find_card(heads.model).config["architecture"]["kind"] == "two-branch-mobilenet-v2"
    networks = trained(dataset, runs=2, epochs=1, learning_rate=1e-4, fine_tune_epochs=1, fine_tune_rate=1e-3)
    assert find_card(networks.model).config["architecture"]["kind"] == "classifier-ensemble"
    held_out = [each for each in networks.scored if each.split == "validation"]
    predicted = probabilities(networks.model, [dataset.picture(each.id) for each in held_out])
    assert np.allclose(predicted, [each.probabilities for each in held_out], atol=1e-3)


@pytest.mark.slow
def test_another_backbone() -> None:
    training = trained(shapes(), model="resnet-18", size=0)
    card = find_card(training.model)
    assert (training.backbone, card.config["architecture"]["kind"]) == ("resnet-18", "resnet-18")
    assert card.config["preprocessing"]["views"][0]["crop"] == 64


def test_wrong_labels_are_doubted() -> None:
    dataset = shapes(20)
    wrong = {dataset.items[index].id for index in (0, 1, 25)}
    for id in wrong:
        item = next(item for item in dataset.items if item.id == id)
        dataset.relabel([id], "square" if item.label == "circle" else "circle")
    training = trained(dataset, epochs=20, size=0)
    doubted = sorted(training.scored, key=lambda each: each.quality)[:3]
    assert len(wrong & {each.id for each in doubted}) >= 2
    assert wrong & {each.id for each in training.scored if each.issue}


# Stopped early


def advance(job: Job, until: str) -> None:
    while job.latest is None or until not in job.latest.message:
        job.advance()
        assert not job.ended


def test_a_stopped_training_keeps_its_best_model_and_returns_it() -> None:
    dataset = shapes()
    job = Job(train_dataset(dataset, TrainKnobs(**QUICK), OWNER))
    advance(job, "Epoch 3 of 8")
    job.cancel()
    job.advance()
    assert job.state == "done"
    training = job.result()
    assert len(training.curves.epochs) == 3
    assert "stopped early" in training.notes[-1]
    held_out = [each for each in training.scored if each.split == "validation"]
    predicted = probabilities(training.model, [dataset.picture(each.id) for each in held_out])
    assert np.allclose(predicted, [each.probabilities for each in held_out], atol=1e-3)
    assert [card.name for card in user_models.owned(OWNER)] == [training.model]


def test_stopped_before_there_is_a_model_it_keeps_none() -> None:
    job = Job(train_dataset(shapes(), TrainKnobs(**QUICK), OWNER))
    advance(job, "Choosing")
    job.cancel()
    job.advance()
    assert job.state == "cancelled"
    assert user_models.owned(OWNER) == ()


# What is refused


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        ({}, "There are no pictures"),
        ({"circle": 3}, "There is one class alone, circle"),
        ({"circle": 5, "square": 1}, "The class square has one picture"),
        ({"circle": 2, "square": 2}, "two pictures to train on"),
    ],
    ids=str,
)
def test_too_little_to_train_on_is_said_in_a_sentence(counts: dict[str, int], sentence: str) -> None:
    dataset = Dataset.create(OWNER)
    for kind, count in counts.items():
        dataset.add_files([(f"{n}.png", png(shape(kind, n))) for n in range(count)], kind)
    with pytest.raises(InputError, match=sentence):
        trained(dataset)
    assert user_models.owned(OWNER) == ()


@pytest.mark.parametrize("knobs", [{"model": "tweet-lstm"}, {"title": "  "}], ids=str)
def test_what_no_model_can_be_made_with_is_refused_before_the_work(knobs: dict[str, str]) -> None:
    with pytest.raises(InputError):
        next(train_dataset(shapes(), TrainKnobs(**knobs), OWNER))


def test_an_own_model_is_no_backbone() -> None:
    training = trained(shapes())
    with pytest.raises(InputError, match="cannot be a backbone"):
        trained(shapes(), model=training.model)


def test_a_folder_leaves_no_dataset_behind_and_names_its_files(tmp_path: Path) -> None:
    folder = folder_of_shapes(tmp_path / "shapes")
    (folder / "circle" / "broken.png").write_bytes(b"no picture")
    training = run_to_completion(train(folder, TrainKnobs(**QUICK), OWNER))
    assert Dataset.owned(OWNER) == ()
    assert any("broken.png" in note for note in training.notes)
    assert {each.id.rpartition("/")[2] for each in training.scored} == {f"{n}.png" for n in range(12)}


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    with pytest.raises(InputError):
        run_to_completion(train(tmp_path / "nothing", TrainKnobs(**QUICK), OWNER))
    assert Dataset.owned(OWNER) == ()


def test_pictures_of_a_burst_are_trained_on_and_the_figures_qualified() -> None:
    dataset = Dataset.create(OWNER)
    rng = np.random.default_rng(0)
    for kind in ("circle", "square"):
        base = np.asarray(shape(kind, 1), np.int16)
        noisy = [np.clip(base + rng.integers(-2, 3, base.shape), 0, 255).astype(np.uint8) for _ in range(10)]
        dataset.add_files([(f"{n}.png", png(Image.fromarray(each))) for n, each in enumerate(noisy)], kind)
    training = trained(dataset)
    assert len(training.duplicates) == 2
    assert "nearly the same" in training.notes[0]
