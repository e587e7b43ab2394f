"""The runtime: one load for all, fair turns, queues that end, and errors that reach the right caller."""

import subprocess
import sys
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from zoo.core import runtime as module
from zoo.core.errors import BusyError, CancelledJob, NotFoundError, UnavailableError
from zoo.core.jobs import Progress
from zoo.core.runtime import PREDICTIONS_PER_STEP, Runtime, get_runtime, set_runtime

PATIENCE = 60  # seconds until a test that hangs fails


class Weights(nn.Module):
    def __init__(self, count=100):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(count))


@pytest.fixture
def make():
    """Runtimes of models of 400 bytes, stopped after the test."""
    made = []

    def make(loader=lambda name: Weights(), **settings):
        made.append(Runtime(loader, device="cpu", **{"budget_bytes": 1000} | settings))
        return made[-1]

    yield make
    for runtime in made:
        runtime.stop()


@pytest.fixture
def pool():
    with ThreadPoolExecutor(40) as pool:
        yield pool


def until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        threading.Event().wait(0.001)


@contextmanager
def held(runtime, pool):
    """Keep the worker busy with one prediction inside the block, so that others queue up."""
    entered, leave = threading.Event(), threading.Event()

    def hold():
        entered.set()
        assert leave.wait(PATIENCE)

    future = pool.submit(runtime.run, hold)
    assert entered.wait(PATIENCE)
    try:
        yield
    finally:
        leave.set()
    future.result(PATIENCE)


def counting(total, log, name):
    for step in range(1, total + 1):
        log.append(name)
        yield Progress(step, total)
    return name


def endless():
    step = 0
    while True:
        step += 1
        yield Progress(step)


def test_importing_and_asking_for_figures_leaves_torch_out():
    code = """
import sys
import zoo.core.runtime
figures = zoo.core.runtime.get_runtime().figures()
assert figures.device is None and figures.models == {}, figures
print("torch" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_model_is_loaded_once_however_many_ask_at_once(make, pool):
    together, loads = threading.Barrier(32), []

    def loader(name):
        loads.append(threading.get_ident())
        until(lambda: callers_in == 32)
        return Weights()

    runtime, callers_in, callers = make(loader), 0, set()
    lock = threading.Lock()

    def ask():
        nonlocal callers_in
        together.wait(PATIENCE)
        with lock:
            callers_in += 1
            callers.add(threading.get_ident())
        return runtime.run(id, "model")

    futures = [pool.submit(ask) for _ in range(32)]
    assert len({future.result(PATIENCE) for future in futures}) == 1
    figures = runtime.figures()
    assert (figures.loads, figures.hits, figures.predictions, figures.models) == (1, 31, 32, {"model": 400})
    [loading_thread] = loads
    assert loading_thread in callers, "loads happen in the caller's thread"


def test_predictions_run_on_one_worker_thread(make, pool):
    runtime = make()
    threads = {future.result() for future in [pool.submit(runtime.run, threading.get_ident) for _ in range(20)]}
    assert len(threads) == 1
    assert threading.get_ident() not in threads


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
    figures = runtime.figures()
    assert (figures.models, figures.bytes_used, figures.budget_bytes, figures.evictions) == ({"b": 400}, 400, 500, 1)
    assert [trace() for trace in traces] == [None, None]


def test_a_running_job_keeps_its_model(make):
    runtime, finish = make(budget_bytes=500), threading.Event()

    def steps(model):
        step = 0
        while not finish.is_set():
            step += 1
            yield Progress(step)
        return id(model)

    job = runtime.submit(steps, "a")
    identity = runtime.run(id, "a")
    runtime.run(id, "b")
    assert "a" in runtime.figures().models
    assert runtime.run(id, "a") == identity
    finish.set()
    assert job.result(PATIENCE) == identity
    runtime.run(id, "b")
    assert list(runtime.figures().models) == ["b"]


def test_predictions_are_served_while_a_long_job_goes_on(make, pool):
    runtime, finish = make(), threading.Event()

    def steps():
        step = 0
        while not finish.is_set():
            step += 1
            yield Progress(step)
        return step

    job = runtime.submit(steps)
    futures = [pool.submit(runtime.run, lambda number=number: number**2) for number in range(50)]
    assert [future.result(PATIENCE) for future in futures] == [number**2 for number in range(50)]
    assert not job.ended
    finish.set()
    assert job.result(PATIENCE) >= 1


def test_neither_predictions_nor_jobs_starve(make, pool):
    runtime, log = make(), []
    with held(runtime, pool):
        job = runtime.submit(lambda: counting(3, log, "step"))
        futures = [pool.submit(runtime.run, lambda: log.append("prediction")) for _ in range(20)]
        until(lambda: runtime.figures().queue_length == 20)
    job.result(PATIENCE)
    for future in futures:
        future.result(PATIENCE)
    assert log[0] == "prediction", "predictions go first"
    gaps = " ".join(log).split("step")
    assert len(gaps) == 4
    assert all(gap.count("prediction") <= PREDICTIONS_PER_STEP for gap in gaps[:3])


def test_jobs_take_turns(make, pool):
    runtime, log = make(), []
    with held(runtime, pool):
        jobs = [runtime.submit(lambda name=name: counting(3, log, name)) for name in "abc"]
    assert [job.result(PATIENCE) for job in jobs] == ["a", "b", "c"]
    assert "".join(log) == "abcabcabc"


def test_only_so_many_jobs_are_active_and_the_rest_know_their_place(make, pool):
    runtime, log = make(max_active_jobs=2), []
    with held(runtime, pool):
        jobs = [runtime.submit(lambda name=name: counting(2, log, name)) for name in "abcde"]
        assert [job.position for job in jobs] == [0, 0, 1, 2, 3]
        figures = runtime.figures()
        assert (figures.active_jobs, figures.queued_jobs) == (2, 3)
    assert [job.result(PATIENCE) for job in jobs] == list("abcde")
    assert "".join(log) == "ababcdcdee"
    assert [job.position for job in jobs] == [0] * 5


def test_cancelling_a_queued_job_moves_the_others_up_and_never_starts_it(make):
    runtime, log = make(max_active_jobs=1), []
    running = runtime.submit(endless)
    queued = [runtime.submit(lambda model, name=name: counting(1, log, name), "model") for name in "ab"]
    assert [job.position for job in queued] == [1, 2]
    queued[0].cancel()
    with pytest.raises(CancelledJob):
        queued[0].result(PATIENCE)
    assert (queued[1].state, queued[1].position, running.state) == ("queued", 1, "running")
    running.cancel()
    assert queued[1].result(PATIENCE) == "b"
    assert log == ["b"]


def test_cancel_acts_before_the_next_step_and_cleans_up_on_the_worker(make):
    runtime, inside, leave, log = make(), threading.Event(), threading.Event(), []

    def steps():
        try:
            for step in range(1, 10):
                log.append(step)
                if step == 2:
                    inside.set()
                    assert leave.wait(PATIENCE)
                yield Progress(step)
        finally:
            log.append(threading.get_ident())

    job = runtime.submit(steps)
    assert inside.wait(PATIENCE)
    job.cancel()
    leave.set()
    with pytest.raises(CancelledJob):
        job.result(PATIENCE)
    assert log == [1, 2, runtime.run(threading.get_ident)]
    assert job.state == "cancelled"


def test_a_full_queue_answers_busy_without_loading(make, pool):
    runtime = make(max_queue=2)
    with held(runtime, pool):
        waiting = [pool.submit(runtime.run, int) for _ in range(2)]
        until(lambda: runtime.figures().queue_length == 2)
        with pytest.raises(BusyError) as caught:
            runtime.run(id, "model")
        assert caught.value.retry_after >= 1
        assert runtime.figures().loads == 0
    assert [future.result(PATIENCE) for future in waiting] == [0, 0]
    assert runtime.run(int) == 0, "there is room again"


def test_too_many_jobs_answer_busy(make):
    runtime = make(max_queue=1, max_active_jobs=1)
    jobs = [runtime.submit(endless) for _ in range(2)]
    with pytest.raises(BusyError) as caught:
        runtime.submit(endless, "model")
    assert caught.value.retry_after >= 1
    assert runtime.run(int) == 0, "jobs that wait do not keep predictions out"
    for job in jobs:
        job.cancel()
        assert job.wait(PATIENCE)
    runtime.submit(endless).cancel()


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


def test_random_numbers_of_a_job_are_its_own(make, pool):
    runtime = make()
    alone = runtime.submit(lambda: noisy(5), seed=11).result(PATIENCE)
    with held(runtime, pool):
        pair = [runtime.submit(lambda: noisy(5), seed=seed) for seed in (11, 12)]
        futures = [pool.submit(runtime.run, lambda: torch.rand(3)) for _ in range(20)]
        futures += [pool.submit(runtime.run, lambda: torch.rand(3), seed=4) for _ in range(10)]
        until(lambda: runtime.figures().queue_length == 30)
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


def test_an_owner_gone_cancels_all_their_jobs_and_no_other(make):
    runtime = make(max_active_jobs=2)
    gone = [runtime.submit(endless, owner="one") for _ in range(3)]
    other = runtime.submit(lambda: counting(1, [], "done"), owner="two")
    assert runtime.cancel_owner("one") == 3
    assert all(job.wait(PATIENCE) for job in gone)
    assert {job.state for job in gone} == {"cancelled"}
    assert other.result(PATIENCE) == "done"
    assert runtime.cancel_owner("one") == 0


def test_jobs_are_found_by_id_and_old_ones_forgotten(make, monkeypatch):
    monkeypatch.setattr(module, "FINISHED_JOBS", 3)
    runtime = make()
    alive = runtime.submit(endless)
    jobs = [runtime.submit(lambda: counting(1, [], "x")) for _ in range(5)]
    for job in jobs:
        job.result(PATIENCE)
    assert runtime.job(alive.id) is alive
    found = []
    for job in jobs:
        try:
            found.append(runtime.job(job.id))
        except NotFoundError:
            continue
    assert len(found) == 3
    with pytest.raises(NotFoundError):
        runtime.job("no-such-id")


def test_stop_cancels_jobs_and_refuses_those_who_wait(make, pool):
    runtime, closed_by = make(max_active_jobs=1), []

    def steps():
        try:
            yield from endless()
        finally:
            closed_by.append(threading.get_ident())

    worker = runtime.run(threading.get_ident)
    jobs = [runtime.submit(steps) for _ in range(2)]
    assert next(jobs[0].updates()).step >= 1
    with held(runtime, pool):
        waiting = pool.submit(runtime.run, int)
        until(lambda: runtime.figures().queue_length == 1)
        stopping = pool.submit(runtime.stop)
        until(lambda: runtime._stopped)
    stopping.result(PATIENCE)
    assert isinstance(waiting.exception(PATIENCE), UnavailableError)
    assert [job.state for job in jobs] == ["cancelled", "cancelled"]
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
    assert runtime.figures().loads == 1, "loaded models stay"


def test_figures_tell_what_was_done(make):
    runtime = make()
    assert runtime.device == "cpu"
    runtime.run(lambda *models: None, "a", "b")
    runtime.run(lambda *models: None, "a")
    figures = runtime.figures()
    assert (figures.device, figures.budget_bytes, figures.bytes_used) == ("cpu", 1000, 800)
    assert list(figures.models) == ["b", "a"], "least recently used first"
    assert (figures.loads, figures.hits, figures.evictions, figures.predictions) == (2, 1, 0, 2)
    assert (figures.queue_length, figures.active_jobs, figures.queued_jobs) == (0, 0, 0)
    assert figures.mean_wait_ms >= 0
    assert figures.mean_run_ms >= 0


def test_there_is_one_runtime_per_process_and_it_loads_by_name(monkeypatch, pool):
    names = []

    def load(name):
        names.append(name)
        return Weights()

    monkeypatch.setitem(sys.modules, "zoo.core.models", SimpleNamespace(load=load))
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
