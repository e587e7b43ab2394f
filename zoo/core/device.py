"""The device that models run on: which, its cores, its memory, and the number format that is fast on it.

Limits are those of the container, where there is one: on 2 cores of 64, a thread per core of the host takes up to 8
times the time.
"""

import gc
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Protocol, runtime_checkable

import torch
from torch import nn

from zoo.core.errors import UnavailableError
from zoo.core.settings import Settings, variable

UNKNOWN_MEMORY = 8 * 2**30  # bytes, assumed where the system does not tell


def pick_device() -> str:
    """The name of the best device here: cuda, mps or cpu; or the operator's setting, such as "cuda:1".

    Raises UnavailableError for a setting that torch does not know or this machine does not have.
    """
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    setting = Settings().device
    if setting is None:
        return next(name for name, present in available.items() if present)
    kind, _, index = setting.partition(":")
    if not available.get(kind) or (index and not (index.isdigit() and int(index) < _device_count(kind))):
        raise UnavailableError(
            f"{variable('device')} asks for {setting!r}, which this machine does not have. "
            f"Unset it, or choose one of: {', '.join(name for name, present in available.items() if present)}."
        )
    return setting


def _device_count(kind: str) -> int:
    return torch.cuda.device_count() if kind == "cuda" else 1


def core_count() -> int:
    """The cores that this process may use: of the machine, the affinity mask and the container's quota, the least."""
    from joblib import cpu_count

    return int(cpu_count())


def memory_limit_bytes(root: Path = Path("/")) -> int:
    """The memory this process may use, in bytes: the control group's limit or all there is, whichever is less."""
    known = hasattr(os, "sysconf")
    limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if known else UNKNOWN_MEMORY]
    for name in ("memory.max", "memory.limit_in_bytes"):
        limits += [int(value) for value in _cgroup_memory(name, root) if value != "max"]
    return min(limits)


def _cgroup_memory(name: str, root: Path) -> Iterator[str]:
    """Each value of one setting that binds this process, from its own control group (version 1 or 2) up to the root."""
    groups = root / "proc/self/cgroup"
    for line in groups.read_text().splitlines() if groups.is_file() else ():
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        group = PurePosixPath(path)
        for folder in (group, *group.parents):
            setting = root / "sys/fs/cgroup" / controllers / folder.relative_to("/") / name
            if setting.is_file():
                yield setting.read_text().strip()


@cache
def limit_threads() -> int:
    """Bring torch's intra-op threads down to the cores there are, once per process. Never up: OMP_NUM_THREADS holds."""
    threads = min(torch.get_num_threads(), core_count())
    torch.set_num_threads(threads)
    return threads


@contextmanager
def threads_for(networks: Sequence[nn.Module]) -> Iterator[None]:
    """Compute on one thread inside the block where one of the networks has ``small_steps``, else on all.

    To share a product of small matrices out to threads that sleep takes longer than the product.
    """
    before = torch.get_num_threads()
    parts = (part for network in networks for part in (network, *network.children()))
    if any(getattr(part, "small_steps", False) for part in parts):
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def default_budget_bytes(device: str) -> int:
    """The bytes that loaded models may take: the operator's setting, else 70 % of a CUDA device or 25 % of memory."""
    if megabytes := Settings().budget_mb:
        return int(megabytes * 1e6)
    if torch.device(device).type == "cuda":
        return int(torch.cuda.get_device_properties(device).total_memory * 0.7)
    return memory_limit_bytes() // 4


def module_bytes(module: nn.Module) -> int:
    """The bytes of all parameters and buffers; a storage that several tensors share counts once."""
    storages = [tensor.untyped_storage() for tensor in (*module.parameters(), *module.buffers())]
    return sum({(storage.device, storage.data_ptr()): storage.nbytes() for storage in storages}.values())


@runtime_checkable
class Packable(Protocol):
    """A network with a faster layout of its weights for a CPU, made in place."""

    def pack(self) -> None: ...


def pack(module: nn.Module) -> None:
    """Pack each part of a network that can be. It takes less memory then, if another amount."""
    for part in [part for part in module.modules() if isinstance(part, Packable)]:
        part.pack()


def free_cache(device: str) -> None:
    """Return the memory of deleted tensors: collect cycles, then empty the caching allocator."""
    gc.collect()
    if torch.device(device).type != "cpu":
        torch.get_device_module(device).empty_cache()


def synchronise(device: str) -> None:
    """Wait until a device has computed what it was given; a CPU always has."""
    if torch.device(device).type != "cpu":
        torch.get_device_module(device).synchronize()


def fast_dtype(device: str) -> torch.dtype:
    """bfloat16 where the hardware computes it natively, else float32 (emulated bfloat16 is slower than float32)."""
    kind = torch.device(device).type
    if kind == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
    elif kind == "cpu":
        capabilities = torch.cpu.get_capabilities()
        native = any(capabilities.get(name, False) for name in ("avx512_bf16", "amx_bf16", "sve_bf16"))
    else:
        native = False
    return torch.bfloat16 if native else torch.float32
