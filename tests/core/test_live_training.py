"""Training that advances when it is asked to: bounded calls, random states of its own, and the same as a job."""

import gc
import time
from itertools import pairwise

import pytest
import torch

from tests.core.runtimes import PATIENCE
from zoo.core import live_training
from zoo.core.errors import BusyError
from zoo.core.live_training import LiveTraining
from zoo.core.runtime import set_runtime


class Walk:
    """A random walk, whose position is its only metric."""

    def __init__(self, device, seconds=0.0):
        self.position, self.seconds = torch.zeros(()), seconds

    def step(self):
        time.sleep(self.seconds)
        self.position += torch.randn(())
        return {"position": float(self.position)}


@pytest.fixture(autouse=True)
def runtime(make):
    runtime = make()
    set_runtime(runtime)
    yield runtime
    set_runtime(None)


def test_a_step_is_one_step_and_a_moment_as_many_as_fit():
    training = LiveTraining(lambda device: Walk(device, 0.02))
    assert training.advance() == training.steps == 1
    done = training.advance(10_000, 0.2)
    assert 1 <= done <= 11
    assert [step for step, _ in training.metrics] == list(range(1, training.steps + 1))


def test_a_long_advance_lets_others_have_their_turns(runtime, pool):
    training = LiveTraining(lambda device: Walk(device, 0.01))
    future = pool.submit(training.advance, 10_000, 3 * live_training.MOMENT)
    assert runtime.run(lambda: "answer") == "answer"
    assert future.result(PATIENCE) > 1
    assert runtime.stats().predictions >= 4  # three calls of a moment, and the answer between them


def test_trainings_of_two_people_draw_their_own_random_numbers():
    alone = LiveTraining(Walk, seed=3)
    alone.advance(20, 60)
    together, other = LiveTraining(Walk, seed=3), LiveTraining(Walk, seed=4)
    for _ in range(20):
        together.advance()
        other.advance()
    assert together.metrics == alone.metrics != other.metrics


def test_a_job_trains_as_single_steps_do(runtime):
    stepped, whole = LiveTraining(Walk, seed=5), LiveTraining(Walk, seed=5)
    stepped.advance(50, 60)
    job = runtime.submit(lambda: whole.run(50, preview=lambda walk: float(walk.position)))
    assert float(job.result(PATIENCE).position) == stepped.metrics[-1][1]["position"]
    assert job.latest.step == job.latest.total == 50
    assert job.latest.preview == stepped.metrics[-1][1]["position"]


def test_metrics_of_a_long_training_are_thinned_over_all_of_it():
    training = LiveTraining(Walk)
    training.advance(9_000, 60)
    steps = [step for step, _ in training.metrics]
    assert len(steps) < LiveTraining.KEPT
    assert steps[0] <= 16
    assert steps[-1] > 9_000 - 16
    assert len({after - before for before, after in pairwise(steps)}) == 1


def test_an_error_of_a_step_reaches_whoever_asked_for_it():
    class Broken(Walk):
        def step(self):
            raise ArithmeticError("diverged")

    with pytest.raises(ArithmeticError, match="diverged"):
        LiveTraining(Broken).advance()


def test_more_trainings_than_fit_are_refused_until_one_is_left(monkeypatch):
    gc.collect()
    monkeypatch.setattr(live_training, "MAX_LIVE", len(live_training._live) + 1)
    first = LiveTraining(Walk)
    with pytest.raises(BusyError, match="Too many people"):
        LiveTraining(Walk)
    del first
    gc.collect()
    LiveTraining(Walk).advance()
