"""The runtime: one load for all, an orderly end, and errors that reach the right caller."""

import gc
import subprocess
import sys
import threading
import weakref
from types import SimpleNamespace

import pytest
import torch

from tests.core.runtimes import PATIENCE, Weights, counting, endless, occupied, until
from zoo.core import runtime as module
from zoo.core.errors import UnavailableError
from zoo.core.runtime import Runtime, get_runtime, set_runtime
from zoo.core.steps import Progress


def test_importing_and_reading_stats_imports_no_torch():
    code = """
import sys
import zoo.core.runtime
stats = zoo.core.runtime.get_runtime().stats()
assert stats.device is None and stats.models == {}, stats
print("torch" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_model_is_loaded_once_by_many_threads_at_once(make, pool):
    together, loads = threading.Barrier(32), []

    def loader(name):
        loads.append(threading.get_ident())
        until(lambda: callers_in == 32)
        return Weights()

    runtime, callers_in, callers = make(loader), 0, set()
    lock = threading.Lock()

    def request():
        nonlocal callers_in
        together.wait(PATIENCE)
        with lock:
            callers_in += 1
            callers.add(threading.get_ident())
        return runtime.run(id, "model")

    futures = [pool.submit(request) for _ in range(32)]
    assert len({future.result(PATIENCE) for future in futures}) == 1
    stats = runtime.stats()
    assert (stats.loads, stats.hits, stats.predictions, stats.models) == (1, 31, 32, {"model": 400})
    [loading_thread] = loads
    assert loading_thread in callers, "loads happen in the caller's thread"


def test_predictions_run_on_one_worker_thread(make, pool):
    runtime = make()
    threads = {future.result() for future in [pool.submit(runtime.run, threading.get_ident) for _ in range(20)]}
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_a_call_that_nobody_waits_for_in_a_thread_is_made_on_the_worker(make, pool):
    runtime = make()

    def inner():
        return (
            threading.get_ident(),
            runtime.run(threading.get_ident),
            runtime.run(lambda model: model.weight.numel(), "model"),
        )

    outer_thread, inner_thread, count = runtime.run_soon(inner).result(PATIENCE)
    assert outer_thread == inner_thread == runtime.run(threading.get_ident)
    assert count == 100
    with pytest.raises(ZeroDivisionError):
        runtime.run_soon(lambda: 1 // 0).result(PATIENCE)
    with occupied(runtime, pool):
        dropped = runtime.run_soon(lambda: pytest.fail("it was cancelled"))
        assert runtime.stats().queue_length == 1
        assert dropped.cancel()
        assert runtime.stats().queue_length == 0


def test_it_is_free_for_models_in_memory_while_nothing_waits(make, pool):
    runtime = make()
    assert runtime.is_free_for([])
    assert not runtime.is_free_for(["a"])
    runtime.load("a")
    assert runtime.is_free_for(["a"])
    assert not runtime.is_free_for(["a", "b"])
    with occupied(runtime, pool):
        assert runtime.is_free_for(["a"])
        waiting = runtime.run_soon(int)
        assert not runtime.is_free_for(["a"])
    assert waiting.result(PATIENCE) == 0


@pytest.mark.parametrize("inline", [False, True])
def test_networks_of_small_steps_compute_on_one_thread(make, two_threads, inline):
    def loader(name):
        network = Weights()
        network.small_steps = name == "small"
        return network

    runtime = make(loader)

    def count(*models):
        return torch.get_num_threads()

    def counts():
        return [runtime.run(count, *models) for models in (("large",), ("small",), ("large", "small"), ())]

    many, one, both, none = runtime.run(counts) if inline else counts()
    assert [many, one, both, none] == [two_threads, 1, 1, two_threads]


def test_an_evicted_model_is_freed_after_predictions_and_jobs(make):
    runtime = make(budget_bytes=500)
    traces = [
        runtime.run(weakref.ref, "a"),
        runtime.run(lambda model: weakref.ref(model.weight), "a"),
    ]

    def steps(model):
        yield Progress(1, 2)
        raise ValueError(f"{model} does not like it")

    job = runtime.submit(steps, "a")
    with pytest.raises(ValueError, match="does not like"):
        job.result(PATIENCE)
    runtime.run(lambda model: None, "b")
    stats = runtime.stats()
    assert (stats.models, stats.bytes_used, stats.budget_bytes, stats.evictions) == ({"b": 400}, 400, 500, 1)
    assert [trace() for trace in traces] == [None, None]


def test_values_and_errors_reach_the_caller_they_belong_to(make, pool):
    runtime = make()

    def work(number):
        if number % 3 == 0:
            raise ValueError(f"number {number}")
        return number

    futures = [pool.submit(runtime.run, lambda number=number: work(number)) for number in range(30)]
    for number, future in enumerate(futures):
        if number % 3 == 0:
            assert str(future.exception(PATIENCE)) == f"number {number}"
        else:
            assert future.result(PATIENCE) == number


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), RuntimeError("bad"), StopIteration(5)])
def test_nothing_raised_kills_the_worker(make, error):
    def fail():
        raise error

    def build():
        fail()
        yield Progress(1)

    runtime = make()
    worker = runtime.run(threading.get_ident)
    with pytest.raises(type(error)):
        runtime.run(fail)
    for steps in (fail, build):
        assert runtime.submit(steps).wait(PATIENCE)
    assert runtime.run(threading.get_ident) == worker


def noisy(steps):
    drawn = []
    for step in range(steps):
        drawn.append(float(torch.rand(())))
        yield Progress(step + 1, steps)
    return drawn


def test_a_job_has_random_states_of_its_own(make, pool):
    runtime = make()
    alone = runtime.submit(lambda: noisy(5), seed=11).result(PATIENCE)
    with occupied(runtime, pool):
        pair = [runtime.submit(lambda: noisy(5), seed=seed) for seed in (11, 12)]
        futures = [pool.submit(runtime.run, lambda: torch.rand(3)) for _ in range(20)]
        futures += [pool.submit(runtime.run, lambda: torch.rand(3), seed=4) for _ in range(10)]
        until(lambda: runtime.stats().queue_length == 30)
    assert pair[0].result(PATIENCE) == alone
    assert pair[1].result(PATIENCE) != alone
    drawn = [future.result(PATIENCE) for future in futures]
    assert all(torch.equal(numbers, drawn[-1]) for numbers in drawn[20:]), "one seed, one answer"
    assert not torch.equal(drawn[0], drawn[1])


def test_a_step_may_ask_for_a_prediction(make):
    runtime = make()

    def steps():
        yield Progress(1)
        return runtime.run(lambda model: threading.get_ident(), "model", seed=1)

    assert runtime.submit(steps).result(PATIENCE) == runtime.run(threading.get_ident)


def test_cancelling_an_owner_cancels_all_their_jobs_and_no_other(make):
    runtime = make(max_active_jobs=2)
    cancelled = [runtime.submit(endless, owner="one") for _ in range(3)]
    other = runtime.submit(lambda: counting(1, [], "done"), owner="two")
    assert runtime.cancel_owner("one") == 3
    assert all(job.wait(PATIENCE) for job in cancelled)
    assert {job.state for job in cancelled} == {"cancelled"}
    assert other.result(PATIENCE) == "done"
    assert runtime.cancel_owner("one") == 0


def test_an_ended_job_is_kept_by_those_who_hold_it_alone(make):
    """A job holds its result and what it reported of its steps."""
    runtime = make()
    job = runtime.submit(lambda: counting(1, [], "done"))
    assert job.result(PATIENCE) == "done"
    assert runtime.submit(lambda: counting(1, [], "next")).result(PATIENCE) == "next"
    ended = weakref.ref(job)
    del job
    gc.collect()
    assert ended() is None


def test_stop_ends_jobs_with_a_word_to_their_owners_and_refuses_waiting_predictions(make, pool):
    runtime, closed_by = make(max_active_jobs=1), []

    def steps():
        try:
            yield from endless()
        finally:
            closed_by.append(threading.get_ident())

    worker = runtime.run(threading.get_ident)
    jobs = [runtime.submit(steps) for _ in range(2)]
    assert next(jobs[0].updates()).step >= 1
    with occupied(runtime, pool):
        waiting = pool.submit(runtime.run, int)
        until(lambda: runtime.stats().queue_length == 1)
        stopping = pool.submit(runtime.stop)
        until(lambda: runtime._stopped)
    stopping.result(PATIENCE)
    assert isinstance(waiting.exception(PATIENCE), UnavailableError)
    assert [job.state for job in jobs] == ["failed", "failed"]
    for job in jobs:
        with pytest.raises(UnavailableError, match="shutting down, and your job ended"):
            job.result(PATIENCE)
    assert closed_by == [worker]
    for use in (runtime.run, runtime.submit):
        with pytest.raises(UnavailableError):
            use(endless)


def test_a_runtime_can_be_stopped_at_any_time_and_started_again():
    runtime = Runtime(lambda name: Weights(), device="cpu", budget_bytes=1000)
    runtime.stop()
    with runtime:
        assert runtime.run(lambda model: len(model.weight), "model") == 100
    with pytest.raises(UnavailableError):
        runtime.run(int)
    with runtime as again:
        assert again.run(lambda model: len(model.weight), "model") == 100
    assert runtime.stats().loads == 1, "loaded models stay"


def test_stats_count_what_was_done(make):
    runtime = make()
    assert runtime.device == "cpu"
    runtime.run(lambda *models: None, "a", "b")
    runtime.run(lambda *models: None, "a")
    stats = runtime.stats()
    assert (stats.device, stats.budget_bytes, stats.bytes_used) == ("cpu", 1000, 800)
    assert list(stats.models) == ["b", "a"], "least recently used first"
    assert (stats.loads, stats.hits, stats.evictions, stats.predictions) == (2, 1, 0, 2)
    assert (stats.queue_length, stats.active_jobs, stats.queued_jobs) == (0, 0, 0)
    assert stats.mean_wait_ms >= 0
    assert stats.mean_run_ms >= 0


def test_there_is_one_runtime_per_process_and_it_loads_by_name(monkeypatch, pool):
    names = []

    def load(name):
        names.append(name)
        return Weights()

    monkeypatch.setitem(sys.modules, "zoo.core.loading", SimpleNamespace(load=load))
    monkeypatch.setattr(module, "_current", None)
    together = threading.Barrier(16)

    def get():
        together.wait(PATIENCE)
        return get_runtime()

    runtimes = {future.result(PATIENCE) for future in [pool.submit(get) for _ in range(16)]}
    [runtime] = runtimes
    with runtime:
        assert runtime.run(lambda model: len(model.weight), "some-model") == 100
    assert names == ["some-model"]
    other = Runtime(load)
    set_runtime(other)
    assert get_runtime() is other
    set_runtime(None)
    assert get_runtime() not in (runtime, other)
