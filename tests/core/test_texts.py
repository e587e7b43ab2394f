"""Text files: their encodings, and files that are not text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo.core.errors import InputError, TooLargeError
from zoo.core.texts import TextLimits, decode_text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_text_is_decoded_by_its_encoding(encoding: str) -> None:
    assert decode_text("Café au lait, 5 €".encode(encoding)) == "Café au lait, 5 €"


@pytest.mark.parametrize("data", [b"", b" \n", b"\x89PNG\r\n\x1a\n\0\0\0\r", b"\xff\xfe\x00", b"\0" * 50])
def test_other_files_raise_an_input_error(data: bytes) -> None:
    with pytest.raises(InputError):
        decode_text(data)


def test_a_file_beyond_the_limit_raises_a_too_large_error() -> None:
    with pytest.raises(TooLargeError):
        decode_text(b"aaaa", TextLimits(max_bytes=3))


@given(st.binary(max_size=60))
def test_any_bytes_give_a_text_or_an_input_error(data: bytes) -> None:
    try:
        text = decode_text(data)
    except InputError:
        return
    assert "\0" not in text
