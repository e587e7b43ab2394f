"""The GAN in the plane: its distributions, its updates, what it measures, and what it refuses."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load

from zoo.core.diverging import Diverged
from zoo.core.errors import InputError, TooLargeError
from zoo.core.inputs import Document
from zoo.core.steps import run_to_completion
from zoo.exhibits.gan import (
    Game,
    along_strokes,
    coverage,
    live,
    named,
    of_own_points,
    parse_points,
    train_game,
)
from zoo.exhibits.gan.distributions import MAX_POINTS
from zoo.exhibits.gan.game import DISCRIMINATOR, GENERATOR
from zoo.exhibits.gan.knobs import Distribution, GameKnobs, GameTrainKnobs, Loss
from zoo.exhibits.gan.losses import discriminator_loss, generator_loss, gradient_penalty, r1_penalty, realness

NAMED = Distribution.__args__
LOSSES = Loss.__args__
SMALL = {"hidden": 8, "layers": 1, "batch": 16}


def game(**knobs: object) -> Game:
    torch.manual_seed(0)
    chosen = GameKnobs(**{**SMALL, **knobs})
    return Game(named(chosen.distribution), chosen)


# Distributions


@pytest.mark.parametrize("name", NAMED)
def test_real_points_cover_all_modes_of_their_distribution(name):
    target = named(name)
    assert np.abs(target.points).max() < 1.2
    found = coverage(target.points[:1000], target)
    assert all(found.covered)
    assert found.near > 0.9
    assert target.fractions.sum() == pytest.approx(1, abs=1e-5)


def test_points_of_one_place_collapse_to_one_mode():
    target = named("ring of 8")
    found = coverage(np.tile(target.modes[3], (100, 1)), target)
    assert found.covered == tuple(number == 3 for number in range(8))
    assert found.near == 1
    assert coverage(np.full((100, 2), np.nan, np.float32), target).count == 0


def test_own_points_keep_their_coordinates():
    points = np.array([[1000.0, -5.0], [1010.0, -5.0], [1005.0, 5.0]])
    target = of_own_points(points)
    assert np.abs(target.points).max() < 1.1
    assert len(target.modes) == 3
    assert np.sort(target.original(target.modes), 0) == pytest.approx(np.sort(points, 0), abs=1e-2)


@pytest.mark.parametrize(
    ("points", "reason"),
    [
        (np.empty((0, 2)), "no point"),
        (np.ones((1, 2)), "one point"),
        (np.ones((1000, 2)), "the same"),
        (np.array([[0, 0], [np.nan, 1]]), "not a number"),
        (np.array([[0, 0], [np.inf, 1]]), "infinite"),
        (np.array([[0, 0], [1e300, 1]]), "1e30"),
        (np.zeros((MAX_POINTS + 1, 2)), "at most 5,000"),
    ],
)
def test_points_that_are_no_distribution_are_refused_in_a_sentence(points, reason):
    with pytest.raises(InputError, match=reason):
        of_own_points(points)


@pytest.mark.parametrize("text", ["x,y\n1,2\n3,4\n", "1;2\r\n3;4", "\ufeff1\t2\n\n3 4\n", "1, 2\n 3 ,4"])
def test_a_file_of_points_is_read_with_any_separator(text):
    assert parse_points(text).tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    "text", ["x;y\n0,5;-1,25\n3;4,0e1\n", "0,5\t-1,25\n3\t40", "0,5 -1,25\n3 40", "0.5,-1.25\n3,40"]
)
def test_decimal_commas_are_read_where_something_else_is_between_the_numbers(text):
    assert parse_points(text).tolist() == [[0.5, -1.25], [3, 40]]


def test_what_is_wrong_with_a_line_is_told():
    with pytest.raises(
        InputError, match=r"Line 3 is no point: '0,5,1,2' has 4 numbers\. .* decimal commas as in 0,5;-1,2"
    ):
        parse_points("x,y\n1,2\n0,5,1,2")
    with pytest.raises(InputError, match=r"Line 4: a coordinate is not a number, is infinite or above 1e30"):
        parse_points("1,2\n\n3,4\n5,nan")


@pytest.mark.parametrize("text", ["1,2\nthree,4", "1,2,3", "1\n2", "x,y\na,b", "1,x\n2,3"])
def test_a_line_that_is_no_point_is_named(text):
    with pytest.raises(InputError, match=r"Line \d is no point"):
        parse_points(text)


@pytest.mark.parametrize("text", ["", "hello", "x,y\n\n"])
def test_a_text_without_a_point_is_told_what_a_point_is(text):
    with pytest.raises(InputError, match=r"no point here\. Write two numbers a line, as in 0\.5,-1\.2"):
        parse_points(text)


def test_too_many_lines_are_refused_before_they_are_read():
    with pytest.raises(TooLargeError):
        parse_points("1,2\n" * (MAX_POINTS + 1))


def test_points_lie_evenly_along_strokes():
    points = along_strokes([[(0.0, 1.0), (1.0, 1.0)], [(0.5, 0.0)]], 101)
    line = points[points[:, 1] == 0]  # the lower edge of the canvas
    assert np.diff(line[:, 0]) == pytest.approx(1 / (len(line) - 1), abs=1e-9)
    assert [0.5, 1.0] in points.tolist()
    assert len(along_strokes([])) == len(along_strokes([[]])) == 0


# Losses


@pytest.mark.parametrize("loss", LOSSES)
def test_the_networks_want_the_opposite(loss):
    scores = torch.linspace(-3, 1, 5).requires_grad_(True)
    (down,) = torch.autograd.grad(generator_loss(loss, scores), scores)
    assert (down <= 0).all()  # a generator raises the scores of its points, of least squares up to 1
    assert down[0] < 0
    real, fake = torch.tensor([2.0]), torch.tensor([-2.0])
    assert discriminator_loss(loss, real, fake) < discriminator_loss(loss, fake, real)
    seen = realness(loss, torch.linspace(-3, 3, 7))
    assert 0 <= seen.min() < 0.5 < seen.max() <= 1


def test_penalties_measure_the_slope():
    linear = torch.nn.Linear(2, 1, bias=False)
    with torch.no_grad():
        linear.weight.copy_(torch.tensor([[3.0, 4.0]]))
    points = torch.randn(10, 2)
    assert r1_penalty(linear, points).item() == pytest.approx(12.5, rel=1e-4)
    assert gradient_penalty(linear, points, points + 1).item() == pytest.approx(16, rel=1e-4)


# Updates


def test_updates_take_turns_and_change_one_network_alone():
    training = game(discriminator_steps=2)
    trained = []
    for _ in range(6):
        before = {
            name: [p.clone() for p in getattr(training, name).parameters()] for name in (GENERATOR, DISCRIMINATOR)
        }
        announced = training.next
        training.step()
        changed = [
            name
            for name, old in before.items()
            if any(not torch.equal(a, b) for a, b in zip(old, getattr(training, name).parameters(), strict=True))
        ]
        assert changed == [training.trained] == [announced]
        trained.append(training.trained)
    assert trained == [DISCRIMINATOR, DISCRIMINATOR, GENERATOR] * 2
    assert training.rounds == 2


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_moves_points_towards_the_real_ones(loss):
    training = game(loss=loss, distribution="line", hidden=32, generator_rate=0.01, discriminator_rate=0.01, r1=0.1)
    centre = torch.tensor([4.0, 4.0])
    with torch.no_grad():
        training.generator[-1].bias.copy_(centre)
    before = np.linalg.norm(training.points().mean(0))
    for _ in range(400):
        training.step()
    assert np.linalg.norm(training.points().mean(0)) < 0.5 * before


def test_a_frame_shows_the_game_as_it_is():
    training = game()
    frame = training.frame()
    assert (frame.update, frame.trained, frame.next) == (0, "", DISCRIMINATOR)
    assert np.linalg.norm(frame.arrows, axis=1).max() == pytest.approx(1, abs=1e-5)
    assert frame.map.shape == (36, 36)
    right, upper = training._grid.reshape(36, 36, 2)[0, 35], training._grid.reshape(36, 36, 2)[35, 0]
    assert right.tolist() == [1.5, -1.5]
    assert upper.tolist() == [-1.5, 1.5]
    training.step()
    frames = training.take_frames()
    assert frames[-1].update == 1
    assert not training.frames


@pytest.mark.parametrize("loss", LOSSES)
def test_a_training_that_diverges_says_so_and_has_no_nan(loss):
    training = live(named("ring of 8"), GameKnobs(loss=loss, generator_rate=1.0, discriminator_rate=1.0, layers=4))
    for _ in range(40):
        training.advance(50)
        if training.inspect(lambda game: game.diverged):
            break
    reached = training.steps
    assert training.advance() == 0
    assert training.steps == reached
    frame, diverged = training.inspect(lambda game: (game.frame(), game.diverged))
    assert "learning rates" in diverged
    assert all(np.isfinite(values).all() for values in (frame.points, frame.arrows, frame.map))
    assert all(np.isfinite(list(values.values())).all() for _, values in training.metrics)


def test_a_loss_that_is_not_a_number_changes_no_weight():
    training = game()
    training._real = torch.full_like(training._real, float("nan"))
    before = [parameter.clone() for parameter in training.discriminator.parameters()]
    with pytest.raises(Diverged):
        training.step()
    assert all(map(torch.equal, before, training.discriminator.parameters()))
    assert training.updates == 0


def test_trainings_of_two_people_do_not_touch_each_other():
    knobs = GameKnobs(**SMALL, seed=3)
    alone = live(named("line"), knobs)
    alone.advance(30, 60)
    first, second = live(named("line"), knobs), live(named("spiral"), GameKnobs(**SMALL, seed=4))
    for _ in range(30):
        first.advance()
        second.advance()
    points = [training.inspect(lambda game: game.points()) for training in (alone, first, second)]
    np.testing.assert_array_equal(points[0], points[1])
    assert not np.array_equal(points[1], points[2])


# The job


def test_the_job_trains_on_points_of_ones_own():
    text = Document("x,y\n10,10\n20,10\n15,20\n")
    result = run_to_completion(train_game(text, GameTrainKnobs(**SMALL, steps=20, discriminator_steps=2)))
    assert (result.steps, result.modes, len(result.points)) == (20, 3, 1000)
    assert max(result.loss_steps) == 60
    tensors = load(result.state)
    assert {name.split(".")[0] for name in tensors} == {GENERATOR, DISCRIMINATOR}
    assert all(torch.isfinite(tensor).all() for tensor in tensors.values())


def test_the_job_takes_a_path_as_well(tmp_path):
    path = tmp_path / "points.csv"
    path.write_text("0,0\n1,1\n")
    assert run_to_completion(train_game(str(path), GameTrainKnobs(**SMALL, steps=10))).modes == 2
    path.write_text("x,y\n")
    with pytest.raises(InputError, match="no point"):
        run_to_completion(train_game(path, GameTrainKnobs(**SMALL, steps=10)))


def test_the_job_ends_with_a_sentence_where_it_diverges():
    knobs = GameTrainKnobs(generator_rate=1.0, discriminator_rate=1.0, layers=4, steps=2000)
    with pytest.raises(InputError, match="diverged"):
        run_to_completion(train_game("", knobs))


def test_a_fast_generator_collapses_and_a_balanced_one_does_not():
    collapsing = {"generator_rate": 0.01, "discriminator_rate": 0.001, "r1": 0.0}
    found = [
        run_to_completion(train_game("", GameTrainKnobs(hidden=32, steps=1200, seed=1, **knobs))).modes_covered
        for knobs in (collapsing, {})
    ]
    assert found[0] <= 2
    assert found[1] >= 5


def test_the_record_of_a_result_is_json():
    from zoo.exhibits import find_operation

    operation = find_operation("gan-train")
    result = run_to_completion(train_game("", GameTrainKnobs(**SMALL, steps=10)))
    record = json.loads(operation.json(result))
    assert record["modes"] == 8
    assert len(record["points"]) == 1000
    assert "state" not in record
