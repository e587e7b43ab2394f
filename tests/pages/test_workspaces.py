"""Workspaces: kept while a session is away for a moment, removed once it has left, with nothing of it left over."""

from collections.abc import Iterator

import pytest

from pages.components.workspaces import Visitors
from zoo.core.jobs import Job
from zoo.core.runtime import get_runtime
from zoo.core.steps import Progress, Steps

LONG = 1e9  # steps: the job ends by being cancelled alone


class Connections:
    """Which sessions have a websocket, and which were forgotten."""

    def __init__(self) -> None:
        self.open: set[str] = set()
        self.forgotten: list[str] = []
        self.visitors = Visitors(self.open.__contains__, self.forgotten.append)


@pytest.fixture
def connections() -> Iterator[Connections]:
    connections = Connections()
    yield connections
    connections.visitors.clear()


def counting() -> Steps[int]:
    for step in range(int(LONG)):
        yield Progress(step + 1)
    return 0


def running_job(owner: str) -> Job[int]:
    job = get_runtime().submit(counting, owner=owner)
    next(job.updates())
    return job


def test_a_session_that_comes_back_finds_its_files_and_its_job(connections: Connections) -> None:
    visitors = connections.visitors
    connections.open.add("one")
    workspace = visitors.workspace("one")
    workspace.path("upload.csv").write_text("text")
    job = running_job(workspace.owner)
    connections.open.clear()
    visitors.sweep(grace=60)
    connections.open.add("one")
    visitors.sweep(grace=60)
    assert visitors.workspace("one") is workspace
    assert workspace.path("upload.csv").read_text() == "text"
    assert not job.cancelling
    connections.open.clear()
    visitors.sweep(grace=60)  # the time begins anew
    assert visitors.workspace("one") is workspace


def test_a_session_that_stays_away_is_removed_with_its_job(connections: Connections) -> None:
    visitors = connections.visitors
    workspace = visitors.workspace("one")
    job = running_job(workspace.owner)
    assert visitors.sweep(grace=0) == 0
    assert visitors.sweep(grace=0) == 1
    assert job.wait(30)
    assert job.state == "cancelled"
    assert not workspace.path("").exists()
    assert connections.forgotten == ["one"]


def test_a_hundred_visitors_who_left_leave_nothing(connections: Connections) -> None:
    visitors = connections.visitors
    workspaces = []
    for number in range(100):
        visitors.enter(f"reader {number}")
        workspaces.append(visitors.workspace(f"visitor {number}"))
    jobs = [running_job(workspaces[0].owner)]
    connections.open.add("reader 7")
    visitors.sweep(grace=0)
    visitors.sweep(grace=0)
    assert len(visitors) == 1
    assert len(connections.forgotten) == 199
    assert not any(workspace.path("").exists() for workspace in workspaces)
    assert all(job.wait(30) for job in jobs)
    stats = get_runtime().stats()
    assert (stats.active_jobs, stats.queued_jobs) == (0, 0)


def test_the_end_of_the_server_removes_everything(connections: Connections) -> None:
    workspace = connections.visitors.workspace("one")
    connections.open.add("one")
    connections.visitors.clear()
    assert not workspace.path("").exists()
    assert len(connections.visitors) == 0
