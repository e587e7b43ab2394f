"""A page that classifies in the browser, without a network: one file, or a folder for a web server."""

import base64
import gzip
import hashlib
import html
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from string import Template

from zoo.core import checksums
from zoo.core.assets import ASSETS
from zoo.core.cards import Card
from zoo.exhibits.train.exports.card_texts import card_text

PAGE = Path(__file__).parent / "page"
RUNTIME = ASSETS / "onnxruntime-web"
SCRIPT, WASM, MODEL = "ort.wasm-core.min.js", "ort-wasm-simd.wasm", "model.onnx"
README = """# {title}

A page that classifies pictures in the browser. Put this folder on any web server, or start one here and open the
address that it prints:

    python3 -m http.server

Pictures stay on the device of whoever visits the page. Restriction of the model: {restriction}.
LICENSE-onnxruntime-web is that of ONNX Runtime Web.
"""
# What goes out is up to this line: nothing. "blob:" is how the page reads its own parts.
POLICY = "default-src 'none'; img-src blob:; media-src blob:; base-uri 'none'; form-action 'none'"


def web_page(card: Card, model: bytes) -> bytes:
    """One HTML file with everything inside, which also opens from a disk."""
    style, own = _text("page.css"), _text("page.js")
    scripts = [_runtime(SCRIPT).decode(), own]
    hashes = " ".join(_hash(script) for script in scripts)
    policy = (
        f"{POLICY}; script-src {hashes} 'wasm-unsafe-eval'; style-src {_hash(style)}; connect-src blob:; "
        "worker-src 'none'"
    )
    packed = {WASM: checksums.checked_bytes(RUNTIME / f"{WASM}.gz"), MODEL: gzip.compress(model, 6, mtime=0)}
    parts = [
        f'<script type="text/plain" id="{name}">{base64.b64encode(data).decode()}</script>'
        for name, data in packed.items()
    ]
    code = [f"<script>{script}</script>" for script in scripts]
    return _page(card, policy, f"<style>{style}</style>", [*parts, *code]).encode()


def web_archive(card: Card, model: bytes) -> bytes:
    """A zip file of the folder: the page, its script and style, the model, and ONNX Runtime Web."""
    policy = f"{POLICY}; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self' blob:"
    style = '<link rel="stylesheet" href="page.css">'
    scripts = [f'<script src="{name}"></script>' for name in (SCRIPT, "page.js")]
    return zipped(
        {
            "index.html": _page(card, policy, style, scripts),
            "page.css": _text("page.css"),
            "page.js": _text("page.js"),
            SCRIPT: _runtime(SCRIPT),
            WASM: _runtime(WASM),
            MODEL: model,
            "README.md": README.format(title=card.title, restriction=card.restriction),
            "LICENSE-onnxruntime-web": (RUNTIME / "LICENSE").read_text(),
            "MODEL_CARD.md": card_text(card),
        }
    )


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """A zip file of these, by name; the same bytes for the same content."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, content)
    return packed.getvalue()


def _page(card: Card, policy: str, style: str, scripts: list[str]) -> str:
    views = [
        {name: view.get(name) for name in ("up_to", "unsure_below")} for view in card.config["preprocessing"]["views"]
    ]
    config = json.dumps({"classes": [each.label for each in card.classes], "views": views})
    texts = {"title": card.title, "restriction": card.restriction, "licence": card.licence, "card": card_text(card)}
    return Template(_text("page.html")).substitute(
        {name: html.escape(text) for name, text in texts.items()},
        policy=policy,
        style=style,
        scripts="\n".join(scripts),
        config=config.replace("<", "\\u003c"),  # a class may be called </script>
    )


def _text(name: str) -> str:
    return (PAGE / name).read_text(encoding="utf-8")


def _runtime(name: str) -> bytes:
    """A file of ONNX Runtime Web. Raises DamagedModelError where it is not what it was."""
    return gzip.decompress(checksums.checked_bytes(RUNTIME / f"{name}.gz"))


def _hash(script: str) -> str:
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"'sha256-{digest}'"
