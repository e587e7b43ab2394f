"""Text files: what people save, and what is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo.core.errors import InputError, TooLargeError
from zoo.core.texts import TextLimits, decode_text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_text_is_read_in_the_encoding_it_was_saved_in(encoding: str) -> None:
    assert decode_text("Café au lait, 5 €".encode(encoding)) == "Café au lait, 5 €"


@pytest.mark.parametrize("data", [b"", b" \n", b"\x89PNG\r\n\x1a\n\0\0\0\r", b"\xff\xfe\x00", b"\0" * 50])
def test_what_is_no_text_is_told(data: bytes) -> None:
    with pytest.raises(InputError):
        decode_text(data)


def test_too_much_is_told() -> None:
    with pytest.raises(TooLargeError):
        decode_text(b"aaaa", TextLimits(max_bytes=3))


@given(st.binary(max_size=60))
def test_any_bytes_are_a_text_or_told(data: bytes) -> None:
    try:
        text = decode_text(data)
    except InputError:
        return
    assert "\0" not in text
