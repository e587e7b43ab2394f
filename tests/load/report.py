"""docs/load.md from the measurements, and which of its promises were not kept."""

import platform
import statistics
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import psutil
from joblib import cpu_count

from tests.load.visitors import Readings

FILE = Path(__file__).parents[2] / "docs/load.md"
OVERHEAD, FIRST, TAIL, GROWTH, DELAY = 2.0, 300.0, 1.3, 0.05, 200.0


@dataclass(frozen=True)
class Setting:
    """Seconds of the crowd and of each part, how many took part, and seconds that lost sessions were kept."""

    seconds: float
    part: float
    visitors: int
    clients: int
    same_model: int
    grace: int


@dataclass(frozen=True)
class Measured:
    """Times in milliseconds, memory in bytes. ``same``: of each second."""

    setting: Setting
    first: float
    over_http: float
    bare: float
    same: list[Readings]
    alone: float
    beside: float
    visitors: Readings
    clients: Readings
    memory_before: int
    memory_after: int


def page(found: Measured) -> tuple[str, list[str]]:
    """The page, and the promises that were not kept."""
    setting = found.setting
    mishaps = found.visitors.mishaps + found.clients.mishaps + [each for one in found.same for each in one.mishaps]
    tail = statistics.fmean(_tail(each.seconds) for each in found.same if len(each.seconds) > 1)
    growth = found.memory_after / found.memory_before - 1
    rows = [
        (
            "Prediction over HTTP, less the bare function",
            f"{found.over_http - found.bare:.1f} ms ({found.over_http:.1f} - {found.bare:.1f})",
            f"at most {OVERHEAD:g} ms",
            found.over_http - found.bare <= OVERHEAD,
        ),
        ("First answer after `/ready`", f"{found.first:.0f} ms", f"at most {FIRST:g} ms", found.first <= FIRST),
        (
            f"{setting.same_model} clients of one model: 95th percentile / median of a second",
            f"{tail:.2f} (over all {_milliseconds([each for one in found.same for each in one.seconds])})",
            f"at most {TAIL:g}",
            tail <= TAIL,
        ),
        (
            "A prediction beside a long job: later by",
            f"{found.beside - found.alone:.0f} ms",
            f"at most {DELAY:g} ms",
            found.beside - found.alone <= DELAY,
        ),
        ("Errors other than 429", str(len(mishaps)), "none", not mishaps),
        (
            "Memory afterwards",
            f"{growth:+.1%} of {found.memory_before / 2**20:.0f} MiB",
            f"at most {GROWTH:+.0%}",
            growth <= GROWTH,
        ),
    ]
    crowd = [
        (f"{setting.visitors} visitors, a page each two seconds", found.visitors),
        (f"{setting.clients} clients, mixed operations", found.clients),
    ]
    text = TEMPLATE.format(
        seconds=f"{setting.seconds:g}",
        part=f"{setting.part:g}",
        first_crowd=f"{4 * setting.part:g}",
        grace=setting.grace,
        day=date.today(),
        machine=f"{platform.machine()}, {cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB of memory",
        busy=f"{psutil.getloadavg()[0]:.1f}",
        promises="\n".join(
            f"| {name} | {value} | {limit} | {'yes' if kept else '**no**'} |" for name, value, limit, kept in rows
        ),
        crowd="\n".join(
            f"| {name} | {len(each.seconds):,} | {each.busy:,} | {len(each.mishaps)} | {_milliseconds(each.seconds)} |"
            for name, each in crowd
        ),
    )
    failures = [f"{name}: {value}, {limit}" for name, value, limit, kept in rows if not kept]
    return text, failures + sorted(set(mishaps))[:20]


def _tail(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1] / statistics.median(seconds)


def _milliseconds(seconds: list[float]) -> str:
    if len(seconds) < 2:
        return "too few"
    return f"{1000 * statistics.median(seconds):,.0f} / {1000 * statistics.quantiles(seconds, n=20)[-1]:,.0f} ms"


TEMPLATE = """# Load

`make load` starts a server, measures it and writes this page. `LOAD_SECONDS` (default 300) is how long the crowd stays;
each smaller measurement takes a quarter of it, at most 30 seconds.

Measured on {day}: {machine}. The crowd stayed {seconds} s, each smaller measurement took {part} s. The clients ran on
the same cores as the server; the one client and the clients of one model are plain ones, which leave it most of their
time. Their 95th percentile is compared with the median of the same second, since a shared machine is faster in one
second than in the next; told is the mean of all seconds. Sessions without a connection were kept for {grace} s, so that
memory is compared without them: after this crowd, and after one of {first_crowd} s before, which brought every model
into memory. The load average at the end was {busy}: where it is above the number of cores, other work and the clients
took part of the time.

## Promises

| | Measured | Promised | Kept |
|---|---|---|---|
{promises}

## The crowd

All at once. 429 tells a client to come again later, which is no error.

| | Answers | 429 | Errors | Median / 95th percentile |
|---|---|---|---|---|
{crowd}

## How much is let in

- `ZOO_API_THREADS` threads decode and compute for the API; `ZOO_API_QUEUE` requests more wait for them, without a
  thread. Pages, static files, `/api/v1/health` and `/api/v1/ready` are never behind them.
- What is beyond that is answered with 429 and `Retry-After`, also where a stream of events was asked for.
- A request has `ZOO_REQUEST_SECONDS` for its answer, then it is answered with 504. A stream of events has no limit: it
  begins at once, and ends with its job.
- A job of the API is taken where it is expected to start within half of `ZOO_REQUEST_SECONDS`; the page shows its
  visitors their place in the queue instead.
- A request whose client has left is dropped where it waits, and ends at its next step where it computes.
- Pictures and sounds share `ZOO_DECODING_MB` while they are decoded and used. Above 16 megapixels, a picture is read at
  a reduced size.
- A connection is closed 20 seconds after it began without a whole request head, 30 seconds after the last part of a
  body, and 15 minutes after a body began. What is not bounded here is the number of connections and the rate at which a
  client reads its answer: a proxy in front of the server limits both.
"""
