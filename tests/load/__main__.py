"""``make load``: visitors and clients on a server of its own, for LOAD_SECONDS; writes docs/load.md.

Ends with status 1 where a promise of docs/load.md is not kept.
"""

import asyncio
import http.client
import os
import statistics
import sys
import time
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode, urlsplit

import httpx2
import psutil

import zoo
from benchmarks.timing import milliseconds
from tests.e2e.browser import free_port, serving
from tests.load import report
from tests.load.clients import Request, ask, ask_plainly, mixed_requests, sentiment
from tests.load.visitors import Readings, visit
from zoo.exhibits import NAMES

SECONDS = float(os.environ.get("LOAD_SECONDS") or 300)
VISITORS, CLIENTS, SAME_MODEL = 50, 64, 16
GRACE = 15  # seconds for which the server keeps the session of a visitor without a connection
PART = min(30.0, SECONDS / 4)  # seconds for each of the smaller measurements
MIXED = ("classify", "classify-heat-map", "sound", "sentiment", "sentiment-occlusion", "translate", "generate")
MIXED += ("generate-perplexity", "style-fast", "adversarial", "augment")
BRIEF = 1000  # calls of a few milliseconds: the machine's speed changes within a second
LONG = "/api/v1/generate?format=events", {"data": {"text": "It was", "length": "400", "method": "beam", "beams": "8"}}


def main() -> int:
    """Measure, write the page and tell what was not kept."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the server has it; read when torch is imported
    port = int(os.environ.get("LOAD_PORT") or free_port())
    settings = {"ZOO_WARM": "all", "STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL": str(GRACE)}
    with TemporaryDirectory() as folder, serving(port, settings) as (address, server):
        found = asyncio.run(measure(address, psutil.Process(server.pid), Path(folder)))
    page, failures = report.page(found)
    report.FILE.write_text(page)
    print(page)
    for failure in failures:
        print("NOT KEPT:", failure, file=sys.stderr)
    return bool(failures)


async def measure(address: str, server: psutil.Process, folder: Path) -> report.Measured:
    """All measurements, one after the other."""
    await until_ready(address)
    first = await first_answer(address)
    over_http, bare = await latency(address)
    requests = mixed_requests(folder, MIXED)
    await crowd(address, requests, 4 * PART)  # each client is answered more than once: all is in memory, and compared
    before = await settled_memory(server)
    same = await of_one_model(address)
    alone, beside = await delay_by_a_job(address)
    visitors, clients = await crowd(address, requests, SECONDS)
    after = await settled_memory(server)
    settings = report.Setting(SECONDS, PART, VISITORS, CLIENTS, SAME_MODEL, GRACE)
    return report.Measured(settings, first, over_http, bare, same, alone, beside, visitors, clients, before, after)


async def until_ready(address: str) -> None:
    async with httpx2.AsyncClient(base_url=address, timeout=600) as client:
        while (await client.get("/api/v1/ready")).status_code != httpx2.codes.OK:
            await asyncio.sleep(0.5)


async def first_answer(address: str) -> float:
    """Milliseconds of the first request after the server is ready."""
    async with httpx2.AsyncClient(base_url=address, timeout=600) as client:
        started = time.perf_counter()
        path, sent = sentiment()
        (await client.post(path, **sent)).raise_for_status()
        return 1000 * (time.perf_counter() - started)


async def latency(address: str) -> tuple[float, float]:
    """Milliseconds of a prediction over one kept connection, and of the function in this process."""
    path, sent = sentiment()
    body, headers = urlencode(sent["data"]), {"Content-Type": "application/x-www-form-urlencoded"}

    def measured() -> tuple[float, float]:
        # A plain client, since the server is measured; and the threads of OpenMP wait as those of the server do.
        with closing(http.client.HTTPConnection(urlsplit(address).netloc, timeout=600)) as connection:

            def post() -> None:
                connection.request("POST", path, body, headers)
                response = connection.getresponse()
                if response.status != http.client.OK:
                    raise RuntimeError(response.read())
                response.read()

            over_http, bare = milliseconds(post, lambda: zoo.sentiment(**sent["data"]), rounds=BRIEF)
        return over_http, bare

    return await asyncio.to_thread(measured)


async def of_one_model(address: str) -> list[Readings]:
    """Clients that ask the same small model at once, and what they met in each second."""
    seconds, begun = [Readings() for _ in range(max(1, int(PART)))], time.monotonic()
    await asyncio.gather(*(ask_plainly(address, sentiment(), begun, seconds) for _ in range(SAME_MODEL)))
    return seconds


async def several(address: str, requests: list[Request], count: int, seconds: float) -> Readings:
    """``count`` clients at once."""
    readings, until = Readings(), time.monotonic() + seconds
    await asyncio.gather(*(ask(address, requests, until, readings, number) for number in range(count)))
    return readings


async def delay_by_a_job(address: str) -> tuple[float, float]:
    """Median milliseconds of a prediction alone, and beside a job that computes all the time."""
    alone = await several(address, [sentiment()], 1, PART / 2)
    job = asyncio.create_task(several(address, [LONG], 1, PART))
    await asyncio.sleep(PART / 10)
    beside = await several(address, [sentiment()], 1, PART / 2)
    await job
    if mishaps := alone.mishaps + beside.mishaps + job.result().mishaps:
        raise RuntimeError(mishaps[0])
    return 1000 * statistics.median(alone.seconds), 1000 * statistics.median(beside.seconds)


async def crowd(address: str, requests: list[Request], seconds: float) -> tuple[Readings, Readings]:
    """Visitors on all pages, and clients of all operations, at once."""
    visitors, clients, until = Readings(), Readings(), time.monotonic() + seconds
    pages = ["", *NAMES]
    turns = [pages[number % len(pages) :] + pages[: number % len(pages)] for number in range(VISITORS)]
    await asyncio.gather(
        *(visit(address, turn, until, visitors) for turn in turns),
        *(ask(address, requests, until, clients, number) for number in range(CLIENTS)),
    )
    return visitors, clients


async def settled_memory(server: psutil.Process) -> int:
    """Bytes of the server once it has had time to forget the visitors and to free what nobody uses any more."""
    lowest = server.memory_info().rss
    for _ in range(2 * GRACE):
        await asyncio.sleep(1)
        lowest = min(lowest, server.memory_info().rss)
    return lowest


if __name__ == "__main__":
    sys.exit(main())
