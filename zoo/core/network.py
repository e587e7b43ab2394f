"""Why a request to another server failed, in words; and the operator's switch that allows none."""

import socket
import ssl
from collections.abc import Iterator

import httpx2

from zoo.core.errors import UnavailableError
from zoo.core.settings import Settings

WITHOUT = "The bundled models work without it."
NOT_THERE = frozenset({404, 410})


def require_network(what: str) -> None:
    """Raises UnavailableError where the operator has switched the network off. ``what`` needs it."""
    if Settings().offline:
        raise UnavailableError(f"{what} needs the network, and that is switched off here (ZOO_OFFLINE). {WITHOUT}")


def failed(what: str, host: str, error: BaseException) -> UnavailableError:
    """The error of a download of ``what`` from ``host`` as a sentence with the reason and what to do."""
    return UnavailableError(f"{what} could not be downloaded from {host}: {advice(host, error)}. {WITHOUT}")


def wrong_content(what: str, host: str) -> UnavailableError:
    """For an answer that is a page where a file was asked for."""
    return UnavailableError(
        f"What came from {host} is not {what}, but another document: if this network has a login page, log in, then "
        f"try again. {WITHOUT}"
    )


def advice(host: str, error: BaseException) -> str:
    """What went wrong and what helps, by the first cause that is known.

    >>> advice("example.org", httpx2.ReadTimeout("read"))
    'it did not answer in time: try again later'
    """
    for cause in _causes(error):
        if isinstance(cause, httpx2.ProxyError):
            return "the proxy refuses the connection: check the proxy settings of this machine"
        if isinstance(cause, httpx2.TimeoutException | TimeoutError):
            return "it did not answer in time: try again later"
        if isinstance(cause, socket.gaierror):
            return f"the name {host} cannot be resolved: check the network and its name server (DNS)"
        if isinstance(cause, ssl.SSLError):
            return "its certificate cannot be verified: check the clock of this machine, and whether a proxy is between"
        status = status_of(cause)
        if status is not None:
            return _of_status(status)
    return "check the network and try again"


def status_of(error: BaseException) -> int | None:
    """The status of the answer that an error is about, or None. For httpx's errors and those made from them."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    return int(status) if status is not None else None


def _of_status(status: int) -> str:
    if status in NOT_THERE:
        return f"it does not exist there, or no longer ({status})"
    if status in (401, 403, 407):
        return f"the server refuses it ({status}): a proxy or a missing permission may be the reason"
    if status == 429:
        return "the server gets too many requests from here: try again in an hour"
    return f"the server has a fault ({status}): try again later"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error, and what it was raised from, however deep."""
    current: BaseException | None = error
    visited: set[int] = set()
    while current is not None and id(current) not in visited:
        visited.add(id(current))
        yield current
        current = current.__cause__ or current.__context__
