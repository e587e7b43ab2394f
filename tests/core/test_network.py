"""Failed requests in words: each reason has its own sentence."""

import socket
import ssl

import httpx2
import pytest

from zoo.core.errors import UnavailableError
from zoo.core.network import advice, failed, require_network

REQUEST = httpx2.Request("GET", "http://example.org")


def caused(by: BaseException) -> httpx2.ConnectError:
    error = httpx2.ConnectError("failed", request=REQUEST)
    error.__cause__ = RuntimeError("between")
    error.__cause__.__cause__ = by
    return error


def status(code: int) -> httpx2.HTTPStatusError:
    return httpx2.HTTPStatusError("status", request=REQUEST, response=httpx2.Response(code, request=REQUEST))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (caused(socket.gaierror(-2, "Name or service not known")), "the name example.org cannot be resolved"),
        (caused(ssl.SSLCertVerificationError("expired")), "its certificate cannot be verified"),
        (httpx2.ProxyError("407"), "the proxy refuses the connection"),
        (httpx2.ConnectTimeout("slow"), "did not answer in time"),
        (httpx2.ReadTimeout("slow"), "did not answer in time"),
        (httpx2.ConnectError("refused"), "check the network"),
        (status(404), "it does not exist there"),
        (status(401), "the server refuses it (401)"),
        (status(429), "too many requests"),
        (status(502), "the server has a fault (502)"),
    ],
)
def test_each_reason_has_its_sentence(error: BaseException, words: str) -> None:
    sentence = str(failed("hub/x", "example.org", error))
    assert words in sentence
    assert sentence.startswith("hub/x could not be downloaded from example.org: ")
    assert sentence.endswith("The bundled models work without it.")


def test_a_circle_of_causes_ends() -> None:
    one, other = RuntimeError("one"), RuntimeError("other")
    one.__cause__, other.__cause__ = other, one
    assert advice("example.org", one) == "check the network and try again"


def test_the_switch_is_read_at_each_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ZOO_OFFLINE", raising=False)
    require_network("It")
    monkeypatch.setenv("ZOO_OFFLINE", "true")
    with pytest.raises(UnavailableError, match=r"^It needs the network.*ZOO_OFFLINE"):
        require_network("It")
