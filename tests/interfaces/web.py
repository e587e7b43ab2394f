"""Requests to the API and their answers, as its tests share them."""

import http
import re

import httpx2

from zoo.core.images import encode_png
from zoo.examples import example

CHELSEA = example("chelsea")
PNG = encode_png(CHELSEA)


def upload(data: bytes = PNG) -> dict[str, tuple[str, bytes]]:
    return {"image": ("picture", data)}


def detail_of(answer: httpx2.Response, status: int) -> str:
    """The sentence of a problem (RFC 9457), whose other members are checked."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem.keys() == {"title", "status", "detail", "request_id"}
    assert (problem["title"], problem["status"]) == (http.HTTPStatus(status).phrase, status)
    assert re.fullmatch(r"[0-9a-f]{16}", problem["request_id"])
    assert problem["detail"].endswith((".", "?"))
    return str(problem["detail"])
