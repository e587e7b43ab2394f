"""Long work on a page: a place for the visitor's files, jobs that end when the visitor leaves, their progress."""

import secrets
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from zoo.core.errors import CancelledJob, ZooError
from zoo.core.jobs import Job, Steps
from zoo.core.runtime import get_runtime

POLL = 0.5  # seconds between two looks at a running job


@dataclass
class Bench:
    """``owner`` names the visitor to the runtime; ``folder`` goes with the visitor."""

    owner: str = field(default_factory=lambda: secrets.token_hex(8))
    folder: tempfile.TemporaryDirectory[str] = field(default_factory=tempfile.TemporaryDirectory)

    def path(self, name: str) -> Path:
        return Path(self.folder.name) / name

    def clear(self) -> None:
        get_runtime().cancel_owner(self.owner)
        self.folder.cleanup()


@st.cache_resource(scope="session", show_spinner=False, on_release=Bench.clear)
def bench() -> Bench:
    """This visitor's own."""
    return Bench()


def restart(key: str, steps: Callable[..., Steps[Any]], title: str = "") -> None:
    """Start a job and keep it in the session under ``key``, in the place of the one before, which is cancelled."""
    before: Job[Any] | None = st.session_state.get(key)
    if before is not None:
        before.cancel()
    st.session_state[key] = get_runtime().submit(steps, title=title, owner=bench().owner)


def ended(job: Job[Any]) -> bool:
    """Progress, time left and a way to stop, drawn until the job has ended; then whether it has a result."""
    if not job.ended:
        _watch(job)
        return False
    try:
        job.result()
    except CancelledJob:
        st.info("Cancelled.", icon=":material/cancel:")
        return False
    except ZooError as error:
        st.error(str(error), icon=":material/error:")
        return False
    return True


@st.fragment(run_every=POLL)
def _watch(job: Job[Any]) -> None:
    if job.ended:
        st.rerun()
    latest = job.latest
    if latest is None:
        st.progress(0.0, f"Number {job.position} in the queue…" if job.position else "Starting…")
    else:
        left = f" · about {latest.eta_seconds:.0f} s left" if latest.eta_seconds is not None else ""
        st.progress(latest.step / (latest.total or latest.step), f"{latest.message}{left}")
    if st.button("Cancel", icon=":material/cancel:", key=f"cancel-{job.id}"):
        job.cancel()
