"""Coroutines in tests."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def in_new_loop(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run it to its end in a thread: Playwright's own loop runs in the main one once a browser test has used it."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, coroutine).result()
