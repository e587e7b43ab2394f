"""Bytes and small pictures as URLs, for HTML and style sheets."""

from base64 import b64encode
from functools import cache
from io import BytesIO
from pathlib import Path

import streamlit as st
from PIL import Image, ImageOps


def data_url(data: bytes, mime: str) -> str:
    return f"data:{mime};base64,{b64encode(data).decode()}"


@cache
def file_url(path: str) -> str:
    """Of a bundled picture, as it is: Streamlit would decode a WebP file and encode it again at each run."""
    return data_url(Path(path).read_bytes(), "image/webp")


@st.cache_data(show_spinner=False, max_entries=200)
def thumbnail_url(key: str, side: int, _image: Image.Image) -> str:
    """The middle of a picture as a square of ``side`` pixels. ``key``: equal for equal pictures."""
    file = BytesIO()
    ImageOps.fit(_image.convert("RGB"), (side, side)).save(file, "WEBP", quality=80)
    return data_url(file.getvalue(), "image/webp")
