"""One runtime per process: every model is loaded once and shared, and one worker thread computes all steps.

The worker schedules steps, never whole jobs. A prediction is a job of one step; long jobs (see ``zoo.core.steps``) take
turns of one step each, with waiting predictions in between. Importing this module does not import torch.
"""

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from functools import partial
from statistics import fmean
from typing import TYPE_CHECKING, Any, TypeVar

from zoo.core import runtime_stats
from zoo.core.admission import RECENT, Admission
from zoo.core.cancellation import check_cancelled
from zoo.core.errors import UnavailableError
from zoo.core.jobs import Job, PendingCall
from zoo.core.runtime_stats import LoadedModel, RuntimeStats
from zoo.core.settings import Settings
from zoo.core.steps import Steps, with_rng_state
from zoo.core.user_models import without_names

if TYPE_CHECKING:
    from torch import nn

    from zoo.core.model_cache import ModelCache

R = TypeVar("R")
T = TypeVar("T")
PREDICTIONS_PER_STEP = 4  # served in a row before a long job gets its step
YIELD = 1e-5  # seconds after a job's step: locks are not fair, and without it short steps starve other threads
CLOSING = "The server is shutting down: try again in a moment."
CUT_OFF = "The server is shutting down, and your job ended with it: start it again in a moment."


class Runtime:
    """Loads models by name, shares them, and runs predictions and long jobs on one worker. Safe to use from any thread.

    ``loader`` makes a module from a name. It must not draw random numbers (build on the meta device), since it runs
    beside jobs that do. At most ``max_queue`` predictions wait, and as many jobs; of those without an owner only
    such as are expected to start within ``max_wait`` seconds: see ``zoo.core.admission``. The worker starts with the
    first use.
    After ``stop()``, use raises ``UnavailableError`` until ``start()``; models stay. A ``with`` block calls both.
    """

    def __init__(
        self,
        loader: "Callable[[str], nn.Module]",
        *,
        device: str | None = None,
        budget_bytes: int | None = None,
        max_queue: int = 64,
        max_active_jobs: int = 4,
        max_wait: float = math.inf,
    ) -> None:
        self._cache_settings = (loader, device, budget_bytes)
        self._cache: ModelCache | None = None
        self._cache_lock = threading.Lock()
        self._admission = Admission(max_queue, max_active_jobs, max_wait)
        self._predictions: deque[PendingCall[Any]] = deque()
        self._active: deque[Job[Any]] = deque()
        self._queued: deque[Job[Any]] = deque()
        self._served = self._streak = 0
        self._waits: deque[float] = deque(maxlen=RECENT)
        self._history = runtime_stats.ProcessHistory()
        self._changed = threading.Condition()
        self._lifecycle = threading.Lock()
        self._stopped = False
        self._worker: threading.Thread | None = None

    @property
    def device(self) -> str:
        """The device as given, or by the operator's setting, or the best there is: cuda, mps, cpu."""
        return self._models().device

    def run(self, function: Callable[..., T], *models: str, seed: int | None = None) -> T:
        """Call ``function`` with the named models on the worker; return its value or raise its exception here.

        Models are loaded in the calling thread. With a ``seed`` the call has random states of its own. Called on the
        worker (by a job's step that needs a prediction), it runs at once. Raises ``BusyError`` on a full queue,
        ``CancelledJob`` when whoever asked has left (see ``zoo.core.cancellation``).
        """
        from zoo.core.device import threads_for
        from zoo.core.rng_state import RandomState

        check_cancelled()
        inline = threading.current_thread() is self._worker
        if not inline:
            self._admit()
        cache = self._models()
        if seed is not None:
            function = RandomState(seed, cache.device).active()(function)
        with cache.pinned(models) as modules:
            if inline:
                with threads_for(modules):
                    return function(*modules)
            prediction = self._queue(threads_for(modules)(partial(function, *modules)))
            try:
                return prediction.result()
            finally:
                self._withdraw(prediction)

    def run_soon(self, function: Callable[[], T]) -> Future[T]:
        """Queue a call on the worker, for a caller that waits in no thread, such as an event loop.

        What it needs of ``run`` is computed at once, as a part of it: only for brief calls whose models are in memory.
        Cancelled while it waits, it is withdrawn. Raises ``BusyError`` on a full queue.
        """
        prediction = self._queue(function)

        def withdraw(outcome: Future[T]) -> None:
            if outcome.cancelled():
                self._withdraw(prediction)

        prediction.outcome.add_done_callback(withdraw)
        return prediction.outcome

    def load(self, *models: str) -> None:
        """Load models that are not in memory yet. Raises what the loader raises."""
        with self._models().pinned(models):
            return

    def is_free_for(self, models: Collection[str]) -> bool:
        """Whether a call with these models would be made at once: they are in memory, and no prediction waits."""
        return not self._predictions and set(models) <= {model.name for model in self.loaded()}

    def loaded(self) -> tuple[LoadedModel, ...]:
        """The models in memory, by their full names: for those who know these. It imports no torch."""
        return self._cache.loaded() if self._cache else ()

    def keep(self, model: str, wanted: bool = True) -> None:
        """Pin a loaded model, so that it is never evicted, or let it go; see ``ModelCache.keep``."""
        self._models().keep(model, wanted)

    def unload(self, model: str) -> None:
        """Free the memory of a model that nothing uses; see ``ModelCache.unload``."""
        self._models().unload(model)

    def submit(
        self, steps: Callable[..., Steps[R]], *models: str, title: str = "", owner: str | None = None, seed: int = 0
    ) -> Job[R]:
        """Queue a job: the generator ``steps(*modules)``, built and advanced on the worker.

        It has random states of its own, from ``seed`` on. Models are loaded in the calling thread and stay until the
        job ends. ``owner``: whose jobs ``cancel_owner`` cancels. Raises ``BusyError`` when too many jobs wait: see
        ``zoo.core.admission``.
        """
        self._admit_job(owner)
        cache = self._models()
        generator = with_rng_state(partial(steps, *cache.pin(models)), seed, cache.device)
        job = Job(generator, title=title, owner=owner, on_end=partial(self._retire, models))
        try:
            with self._changed:
                self._admit_job(owner)
                self._queued.append(job)
                self._promote()
                self._wake()
        except BaseException:
            cache.unpin(models)
            raise
        return job

    def cancel_owner(self, owner: str) -> int:
        """Cancel all jobs of an owner who has left; returns how many there were."""
        jobs = self.jobs_of(owner)
        for job in jobs:
            job.cancel()
        return len(jobs)

    def jobs_of(self, owner: str) -> tuple[Job[Any], ...]:
        """The jobs of an owner that run or wait."""
        with self._changed:
            return tuple(job for job in (*self._active, *self._queued) if job.owner == owner)

    def stats(self) -> RuntimeStats:
        """A snapshot for health pages. It chooses no device and imports no torch."""
        cache = self._cache
        sizes = without_names(cache.sizes()) if cache else {}
        loaded = runtime_stats.without_own_names(self.loaded())
        history = self._history.take(cache.device if cache else None)
        with self._changed:
            jobs = runtime_stats.running_jobs((*self._active, *self._queued))
            return RuntimeStats(
                device=cache.device if cache else None,
                budget_bytes=cache.budget_bytes if cache else None,
                bytes_used=sum(sizes.values()),
                models=sizes,
                loads=cache.loads if cache else 0,
                hits=cache.hits if cache else 0,
                evictions=cache.evictions if cache else 0,
                predictions=self._served,
                queue_length=len(self._predictions),
                active_jobs=len(self._active),
                queued_jobs=len(self._queued),
                mean_wait_ms=1000 * fmean(self._waits or [0.0]),
                mean_run_ms=1000 * fmean(self._admission.runs or [0.0]),
                hit_rate=runtime_stats.hit_rate(cache.loads, cache.hits) if cache else None,
                loaded=loaded,
                jobs=jobs,
                history=history,
                settings=runtime_stats.settings_in_force(),
            )

    def start(self) -> None:
        """Accept work, for the first time or again after ``stop()``."""
        with self._lifecycle, self._changed:
            self._stopped = False
            self._wake()

    def stop(self) -> None:
        """End all jobs and fail waiting predictions with ``UnavailableError``; wait for the step being computed."""
        with self._lifecycle:
            with self._changed:
                self._stopped = True
                worker = self._worker
                self._changed.notify_all()
            if worker is not None:
                worker.join()
            self._worker = None

    def __enter__(self) -> "Runtime":
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def _models(self) -> "ModelCache":
        from zoo.core.model_cache import ModelCache

        with self._cache_lock:
            if self._cache is None:
                self._cache = ModelCache(*self._cache_settings)
            return self._cache

    def _admit(self) -> None:
        """Raises UnavailableError after ``stop()``, BusyError where the queue of predictions is full."""
        with self._changed:
            self._check_open()
            self._admission.check(self._predictions)

    def _admit_job(self, owner: str | None) -> None:
        with self._changed:
            self._check_open()
            self._admission.check_job(self._active, self._queued, owner)

    def _check_open(self) -> None:
        if self._stopped:
            raise UnavailableError(CLOSING)

    def _queue(self, call: Callable[[], T]) -> PendingCall[T]:
        prediction = PendingCall(call)
        with self._changed:
            self._admit()
            self._predictions.append(prediction)
            self._wake()
        return prediction

    def _withdraw(self, prediction: PendingCall[Any]) -> None:
        """Leave no call in the queue that nobody waits for: it would count as one that waits."""
        with self._changed:
            if prediction in self._predictions:
                self._predictions.remove(prediction)

    def _wake(self) -> None:
        if self._worker is None:
            self._worker = threading.Thread(target=self._work, name="zoo-worker", daemon=True)
            self._worker.start()
        self._changed.notify_all()

    def _promote(self) -> None:
        while self._queued and len(self._active) < self._admission.max_active:
            self._active.append(self._queued.popleft())
            self._active[-1].position = 0
        for position, job in enumerate(self._queued, start=1):
            job.position = position

    def _retire(self, models: Sequence[str], job: Job[Any]) -> None:
        with self._changed:
            (self._active if job in self._active else self._queued).remove(job)
            if job.seconds is not None:
                self._admission.durations.append(job.seconds)
            self._promote()
        self._models().unpin(models)

    def _work(self) -> None:
        while self._take_turn():
            pass
        for job in (*self._active, *self._queued):
            job.cancel(UnavailableError(CUT_OFF))
            job.advance()
        while self._predictions:
            self._predictions.popleft().refuse(UnavailableError(CLOSING))

    def _take_turn(self) -> bool:
        # A turn's locals end with it: over the wait for the next turn, they would keep evicted models alive.
        turn: Callable[[], None]
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._predictions or self._active)
            if self._stopped:
                return False
            if self._predictions and (self._streak < PREDICTIONS_PER_STEP or not self._active):
                self._streak += 1
                turn = partial(self._predictions.popleft().serve, self._account)
            else:
                self._streak = 0
                self._active.rotate(-1)
                cancelled = (job for job in self._queued if job.cancelling)
                turn = next(cancelled, self._active[-1]).advance
        turn()
        if not self._streak:
            time.sleep(YIELD)
        return True

    def _account(self, waited: float, ran: float) -> None:
        with self._changed:
            self._served += 1
            self._waits.append(waited)
            self._admission.runs.append(ran)


_current: Runtime | None = None
_current_lock = threading.Lock()


def get_runtime() -> Runtime:
    """The runtime of this process, made at the first call; it loads models by the names of their cards."""
    global _current
    with _current_lock:
        if _current is None:
            _current = Runtime(_load, max_wait=Settings().request_seconds / 2)
        return _current


def set_runtime(runtime: Runtime | None) -> None:
    """Replace the runtime; with None the next ``get_runtime()`` makes a new one. Stops none."""
    global _current
    with _current_lock:
        _current = runtime


def _load(name: str) -> "nn.Module":
    from zoo.core.loading import load

    return load(name)
