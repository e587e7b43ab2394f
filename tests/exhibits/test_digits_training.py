"""A perceptron that is trained while one looks on: its knobs, its views, its file."""

import json

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.torch import load

import zoo
from zoo.core.errors import InputError
from zoo.exhibits import digits as exhibit
from zoo.exhibits.digits import StudentKnobs
from zoo.exhibits.digits.advice import advice
from zoo.exhibits.digits.drawing import DRAWINGS, ink_of_strokes
from zoo.exhibits.digits.surfaces import CELLS
from zoo.exhibits.digits.training_digits import training_digits


def test_the_bundled_digits_are_of_all_classes_and_in_two_parts():
    training, validation = training_digits()
    assert training.pictures.shape == (5000, 1, 28, 28)
    assert validation.labels.bincount().tolist() == [100] * 10
    assert 0 <= float(training.pictures.min()) < float(training.pictures.max()) <= 1


@pytest.mark.parametrize("optimiser", ["SGD", "SGD with momentum", "RMSprop", "Adam"])
@pytest.mark.parametrize("layers", [0, 2])
def test_each_optimiser_lowers_the_loss(optimiser, layers):
    rate = 0.05 if optimiser.startswith("SGD") else 0.002
    training = exhibit.live(StudentKnobs(optimiser=optimiser, layers=layers, width=32, learning_rate=rate))
    before = training.inspect(lambda student: student.validate())
    training.advance(60, 60)
    after = training.inspect(lambda student: student.validate())
    assert after.loss < 0.8 * before.loss
    assert after.accuracy > before.accuracy


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "gelu"])
def test_each_activation_learns(activation):
    training = exhibit.live(StudentKnobs(activation=activation, learning_rate=0.01))
    training.advance(120, 60)
    assert training.inspect(lambda student: student.validate()).accuracy > 0.6


def test_two_visitors_have_networks_of_their_own():
    one, other = exhibit.live(StudentKnobs()), exhibit.live(StudentKnobs())
    one.advance(5, 60)
    assert other.inspect(lambda student: student.steps) == 0
    assert not np.array_equal(
        one.inspect(lambda student: student.first_weights()), other.inspect(lambda student: student.first_weights())
    )


def test_the_operation_trains_reproducibly_and_hands_out_the_weights(tmp_path):
    target = tmp_path / "student.safetensors"
    first, second = zoo.digits_train(steps=40, width=16, output=target), zoo.digits_train(steps=40, width=16)
    assert first.loss == second.loss
    assert first.steps == 40
    assert first.parameters == 784 * 16 + 16 + 16 * 10 + 10
    assert first.record[-1]["step"] == 40
    tensors = load(target.read_bytes())
    assert sum(tensor.numel() for tensor in tensors.values()) == first.parameters
    with safe_open(target, "pt") as file:
        assert json.loads(file.metadata()["knobs"])["width"] == 16


def test_the_weights_fit_a_network_of_the_library(tmp_path):
    from zoo.nets import network_of

    result = zoo.digits_train(steps=5, width=12, layers=2)
    network = network_of({"kind": "digit-mlp", "hidden": [12, 12]})
    network.load_state_dict(load(result.state))


def test_the_loss_surface_has_the_loss_of_the_network_in_its_middle():
    training = exhibit.live(StudentKnobs(width=16))
    training.advance(150, 60)
    surface = training.inspect(exhibit.loss_surface)
    middle = surface.losses[CELLS // 2, CELLS // 2]
    assert surface.losses.shape == (CELLS, CELLS)
    assert middle < surface.losses[[0, 0, -1, -1], [0, -1, 0, -1]].min()  # trained: the corners are worse
    before = training.inspect(lambda student: student.validate())
    assert training.inspect(lambda student: student.validate()) == before  # the weights are as they were


def test_the_decision_map_answers_in_the_plane_of_the_digits():
    training = exhibit.live(StudentKnobs(width=16, learning_rate=0.01))
    training.advance(100, 60)
    answer = training.inspect(exhibit.decision_map)
    assert answer.classes.shape == answer.confidence.shape == (28, 28)
    assert len(np.unique(answer.classes)) >= 4
    assert 0.1 < answer.explained < 0.3
    assert answer.points.shape == (300, 2)
    assert answer.x.min() < answer.points[:, 0].min() < answer.points[:, 0].max() < answer.x.max()


def test_a_live_network_answers_a_drawing():
    training = exhibit.live(StudentKnobs(learning_rate=0.005))
    training.advance(250, 60)
    row = training.inspect(lambda student: exhibit.student_answer(student, ink_of_strokes(DRAWINGS["3"])))
    assert row.sum() == pytest.approx(1, abs=1e-5)
    assert row.argmax() == 3


@pytest.mark.parametrize(("optimiser", "layers"), [("Adam", 0), ("RMSprop", 1), ("Adam", 3)])
def test_too_high_a_rate_is_told(optimiser, layers):
    training = exhibit.live(StudentKnobs(optimiser=optimiser, layers=layers, learning_rate=1.0))
    training.advance(120, 60)
    assert "rate is too high" in training.inspect(lambda student: student.advice())


def test_a_training_whose_weights_grow_without_bound_stops_and_says_why():
    knobs = StudentKnobs(optimiser="SGD with momentum", layers=3, learning_rate=1.0)
    training = exhibit.live(knobs)
    training.advance(200, 60)
    reached = training.steps
    assert training.advance(10, 60) == 0
    assert training.steps == reached < 200
    diverged, advice, weights = training.inspect(
        lambda student: (student.diverged, student.advice(), student.first_weights())
    )
    assert f"diverged at step {reached + 1}" in diverged
    assert advice == diverged
    assert np.isfinite(weights).all()
    with pytest.raises(InputError, match="diverged at step"):
        zoo.digits_train(**knobs.model_dump(), steps=200)


def test_advice_is_told_apart_and_none_where_it_learns():
    assert advice(400, 2.4, 2.4, 0.3, 0.9) == ""
    assert advice(10, 2.4, 9.0, 9.0, 0.1) == ""  # it may still fall
    assert "too high" in advice(400, 2.4, 9.0, 2.3, 0.1)
    assert "still guesses" in advice(400, 2.4, 2.4, 2.3, 0.1)
    assert zoo.digits_train(steps=40).notes == ()
