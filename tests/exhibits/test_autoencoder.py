"""Autoencoder: two students that learn from a stream, whatever it brings, and the operations on them."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.steps import walked
from zoo.core.errors import InputError
from zoo.core.images import encode_png
from zoo.core.steps import close_steps
from zoo.examples import example
from zoo.exhibits import autoencoder as exhibit
from zoo.exhibits.autoencoder import LearnKnobs, MorphKnobs, Students, live_students, snapshot
from zoo.exhibits.autoencoder.replay import ReplayBuffer
from zoo.exhibits.autoencoder.students import BATCH, MAX_WAITING, RECENT

NOTHING = LearnKnobs(start="nothing")


def noise(count: int, seed: int = 0) -> torch.Tensor:
    """Different pictures of smooth colours, (N, 3, 64, 64) uint8."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(count, 3, 4, 4, generator=generator)
    return (torch.nn.functional.interpolate(coarse, size=64, mode="bilinear") * 255).to(torch.uint8)


def parameters(students: Students) -> torch.Tensor:
    return torch.cat([tensor.flatten().float() for tensor in students.pair.state_dict().values()])


def batches(students: Students, monkeypatch: pytest.MonkeyPatch) -> list[torch.Tensor]:
    """The batches of the steps to come, none of which is learnt from."""
    taken: list[torch.Tensor] = []
    monkeypatch.setattr(students, "_learn", lambda batch, judge: taken.append(batch) or {})
    return taken


@pytest.mark.slow
def test_both_students_come_nearer_to_the_pictures() -> None:
    training = live_students(NOTHING, pictures=noise(4))
    before = training.inspect(snapshot).errors
    training.advance(60, 600)
    after = training.inspect(snapshot).errors
    for first, last in zip(before, after, strict=True):
        assert last.distance < 0.75 * first.distance
        assert last.mse < 0.5 * first.mse


def test_the_students_differ_by_the_perceptual_loss_alone() -> None:
    torch.manual_seed(0)
    students = Students(NOTHING.model_copy(update={"perceptual_weight": 0.0}))
    students.pair.perceptual.load_state_dict(students.pair.pixel.state_dict())
    students.add(noise(4))
    for _ in range(3):
        students.step()
    same = students.reconstruct(noise(4))
    assert torch.equal(*same)
    students.change(NOTHING)
    for _ in range(3):
        students.step()
    assert not torch.equal(*students.reconstruct(noise(4)))


@pytest.mark.parametrize(
    "colour", [(0, 0, 0), *(pytest.param(c, marks=pytest.mark.slow) for c in (None, (255, 255, 255), (200, 30, 90)))]
)
def test_one_picture_alone_keeps_all_numbers_finite(colour: tuple[int, int, int] | None) -> None:
    picture = example("coffee") if colour is None else Image.new("RGB", (64, 64), colour)
    training = live_students(NOTHING, pictures=exhibit.to_tensors([picture]))
    training.advance(100, 600)
    assert all(np.isfinite(value) for _, values in training.metrics for value in values.values())
    assert training.inspect(lambda students: bool(parameters(students).isfinite().all()))


def test_the_same_picture_a_thousand_times_waits_once_and_is_one_in_the_buffer() -> None:
    other, same = noise(1, 1), noise(1, 2)
    training = live_students(NOTHING, pictures=torch.cat([other, same.expand(MAX_WAITING + 1, -1, -1, -1)]))
    assert training.inspect(lambda students: len(students.waiting)) == 2
    assert training.inspect(lambda students: students.add(same)) == 0
    training.advance(60, 600)
    assert training.inspect(lambda students: students.add(same)) == 1
    training.advance(1)
    assert training.inspect(lambda students: (len(students.replay), len(students.waiting))) == (2, 0)
    assert training.inspect(lambda students: bool(parameters(students).isfinite().all()))


def test_each_picture_is_in_a_few_batches_and_then_comes_by_replay_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = noise(20)
    for replay in (True, False):
        students = Students(NOTHING.model_copy(update={"replay": replay}))
        taken = batches(students, monkeypatch)
        students.add(pictures)
        for _ in range(30):
            students.step()
        assert [len(batch) for batch in taken[:3]] == [min(2 * n, n + n) if replay else n for n in (1, 2, 3)]
        assert len(taken[-1]) == (BATCH if replay else RECENT)
        newest = [torch.equal(batch[:RECENT], pictures[-RECENT:]) for batch in taken[20:]]
        assert all(newest)
        first = [any(torch.equal(picture, pictures[0]) for picture in batch) for batch in taken]
        assert first[:RECENT] == [True] * RECENT
        assert any(first[RECENT:]) is replay


def test_a_long_stream_leaves_each_picture_the_same_chance() -> None:
    torch.manual_seed(0)
    counts = np.zeros(40)
    pictures = noise(40)
    for _ in range(200):
        buffer = ReplayBuffer(capacity=10)
        for picture in pictures:
            buffer.add(picture)
        assert len(buffer) == 10
        for index in range(40):
            counts[index] += any(torch.equal(pictures[index], each) for each in buffer.pictures)
    assert abs(counts[:10].mean() - counts[-10:].mean()) < 8
    assert counts.min() > 25


def test_more_pictures_than_may_wait_are_refused_and_none_is_added() -> None:
    students = Students(NOTHING)
    with pytest.raises(InputError, match="would wait"):
        students.add(noise(MAX_WAITING + 1))
    assert not students.waiting
    with pytest.raises(InputError, match="no picture to learn from"):
        students.step()


def test_two_visitors_have_their_own_students_and_the_bundled_start_stays() -> None:
    start = exhibit.reconstruct([example("coffee")]).errors
    one, other = (live_students(LearnKnobs(), pictures=noise(2, seed)) for seed in (1, 2))
    one.advance(3, 600)
    assert other.inspect(lambda students: (students.steps, len(students.replay))) == (0, 0)
    other.advance(3, 600)
    assert not torch.equal(one.inspect(parameters), other.inspect(parameters))
    assert exhibit.reconstruct([example("coffee")]).errors == start


def test_a_picture_of_ten_pixels_and_a_panorama_are_squares_of_64() -> None:
    for size in ((10, 10), (1, 1), (2000, 10)):
        assert exhibit.to_tensor(Image.new("RGB", size, "red")).tolist() == [
            [[value] * 64] * 64 for value in (255, 0, 0)
        ]
    result = exhibit.reconstruct([Image.new("RGB", (10, 10), "red")])
    assert [each.student for each in result.errors] == ["pixel", "perceptual"]


def archive(path: Path, **pictures: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name, data in pictures.items():
            file.writestr(name, data)
    return path


def test_learning_gives_a_state_to_go_on_from_and_tells_what_was_left_out(tmp_path: Path) -> None:
    good = {f"{name}.png": encode_png(example(name)) for name in ("coffee", "cat")}
    path = archive(tmp_path / "pictures.zip", **good, **{"notes.txt": b"no picture"})
    records, result = walked(exhibit.learn(path, knobs=NOTHING.model_copy(update={"steps": 6})))
    assert (result.steps, result.pictures) == (6, 2)
    assert [line.split(":")[0] for line in result.left_out] == ["notes.txt"]
    assert result.curves.steps == (1, 2, 3, 4, 5, 6)
    assert records[-1].preview.errors == result.after
    _, longer = walked(exhibit.learn(path, result.state, NOTHING.model_copy(update={"steps": 2})))
    assert longer.before == result.after
    assert longer.steps == 2
    assert longer.curves.steps == (7, 8)


def test_a_job_that_is_left_in_the_middle_keeps_what_there_is(tmp_path: Path) -> None:
    path = archive(tmp_path / "pictures.zip", **{"one.png": encode_png(example("coffee"))})
    steps = exhibit.learn(path, knobs=NOTHING.model_copy(update={"steps": 10_000}))
    while next(steps).total is None:
        pass
    result = close_steps(steps)
    assert result is not None
    assert 0 < result.steps < 10_000
    assert len(result.state) > 10**7


def test_an_archive_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no picture in it"):
        walked(exhibit.learn(archive(tmp_path / "text.zip", **{"notes.txt": b"no picture"})))


def test_a_morph_goes_from_one_picture_to_the_other_and_back() -> None:
    pictures = [example("coffee"), example("rocket")]
    result = exhibit.morph(pictures, knobs=MorphKnobs(frames=5, size=64))
    ends = exhibit.reconstruct(pictures)
    assert ends.picture.size[1] > 3 * 64
    assert len(result.frames) == 5
    assert result.distance > 0
    with Image.open(io.BytesIO(exhibit.encode_gif(result.frames))) as gif:
        assert (gif.n_frames, gif.size) == (8, (64, 64))
    with pytest.raises(InputError, match="two pictures"):
        exhibit.morph(pictures[:1])


def test_a_probe_tells_classes_of_colours(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    pictures = {}
    for label, colour in (("red", (200, 30, 30)), ("blue", (30, 30, 200))):
        for number in range(10):
            pixels = np.clip(np.array(colour) + rng.normal(0, 25, (64, 64, 3)), 0, 255).astype(np.uint8)
            pictures[f"{label}/{number}.png"] = encode_png(Image.fromarray(pixels))
    _, result = walked(exhibit.probe(archive(tmp_path / "colours.zip", **pictures)))
    assert result.classes == ("blue", "red")
    assert (result.trained_on, result.tested_on, result.baseline) == (16, 4, 0.5)
    assert {score.features: score.dimensions for score in result.scores} == {
        "raw pixels": 12288,
        "code, pixel student": 128,
        "maps, pixel student": 960,
        "code, perceptual student": 128,
        "maps, perceptual student": 960,
        "code, random weights": 128,
        "maps, random weights": 960,
    }
    assert all(score.accuracy == 1 for score in result.scores[:5])


def test_a_probe_needs_two_classes_with_some_pictures(tmp_path: Path) -> None:
    data = encode_png(example("coffee"))
    one = archive(tmp_path / "one.zip", **{f"cups/{number}.png": data for number in range(6)})
    with pytest.raises(InputError, match="two classes"):
        walked(exhibit.probe(one))
    few = {f"cups/{number}.png": data for number in range(6)} | {"cats/1.png": data}
    with pytest.raises(InputError, match="cats has 1"):
        walked(exhibit.probe(archive(tmp_path / "few.zip", **few)))


def test_the_first_steps_from_the_bundled_start_do_not_undo_it() -> None:
    training = live_students(LearnKnobs(), pictures=noise(4))
    before = training.inspect(snapshot).errors
    training.advance(5, 600)
    after = training.inspect(snapshot).errors
    for first, last in zip(before, after, strict=True):
        assert last.mse < 1.5 * first.mse
