"""Jobs, advanced by the test: their records, how they end, and the random states of their steps."""

import json
import random
import threading
import weakref
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo.core import jobs
from zoo.core.errors import BusyError, CancelledJob, UnavailableError
from zoo.core.jobs import Job, PendingCall
from zoo.core.steps import Progress, with_rng_state, within


def counting(total, log=None, fail_at=None):
    """Steps that count to ``total`` and return it; at the end ``log`` gets an entry."""
    try:
        for step in range(1, total + 1):
            if step == fail_at:
                raise ValueError(f"step {step} failed")
            yield Progress(step, total, metrics={"loss": 1 / step}, preview=f"picture {step}")
        return total
    finally:
        if log is not None:
            log.append("closed")


def run_to_end(job):
    while not job.ended:
        job.advance()
    return job


def test_a_job_reports_each_step_and_then_its_result():
    job = Job(counting(3), title="Counting")
    assert (job.state, job.latest) == ("queued", None)
    job.advance()
    assert (job.state, job.latest.step) == ("running", 1)
    assert not job.wait(0)
    with pytest.raises(TimeoutError, match="has not ended"):
        job.result(timeout=0)
    run_to_end(job)
    assert (job.state, job.result(), job.latest.step) == ("done", 3, 3)


@settings(deadline=None)
@given(total=st.integers(0, 40))
def test_the_history_is_bounded_and_holds_one_preview(total):
    job = Job(counting(total))
    job._history = type(job._history)(maxlen=7)
    run_to_end(job)
    assert [record.step for record in job.history] == list(range(max(1, total - 6), total + 1))
    assert [record.preview for record in job.history if record.preview] == [f"picture {total}"] * bool(total)


def test_the_history_of_a_long_job_stays_bounded():
    job = run_to_end(Job(counting(jobs.HISTORY + 5)))
    assert len(job.history) == jobs.HISTORY
    assert job.since(0)[0] == jobs.HISTORY + 5
    assert len(job.since(0)[1]) == jobs.HISTORY


def test_updates_follow_the_job_from_another_thread_and_end_with_it():
    job, steps_read = Job(counting(5)), []
    first = threading.Event()

    def read():
        for record in job.updates():
            steps_read.append(record.step)
            first.set()

    reader = threading.Thread(target=read)
    reader.start()
    job.advance()
    assert first.wait(5)
    run_to_end(job)
    reader.join(5)
    assert not reader.is_alive()
    assert steps_read == [1, 2, 3, 4, 5]
    assert [record.step for record in job.updates()] == steps_read, "a late reader gets what the history holds"


def test_updates_of_a_job_without_steps_end_at_once():
    assert list(run_to_end(Job(counting(0))).updates()) == []


def test_since_returns_when_the_time_is_up():
    job = Job(counting(2))
    assert job.since(0, timeout=0) == (0, [])
    job.advance()
    count, records = job.since(0, timeout=0)
    assert (count, [record.step for record in records]) == (1, [1])


def test_cancel_closes_the_steps_before_another_is_computed():
    log = []
    job = Job(counting(9, log))
    job.advance()
    job.cancel()
    assert job.cancelling
    assert log == [], "only the worker closes"
    job.advance()
    assert (job.state, job.cancelling, job.latest.step, log) == ("cancelled", False, 1, ["closed"])
    with pytest.raises(CancelledJob):
        job.result()


def keeping():
    """Steps that return what they have when they are closed."""
    number = 0
    try:
        for number in range(1, 10):
            yield Progress(number, 9)
    except GeneratorExit:
        return number
    return 99


@pytest.mark.parametrize("wrap", [lambda steps: steps(), lambda steps: within(steps(), 0, 10)], ids=["plain", "within"])
@pytest.mark.parametrize("seeded", [False, True])
def test_steps_that_keep_something_end_a_cancelled_job_with_it(wrap, seeded):
    steps = with_rng_state(lambda: wrap(keeping), 0, "cpu") if seeded else wrap(keeping)
    job = Job(steps)
    job.advance()
    job.advance()
    job.cancel()
    job.advance()
    assert (job.state, job.error, job.result()) == ("done", None, 2)


def test_a_job_that_is_cut_off_tells_the_reason_whatever_it_keeps():
    job = Job(keeping())
    job.advance()
    job.cancel(UnavailableError("The server is shutting down."))
    job.advance()
    assert job.state == "failed"
    with pytest.raises(UnavailableError):
        job.result()


def test_steps_within_longer_work_count_on():
    records = list(within(counting(4), 100, 500))
    assert [(record.step, record.total) for record in records] == [(200, 1000), (300, 1000), (400, 1000), (500, 1000)]


def test_cancelled_before_its_first_step_a_job_never_starts():
    log = []
    job = Job(counting(9, log))
    job.cancel()
    job.advance()
    assert (job.state, job.latest, log) == ("cancelled", None, [])


def test_a_cancel_after_the_end_changes_nothing():
    job = run_to_end(Job(counting(1)))
    job.cancel()
    job.advance()
    assert (job.state, job.cancelling, job.result()) == ("done", False, 1)


@pytest.mark.parametrize("error", [ValueError("bad"), SystemExit(1), KeyboardInterrupt()])
def test_whatever_a_step_raises_fails_this_job_alone(error):
    def steps():
        yield Progress(1)
        raise error

    job = run_to_end(Job(steps()))
    assert (job.state, job.error) == ("failed", error)
    with pytest.raises(type(error)):
        job.result()


def test_a_cleanup_that_fails_fails_the_job():
    def steps():
        try:
            yield Progress(1)
        finally:
            raise OSError("disk full")

    job = Job(steps())
    job.advance()
    job.cancel()
    job.advance()
    assert job.state == "failed"
    with pytest.raises(OSError, match="disk full"):
        job.result()


def test_the_end_callback_comes_before_readers_are_notified_and_its_error_does_not_keep_them_waiting():
    states = []

    def on_end(job):
        states.append(job.state)
        raise RuntimeError("could not tidy up")

    job = run_to_end(Job(counting(1), on_end=on_end))
    assert (states, job.state) == (["running"], "done")


def test_a_failed_job_keeps_no_local_of_its_frames_alive():
    class Model:
        alive = 0

        def __init__(self):
            Model.alive += 1

        def __del__(self):
            Model.alive -= 1

    def steps():
        model = Model()
        yield Progress(1)
        try:
            raise KeyError("inner")
        except KeyError as error:
            raise ValueError(f"outer {model}") from error

    job = run_to_end(Job(steps()))
    assert isinstance(job.error, ValueError)
    assert Model.alive == 0


def test_time_left_is_the_pace_so_far_times_the_steps_to_come():
    assert Progress(2, 10, elapsed=3.0).eta_seconds == 12.0
    assert Progress(10, 10, elapsed=3.0).eta_seconds == 0.0
    assert Progress(0, 10).eta_seconds is None
    assert Progress(5, None, elapsed=3.0).eta_seconds is None


def test_elapsed_never_runs_backwards():
    elapsed = [record.elapsed for record in run_to_end(Job(counting(20))).history]
    assert elapsed == sorted(elapsed)
    assert elapsed[0] >= 0


def test_as_dict_is_strict_json_without_secrets():
    def steps():
        yield Progress(1, 2, "melting", {"loss": float("nan"), "score": np.float32(0.5)}, preview=object())
        raise RuntimeError("/private/path is broken")

    job = Job(steps(), title="Melt", owner="session-secret")
    job.advance()
    record = json.loads(json.dumps(job.as_dict(), allow_nan=False))
    assert (record["state"], record["title"], record["id"]) == ("running", "Melt", job.id)
    assert record["latest"]["metrics"] == {"loss": None, "score": 0.5}
    run_to_end(job)
    text = json.dumps(job.as_dict(), allow_nan=False)
    assert "secret" not in text
    assert "/private/path" not in text
    assert "RuntimeError" in text


def test_as_dict_has_the_sentence_of_our_own_errors():
    def steps():
        yield Progress(1)
        raise BusyError("The queue is full.")

    assert run_to_end(Job(steps())).as_dict()["error"] == "The queue is full."


def test_job_ids_cannot_be_guessed():
    ids = {Job(counting(0)).id for _ in range(100)}
    assert len(ids) == 100
    assert min(map(len, ids)) >= 20


def drawing(steps, draws):
    """Steps that draw from every generator there is."""
    for step in range(steps):
        draws.append((random.random(), float(np.random.rand()), float(torch.rand(()))))
        yield Progress(step + 1, steps)
    return draws


@settings(max_examples=25, deadline=None)
@given(turns=st.lists(st.sampled_from(["a", "b", "outside"]), max_size=12), seed=st.integers(-(2**31), 2**40))
def test_random_numbers_of_a_job_do_not_depend_on_draws_in_between(turns, seed):
    alone = run_to_end(Job(with_rng_state(lambda: drawing(4, []), seed, "cpu"))).result()
    pair = {name: Job(with_rng_state(lambda: drawing(4, []), seed + shift, "cpu")) for shift, name in enumerate("ab")}
    for turn in turns:
        if turn == "outside":
            torch.manual_seed(3)
            torch.rand(5)
        else:
            pair[turn].advance()
    assert run_to_end(pair["a"]).result() == alone
    assert run_to_end(pair["b"]).result() != alone


def test_a_job_leaves_the_random_numbers_of_others_alone():
    torch.manual_seed(7)
    expected = torch.rand(6)
    torch.manual_seed(7)
    job = Job(with_rng_state(lambda: drawing(3, []), 1, "cpu"))
    drawn = []
    while not job.ended:
        job.advance()
        drawn.append(torch.rand(1))
    assert torch.equal(torch.cat(drawn), expected[: len(drawn)])


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode, lambda: torch.autocast("cpu")])
def test_a_yield_inside_a_mode_of_torch_fails_the_job_and_does_not_leak(mode):
    def steps():
        with mode():
            yield Progress(1)

    job = run_to_end(Job(with_rng_state(steps, 0, "cpu")))
    with pytest.raises(RuntimeError, match="before the yield"):
        job.result()
    assert torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled()
    assert not torch.is_autocast_enabled("cpu")


def test_a_pending_call_reports_its_times_and_drops_its_models_before_its_caller_continues():
    def account(*seconds):
        accounts.append((min(seconds) >= 0, trace(), pending.outcome.done()))

    model, accounts = {42}, []
    trace, pending = weakref.ref(model), PendingCall(partial(len, model))
    del model
    pending.serve(account)
    assert pending.result() == 1
    assert accounts == [(True, None, False)]


@pytest.mark.parametrize("refused", [False, True])
def test_a_pending_call_whose_caller_was_interrupted_is_not_made(monkeypatch, refused):
    def interrupted():
        raise KeyboardInterrupt

    calls = []
    pending = PendingCall(lambda: calls.append("call"))
    monkeypatch.setattr(pending.outcome, "result", interrupted)
    with pytest.raises(KeyboardInterrupt):
        pending.result()
    if refused:
        pending.refuse(ValueError("too late"))
    else:
        pending.serve(lambda *seconds: calls.append(seconds))
    assert calls == []
