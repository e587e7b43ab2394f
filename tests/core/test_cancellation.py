"""Work that nobody waits for any more: it is dropped where it waits, and ends at its next step where it computes."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from tests.core.runtimes import PATIENCE, occupied, until
from zoo.core.beam_search import BeamSearch
from zoo.core.cancellation import Cancellation, check_cancelled, on_cancel
from zoo.core.errors import CancelledJob


def test_a_waiting_prediction_of_a_client_who_left_is_dropped(make, pool: ThreadPoolExecutor) -> None:
    runtime, cancellation, calls = make(), Cancellation(), []
    with occupied(runtime, pool):
        waiting = pool.submit(cancellation.run, lambda: runtime.run(lambda: calls.append(1)))
        until(lambda: runtime.stats().queue_length == 1)
        cancellation.cancel()
        with pytest.raises(CancelledJob):
            waiting.result(PATIENCE)
        assert runtime.stats().queue_length == 0
    runtime.run(int)
    assert calls == []


def test_a_prediction_that_computes_ends_at_its_next_step(make, pool: ThreadPoolExecutor) -> None:
    runtime, cancellation, entered = make(), Cancellation(), threading.Event()

    def steps() -> None:
        entered.set()
        while True:
            check_cancelled()
            threading.Event().wait(0.001)

    running = pool.submit(cancellation.run, lambda: runtime.run(steps))
    assert entered.wait(PATIENCE)
    cancellation.cancel()
    with pytest.raises(CancelledJob):
        running.result(PATIENCE)
    assert runtime.run(lambda: 1) == 1


def test_no_further_prediction_is_made_for_a_client_who_left(make) -> None:
    runtime, cancellation, calls = make(), Cancellation(), []

    def several() -> None:
        for number in range(3):
            runtime.run(lambda number=number: calls.append(number))
            cancellation.cancel()

    with pytest.raises(CancelledJob):
        cancellation.run(several)
    assert calls == [0]


def test_beam_search_ends_within_a_token() -> None:
    cancellation = Cancellation()
    search: BeamSearch[str] = BeamSearch(2, eos_token_id=0, length_penalty=float)

    def tokens() -> None:
        while True:
            search.step(torch.zeros(1, 5), [""])
            cancellation.cancel()

    with pytest.raises(CancelledJob):
        cancellation.run(tokens)
    assert search.length == 1


def test_listeners_are_called_once_and_only_while_they_listen() -> None:
    cancellation, calls = Cancellation(), []
    forget = cancellation.run(lambda: on_cancel(lambda: calls.append("forgotten")))
    cancellation.run(lambda: on_cancel(lambda: calls.append("before")))
    forget()
    cancellation.cancel()
    cancellation.cancel()
    cancellation.listen(lambda: calls.append("after"))
    assert calls == ["before", "after"]
    check_cancelled()  # outside of the cancelled work
    with pytest.raises(CancelledJob):
        cancellation.run(lambda: calls.append("never"))
