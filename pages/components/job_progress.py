"""Long work on a page: a place for the visitor's files, jobs that end when the visitor leaves, their progress."""

import secrets
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from zoo.core.errors import CancelledJob, ZooError
from zoo.core.jobs import Job, Steps
from zoo.core.runtime import get_runtime
from zoo.core.tables import TABLE_LIMITS, TableFormat, guess_text_column, read_rows, sniff_table

POLL = 0.5  # seconds between two looks at a running job


@dataclass
class Workspace:
    """``owner`` names the visitor to the runtime; ``folder`` goes with the visitor."""

    owner: str = field(default_factory=lambda: secrets.token_hex(8))
    folder: tempfile.TemporaryDirectory[str] = field(default_factory=tempfile.TemporaryDirectory)

    def path(self, name: str) -> Path:
        return Path(self.folder.name) / name

    def clear(self) -> None:
        get_runtime().cancel_owner(self.owner)
        self.folder.cleanup()


@st.cache_resource(scope="session", show_spinner=False, on_release=Workspace.clear)
def workspace() -> Workspace:
    """This visitor's own."""
    return Workspace()


@dataclass(frozen=True)
class Table:
    """An uploaded table on the bench; ``guess`` is the place of the column that looks like the texts."""

    path: Path
    form: TableFormat
    guess: int


def keep_upload(name: str, label: str, max_bytes: int) -> tuple[Path, str] | None:
    """An uploaded file kept on the bench, with an id that another upload does not have; None until there is one."""
    path = workspace().path(name)
    file = st.file_uploader(label, max_upload_size=max_bytes // 2**20, key=f"{name}-file")
    if file is None:
        return None
    if st.session_state.get(f"{name}-id") != file.file_id:
        with path.open("wb") as kept:
            shutil.copyfileobj(file, kept)
        st.session_state[f"{name}-id"] = file.file_id
        st.session_state.pop(f"{name}-job", None)
    return path, str(file.file_id)


def choose_table(name: str) -> Table | None:
    """An uploaded CSV file, kept on the bench with a look at its first rows; None until there is one."""
    kept = keep_upload(name, "A table of texts (CSV)", TABLE_LIMITS.max_bytes)
    if kept is None:
        st.caption("Any separator, UTF-8 or what Excel writes; a million rows and more. Nothing leaves this machine.")
        return None
    path, id = kept
    form, sample = _looked_at(id, path)
    st.dataframe(pd.DataFrame(sample), hide_index=True)
    return Table(path, form, form.columns.index(guess_text_column(form, sample)))


@st.cache_data(max_entries=20, show_spinner="Looking at the table…")
def _looked_at(id: str, _path: Path) -> tuple[TableFormat, list[dict[str, str]]]:
    """Format and first rows: once an upload, since the encoding is told by the whole file."""
    with _path.open("rb") as file:
        form = sniff_table(file)
        return form, list(islice(read_rows(file, form), 5))


def restart(key: str, steps: Callable[..., Steps[Any]], title: str = "") -> None:
    """Start a job and keep it in the session under ``key``, in the place of the one before, which is cancelled."""
    before: Job[Any] | None = st.session_state.get(key)
    if before is not None:
        before.cancel()
    st.session_state[key] = get_runtime().submit(steps, title=title, owner=workspace().owner)


def cut_short(key: str) -> bool:
    """Whether the job kept under ``key`` came to an end before its work did."""
    job: Job[Any] | None = st.session_state.get(key)
    return job is not None and job.state in ("failed", "cancelled")


def ended(job: Job[Any], draw: Callable[[Any], None] | None = None, every: float = POLL, stop: str = "Cancel") -> bool:
    """Progress, time left and a way to stop, drawn until the job has ended; then whether it has a result.

    ``draw``: is given the latest record's preview, each time that the page looks, ``every`` so many seconds.
    """
    if not job.ended:
        st.fragment(_watch, run_every=every)(job, draw, stop)
        return False
    try:
        job.result()
    except CancelledJob:
        st.info("Stopped." if stop == "Stop" else "Cancelled.", icon=":material/cancel:")
        return False
    except ZooError as error:
        st.error(str(error), icon=":material/error:")
        return False
    return True


def asked(name: str, key: str, label: str, steps: Callable[..., Steps[Any]], title: str) -> Any:
    """A button that starts a job, its progress, then its result for as long as ``key`` is what it was started for.

    None until there is a result.
    """
    if st.button(label, key=f"start-{name}", icon=":material/play_arrow:"):
        restart(f"{name}-job", steps, title=title)
        st.session_state[f"{name}-of"] = key
    job: Job[Any] | None = st.session_state.get(f"{name}-job")
    if job is None:
        return None
    if st.session_state.get(f"{name}-of") != key:
        job.cancel()  # nobody asks for it any more
        return None
    return job.result() if ended(job) else None


def _watch(job: Job[Any], draw: Callable[[Any], None] | None, stop: str) -> None:
    if job.ended:
        st.rerun()
    latest = job.latest
    if latest is None:
        st.progress(0.0, f"Number {job.position} in the queue…" if job.position else "Starting…")
    else:
        left = f" · about {latest.eta_seconds:.0f} s left" if latest.eta_seconds is not None else ""
        st.progress(latest.step / (latest.total or latest.step), f"{latest.message}{left}")
    if st.button(stop, icon=":material/cancel:", key=f"cancel-{job.id}"):
        job.cancel()
    if draw is not None and latest is not None and latest.preview is not None:
        draw(latest.preview)
