"""The files and jobs of each visitor, kept over a lost connection and removed once the visitor has left.

Streamlit keeps the state of a session whose websocket was cut for ``server.disconnectedSessionTTL`` seconds, and hands
it to the browser that connects again. It releases session caches at once, so a workspace lives here instead. What
Streamlit itself keeps of a session that it forgets, such as uploads and pictures, is removed here too.
"""

import secrets
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from streamlit import config, runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from zoo.core.runtime import get_runtime


@dataclass
class Workspace:
    """The files and jobs of one visitor. ``owner`` names the visitor to the runtime."""

    owner: str = field(default_factory=lambda: secrets.token_hex(8))
    folder: tempfile.TemporaryDirectory[str] = field(default_factory=tempfile.TemporaryDirectory)

    def path(self, name: str) -> Path:
        return Path(self.folder.name) / name

    def clear(self) -> None:
        """Cancel the jobs and delete the files."""
        get_runtime().cancel_owner(self.owner)
        self.folder.cleanup()


class Visitors:
    """The sessions that ran a page, and their workspaces. Safe to use from any thread.

    ``is_connected``: whether a session has a websocket. ``forget``: called with each session that has left.
    """

    def __init__(self, is_connected: Callable[[str], bool], forget: Callable[[str], None]) -> None:
        self.is_connected, self._forget = is_connected, forget
        self._workspaces: dict[str, Workspace | None] = {}  # None until a page needs one
        self._absent: dict[str, float] = {}  # when a session was first missing, by time.monotonic()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._workspaces)

    def enter(self, session: str) -> None:
        """Know of a session, so that it is forgotten when it has left."""
        with self._lock:
            self._workspaces.setdefault(session, None)

    def workspace(self, session: str) -> Workspace:
        """The workspace of a session, made when it is first asked for."""
        with self._lock:
            workspace = self._workspaces.get(session)
            if workspace is None:
                workspace = self._workspaces[session] = Workspace()
            return workspace

    def sweep(self, grace: float) -> int:
        """Forget the sessions that have been without a connection for more than ``grace`` seconds: how many."""
        now = time.monotonic()
        with self._lock:
            absent = [session for session in self._workspaces if not self.is_connected(session)]
            self._absent = {session: self._absent.get(session, now) for session in absent}
            left = [session for session, since in self._absent.items() if now - since > grace]
        self._remove(left)
        return len(left)

    def clear(self) -> None:
        """Forget every session: the server ends."""
        with self._lock:
            everybody = list(self._workspaces)
        self._remove(everybody)

    def _remove(self, sessions: list[str]) -> None:
        for session in sessions:
            with self._lock:
                workspace = self._workspaces.pop(session, None)
                self._absent.pop(session, None)
            if workspace is not None:
                workspace.clear()
            self._forget(session)


def grace() -> float:
    """Seconds for which Streamlit resumes a session, and its workspace is kept."""
    return float(config.get_option("server.disconnectedSessionTTL"))


def _is_connected(session: str) -> bool:
    """Also where there is no server: nobody can leave a test of a page."""
    return not runtime.exists() or runtime.get_instance().is_active_session(session)


def _forget(session: str) -> None:
    """What Streamlit does when it closes a session; one whose time has run out it drops without.

    It drops one when another is put away: on a server that nobody visits, the last hundred would stay.
    """
    if not runtime.exists():
        return
    server = runtime.get_instance()
    server.uploaded_file_mgr.remove_session_files(session)
    server.media_file_mgr.clear_session_refs(session)
    server.media_file_mgr.remove_orphaned_files()
    server.dataframe_source_mgr.clear_all_for_session(session)
    with suppress(KeyError):  # also raised for a session whose time has run out, which is removed nevertheless
        server._session_mgr._session_storage.delete(session)  # type: ignore[attr-defined]


visitors = Visitors(_is_connected, _forget)


def enter() -> None:
    """At each run of a page."""
    visitors.enter(current_session())


def workspace() -> Workspace:
    """The workspace of this session's visitor."""
    return visitors.workspace(current_session())


def current_session() -> str:
    """The id of the session whose page is running."""
    context = get_script_run_ctx()
    if context is None:
        raise RuntimeError("a workspace belongs to a session: no page is running in this thread")
    return context.session_id
