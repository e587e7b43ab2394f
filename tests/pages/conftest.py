"""What every test of a page checks."""

from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.runtime.fragment import MemoryFragmentStorage


@pytest.fixture(autouse=True)
def no_fragment_within_another(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No page draws a fragment within another one.

    A run of the outer fragment takes back what its run before had not yet sent, but not what the inner one had: the
    browser is then sent the inner one alone, finds no place for it, and draws nothing any more.
    """
    nested: list[str] = []
    register = MemoryFragmentStorage.register

    def record(self: Any, key: str, fragment: Any, **options: Any) -> None:
        if options.get("parent_fragment_id"):
            inside = [cell.cell_contents for cell in fragment.__closure__ or ()]
            nested.extend(each.__qualname__ for each in inside if hasattr(each, "__qualname__"))
        register(self, key, fragment, **options)

    monkeypatch.setattr(MemoryFragmentStorage, "register", record)
    yield
    assert not nested
