"""Paths of version 0.1, which answer with a redirect for one release."""

from collections.abc import Callable

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

MOVED = {
    "GET": {"/v1/figures": "/v1/stats"},
    "POST": {
        "/v1/adversarial/picture": "/v1/adversarial?format=png",
        "/v1/style/at-once": "/v1/style/fast",
        "/v1/generate/stream": "/v1/generate?format=events",
        "/v1/generate/surprise": "/v1/generate/perplexity",
        "/v1/generate/tune": "/v1/generate/fine-tune",
    },
}

router = APIRouter(include_in_schema=False)


def _redirect(new: str) -> Callable[[Request], RedirectResponse]:
    def moved(request: Request) -> RedirectResponse:
        """308 keeps the method and the body of the request."""
        target = f"{request.scope.get('root_path', '')}{new}"
        return RedirectResponse(target, 308, {"Deprecation": "true", "Link": f'<{target}>; rel="successor-version"'})

    return moved


for method, paths in MOVED.items():
    for old, new in paths.items():
        router.add_api_route(old, _redirect(new), methods=[method])
