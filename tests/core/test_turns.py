"""Scheduling: predictions between the steps of jobs, jobs in turns, bounded queues."""

import threading

import pytest

from tests.core.runtimes import PATIENCE, counting, endless, occupied, until
from zoo.core.errors import BusyError, CancelledJob
from zoo.core.runtime import PREDICTIONS_PER_STEP
from zoo.core.steps import Progress


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
    assert "a" in runtime.stats().models
    assert runtime.run(id, "a") == identity
    finish.set()
    assert job.result(PATIENCE) == identity
    runtime.run(id, "b")
    assert list(runtime.stats().models) == ["b"]


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
    with occupied(runtime, pool):
        job = runtime.submit(lambda: counting(3, log, "step"))
        futures = [pool.submit(runtime.run, lambda: log.append("prediction")) for _ in range(20)]
        until(lambda: runtime.stats().queue_length == 20)
    job.result(PATIENCE)
    for future in futures:
        future.result(PATIENCE)
    assert log[0] == "prediction", "predictions go first"
    gaps = " ".join(log).split("step")
    assert len(gaps) == 4
    assert all(gap.count("prediction") <= PREDICTIONS_PER_STEP for gap in gaps[:3])


def test_jobs_take_turns(make, pool):
    runtime, log = make(), []
    with occupied(runtime, pool):
        jobs = [runtime.submit(lambda name=name: counting(3, log, name)) for name in "abc"]
    assert [job.result(PATIENCE) for job in jobs] == ["a", "b", "c"]
    assert "".join(log) == "abcabcabc"


def test_only_so_many_jobs_are_active_and_the_rest_know_their_position(make, pool):
    runtime, log = make(max_active_jobs=2), []
    with occupied(runtime, pool):
        jobs = [runtime.submit(lambda name=name: counting(2, log, name)) for name in "abcde"]
        assert [job.position for job in jobs] == [0, 0, 1, 2, 3]
        stats = runtime.stats()
        assert (stats.active_jobs, stats.queued_jobs) == (2, 3)
    assert [job.result(PATIENCE) for job in jobs] == list("abcde")
    assert "".join(log) == "ababcdcdee"
    assert [job.position for job in jobs] == [0] * 5


def test_cancelling_a_queued_job_moves_the_others_up_and_never_starts_it(make):
    runtime, log = make(max_active_jobs=1), []
    running = runtime.submit(endless)
    until(lambda: running.state == "running")
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
    with occupied(runtime, pool):
        waiting = [pool.submit(runtime.run, int) for _ in range(2)]
        until(lambda: runtime.stats().queue_length == 2)
        with pytest.raises(BusyError) as caught:
            runtime.run(id, "model")
        assert caught.value.retry_after >= 1
        assert runtime.stats().loads == 0
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


def test_jobs_without_an_owner_leave_room_for_visitors(make):
    runtime = make(max_queue=4, max_active_jobs=1)
    for _ in range(4):
        runtime.submit(endless)
    with pytest.raises(BusyError):
        runtime.submit(endless)
    runtime.submit(endless, owner="visitor")
    with pytest.raises(BusyError):
        runtime.submit(endless, owner="visitor")


def test_no_job_is_taken_whose_client_would_give_up_before_it_starts(make):
    runtime, finish = make(max_active_jobs=1, max_wait=0.05), threading.Event()

    def slow():
        finish.wait(0.1)
        yield Progress(1)

    assert runtime.submit(slow).wait(PATIENCE)
    for _ in range(6):  # the longest of late counts, however many were short
        assert runtime.submit(lambda: counting(1, [], "short")).wait(PATIENCE)
    running = runtime.submit(endless)
    with pytest.raises(BusyError) as caught:
        runtime.submit(slow)
    assert caught.value.retry_after >= 1
    visitors = runtime.submit(slow, owner="visitor")
    assert visitors.position == 1, "who looks at a page sees the place in the queue"
    running.cancel()
    assert visitors.wait(PATIENCE)
    assert runtime.submit(slow).wait(PATIENCE), "nothing is before it, however long the last one took"
