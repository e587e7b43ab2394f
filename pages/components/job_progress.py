"""Jobs on a page: uploads to the visitor's workspace, and the progress of a job with a button to cancel it."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from pages.components.escape import literal
from pages.components.workspaces import workspace
from zoo.core.errors import CancelledJob, ZooError
from zoo.core.jobs import Job
from zoo.core.runtime import get_runtime
from zoo.core.steps import Steps

POLL_INTERVAL = 0.5  # seconds between two readings of a running job


def store_upload(name: str, label: str, max_bytes: int) -> tuple[Path, str] | None:
    """The path of an uploaded file in the workspace, and the id of the upload; None before the first upload."""
    path = workspace().path(name)
    file = st.file_uploader(label, max_upload_size=max_bytes // 2**20, key=f"{name}-file")
    if file is None:
        return None
    if st.session_state.get(f"{name}-id") != file.file_id:
        with path.open("wb") as stored:
            shutil.copyfileobj(file, stored)
        st.session_state[f"{name}-id"] = file.file_id
        job: Job[Any] | None = st.session_state.pop(f"{name}-job", None)
        if job is not None:
            job.cancel()  # it reads the file that this one replaces
    return path, str(file.file_id)


def start_job(key: str, steps: Callable[..., Steps[Any]], title: str = "") -> None:
    """Start a job and keep it in the session under ``key``. The job before it under that key is cancelled."""
    previous: Job[Any] | None = st.session_state.get(key)
    if previous is not None:
        previous.cancel()
    st.session_state[key] = get_runtime().submit(steps, title=title, owner=workspace().owner)


def ended_early(key: str) -> bool:
    """Whether the job under ``key`` failed or was cancelled."""
    job: Job[Any] | None = st.session_state.get(key)
    return job is not None and job.state in ("failed", "cancelled")


def finished(
    job: Job[Any],
    draw_preview: Callable[[Any], None] | None = None,
    interval: float = POLL_INTERVAL,
    cancel_label: str = "Cancel",
    keep: bool = True,
) -> bool:
    """Whether the job has a result. Draws its progress while it runs, and its error or cancellation afterwards.

    ``draw_preview`` is called with the latest record's preview every ``interval`` seconds, and once more for a job that
    ended before it had a result, unless ``keep`` is false: then the page itself draws what ``kept`` returns.
    """
    if not job.ended:
        st.fragment(_draw_progress, run_every=interval)(job, draw_preview, cancel_label)
        return False
    try:
        job.result()
    except CancelledJob:
        st.info("Stopped." if cancel_label == "Stop" else "Cancelled.", icon=":material/cancel:")
    except ZooError as error:
        st.error(literal(error), icon=":material/error:")
    else:
        return True
    if keep and draw_preview is not None and (preview := kept(job)) is not None:
        draw_preview(preview)
    return False


def kept(job: Job[Any]) -> Any:
    """What a job that ended early had reached: the preview of its last record, None where it has none."""
    return job.latest.preview if job.ended and job.latest is not None else None


def job_button(name: str, input_key: str, label: str, steps: Callable[..., Steps[Any]], title: str) -> Any:
    """A button that starts a job; then its progress, then its result while ``input_key`` stays the same.

    None until there is a result.
    """
    if st.button(label, key=f"start-{name}", icon=":material/play_arrow:"):
        start_job(f"{name}-job", steps, title=title)
        st.session_state[f"{name}-input"] = input_key
    job: Job[Any] | None = st.session_state.get(f"{name}-job")
    if job is None:
        return None
    if st.session_state.get(f"{name}-input") != input_key:
        job.cancel()  # the page no longer needs its result
        return None
    return job.result() if finished(job) else None


def _draw_progress(job: Job[Any], draw_preview: Callable[[Any], None] | None, cancel_label: str) -> None:
    if job.ended:
        st.rerun()
    latest = job.latest
    if latest is None:
        st.progress(0.0, f"Number {job.position} in the queue…" if job.position else "Starting…")
    else:
        left = f" · about {latest.eta_seconds:.0f} s left" if latest.eta_seconds is not None else ""
        st.progress(latest.step / (latest.total or latest.step or 1), f"{literal(latest.message)}{left}")
    if st.button(cancel_label, icon=":material/cancel:", key=f"cancel-{job.id}"):
        job.cancel()
    if draw_preview is not None and latest is not None and latest.preview is not None:
        draw_preview(latest.preview)
