"""What the runtime tells of itself: models without secret names, jobs without ids, history, settings; and pinning."""

import threading

import pytest

from tests.core.runtimes import PATIENCE, Weights, endless, until
from zoo.core.background import advanced_in_background, in_background
from zoo.core.errors import BusyError, InputError, NotFoundError
from zoo.core.runtime_stats import LoadedModel, ProcessHistory, settings_in_force, without_own_names
from zoo.core.steps import Progress


def test_models_are_listed_with_use_and_pins(make):
    runtime = make()
    runtime.load("a")
    runtime.load("b")
    runtime.keep("a")
    by_name = {model.name: model for model in runtime.stats().loaded}
    assert (by_name["a"].pinned, by_name["b"].pinned) == (True, False)
    assert by_name["a"].bytes == 400
    assert by_name["b"].idle_seconds <= by_name["a"].idle_seconds
    assert runtime.run(lambda module: runtime.stats().loaded[-1].in_use, "b") == 1
    assert runtime.stats().hit_rate == pytest.approx(1 / 3)


def test_names_of_user_models_are_one_entry():
    models = [LoadedModel("own/abc", 10, 1, False, 5.0), LoadedModel("x", 1, 0, False, 9.0)]
    models.append(LoadedModel("own/def", 20, 0, True, 2.0))
    assert without_own_names(models) == (models[1], LoadedModel("own", 30, 1, True, 2.0))


def test_a_pinned_model_is_never_evicted(make):
    runtime = make()  # room for two
    runtime.load("a")
    runtime.keep("a")
    for name in ("b", "c", "d"):
        runtime.load(name)
    assert set(runtime.stats().models) == {"a", "d"}
    runtime.keep("a", wanted=False)
    runtime.load("e")
    assert "a" not in runtime.stats().models


def test_pinned_models_take_half_of_the_budget_at_most(make):
    runtime = make()
    runtime.load("a")
    runtime.load("b")
    runtime.keep("a")
    with pytest.raises(InputError, match="unpin another"):
        runtime.keep("b")
    runtime.keep("a")  # again
    with pytest.raises(NotFoundError):
        runtime.keep("c")


def test_a_model_in_use_is_not_unloaded(make):
    runtime = make()
    job = runtime.submit(lambda module: endless(), "a")
    with pytest.raises(BusyError, match="in use"):
        runtime.unload("a")
    job.cancel()
    job.wait(PATIENCE)
    until(lambda: not runtime.stats().loaded[0].in_use)
    runtime.unload("a")
    assert runtime.stats().models == {}
    with pytest.raises(NotFoundError):
        runtime.unload("a")
    assert isinstance(runtime.run(lambda module: module, "a"), Weights)
    assert runtime.stats().loads == 2


def test_jobs_are_told_by_title_and_found_by_their_owner_alone(make):
    runtime = make()
    job = runtime.submit(lambda: endless(), title="training", owner="one")
    until(lambda: job.latest)
    (listed,) = runtime.stats().jobs
    assert (listed.title, listed.state, listed.position, listed.total) == ("training", "running", 0, None)
    assert listed.step > 0
    assert runtime.jobs_of("one") == (job,)
    assert runtime.jobs_of("another") == ()
    job.cancel()
    job.wait(PATIENCE)
    until(lambda: runtime.stats().jobs == ())


def test_history_has_a_sample_a_second_at_most():
    history = ProcessHistory()
    (first,) = history.take(None)
    assert len(history.take(None)) == 1
    assert first.process_bytes is None or first.process_bytes > 1e6
    assert first.device_bytes is None


def test_settings_are_told_by_their_variables(monkeypatch):
    monkeypatch.setenv("ZOO_CONTROLS", "false")
    monkeypatch.delenv("ZOO_DEVICE", raising=False)
    settings = settings_in_force()
    assert settings["ZOO_CONTROLS"] == "False"
    assert settings["ZOO_DEVICE"] == "not set"


def run(steps):
    records = []
    while True:
        try:
            records.append(next(steps))
        except StopIteration as stop:
            return records, stop.value


def test_work_in_the_background_returns_its_value_or_raises():
    leave = threading.Event()
    steps = in_background(lambda: leave.wait(PATIENCE), lambda: Progress(1, 2, "waiting"))
    assert next(steps) == Progress(1, 2, "waiting")
    leave.set()
    assert run(steps)[1] is True

    def fail():
        raise InputError("No.")

    with pytest.raises(InputError, match="No"):
        run(in_background(fail, lambda: Progress(0)))


def test_steps_in_the_background_are_closed_when_nobody_watches_them():
    closed, entered = threading.Event(), threading.Event()

    def steps():
        try:
            for step in range(10**9):
                entered.set()
                yield Progress(step)
        finally:
            closed.set()

    watched = advanced_in_background(steps())
    next(watched)
    assert entered.wait(PATIENCE)
    watched.close()
    assert closed.wait(PATIENCE)

    def three():
        for step in range(3):
            yield Progress(step, 3)
        return "done"

    assert run(advanced_in_background(three()))[1] == "done"
