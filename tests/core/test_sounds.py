"""Decoding sounds: any common format gives mono samples at one rate, and everything else a sentence."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recordings import encoded, silent_film, tone
from zoo.core import sounds
from zoo.core.errors import InputError, TooLargeError
from zoo.core.sounds import Sound, SoundLimits, decode_sound, encode_wav, sound_part, sound_seconds, stream_sound

RATE = 16_000
FORMATS = {
    "wav": {},
    "wav, 8 bits": {"codec": "pcm_u8"},
    "wav, 24 bits": {"codec": "pcm_s24le"},
    "wav, floats": {"codec": "pcm_f32le"},
    "wav, 7.1": {"layout": "7.1"},
    "mp3": {"format": "mp3", "codec": "libmp3lame", "layout": "stereo"},
    "ogg": {"format": "ogg", "codec": "libopus", "rate": 48_000},
    "flac": {"format": "flac", "codec": "flac", "rate": 44_100},
    "m4a": {"format": "ipod", "codec": "aac", "rate": 44_100, "layout": "stereo"},
    "192 kHz": {"rate": 192_000},
    "aiff": {"format": "aiff", "codec": "pcm_s16be"},
    "video": {"format": "mp4", "codec": "aac", "rate": 44_100, "picture": "mpeg4"},
    "webm": {"format": "webm", "codec": "libopus", "rate": 48_000},
}


def peak_hertz(samples: np.ndarray) -> float:
    return float(np.fft.rfftfreq(len(samples), 1 / RATE)[np.abs(np.fft.rfft(samples)).argmax()])


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_gives_the_same_tone(form: str) -> None:
    options = FORMATS[form]
    sound = decode_sound(encoded(tone(2.0, 1000.0, options.get("rate", RATE)), **{"rate": RATE} | options), RATE)
    assert sound.rate == RATE
    assert sound.seconds == pytest.approx(2.0, abs=0.15)
    assert sound.samples.dtype == np.float32
    assert peak_hertz(sound.samples) == pytest.approx(1000, abs=2)
    assert 0.3 < np.abs(sound.samples[RATE // 2 : RATE]).max() < 0.8


def float_wav(samples: np.ndarray) -> bytes:
    data = samples.astype("<f4").tobytes()
    header = struct.pack("<4sI4s4sIHHIIHH", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 3, 1, RATE, 4 * RATE, 4, 32)
    return header + struct.pack("<4sI", b"data", len(data)) + data


NOT_NUMBERS = tone(1.0).copy()
NOT_NUMBERS[5000] = np.nan
MP3 = encoded(tone(2.0), format="mp3", codec="libmp3lame")


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "not a sound"),
        (b"hello, this is text named .wav\n" * 100, "not a sound"),
        (b"\x89PNG\r\n\x1a\n" + bytes(500), "not a sound"),
        (encoded(tone(1.0))[:20], "not a sound"),
        (encoded(np.zeros(0, np.float32)), "empty"),
        (encoded(tone(0.01)), "only 10 ms"),
        (float_wav(NOT_NUMBERS), "not numbers"),
        (silent_film(), "no sound track"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n", "not a sound"),
        (b"ffconcat version 1.0\nfile /etc/hostname\n", "not a sound"),
    ],
)
def test_data_without_a_sound_is_one_sentence(data: bytes, word: str) -> None:
    with pytest.raises(InputError, match=word) as caught:
        decode_sound(data, RATE)
    assert str(caught.value).endswith(".")


def test_a_truncated_mp3_gives_its_beginning() -> None:
    sound = decode_sound(MP3[: len(MP3) // 2], RATE)
    assert 0.7 < sound.seconds < 1.3


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, len(MP3)), position=st.integers(0, len(MP3) - 1), byte=st.integers(0, 255))
def test_damaged_data_gives_a_sound_or_a_sentence(cut: int, position: int, byte: int) -> None:
    for whole in (MP3, FLAC, WAV):
        data = bytearray(whole[:cut])
        if position < len(data):
            data[position] = byte
        try:
            sound = decode_sound(bytes(data), RATE)
        except InputError:
            continue
        assert np.isfinite(sound.samples).all()


FLAC, WAV = encoded(tone(1.0), format="flac", codec="flac"), encoded(tone(0.3))


def test_limits_hold_for_bytes_and_for_decoded_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    silence = encoded(np.zeros(30 * RATE, np.float32), format="flac", codec="flac")
    assert len(silence) < 20_000
    monkeypatch.setattr(sounds, "SOUND_LIMITS", SoundLimits(max_seconds=10, max_stream_seconds=20))
    with pytest.raises(TooLargeError, match="long"):
        decode_sound(silence, RATE)
    blocks = stream_sound(io.BytesIO(silence), RATE)
    assert sum(len(next(blocks)) for _ in range(20)) == 20 * RATE
    with pytest.raises(TooLargeError, match="longer than"):
        next(blocks)
    monkeypatch.setattr(sounds, "SOUND_LIMITS", SoundLimits(max_bytes=1000))
    with pytest.raises(TooLargeError, match="MiB"):
        decode_sound(silence, RATE)


def test_a_stream_gives_the_whole_sound_in_blocks(tmp_path: Path) -> None:
    path = tmp_path / "tone.flac"
    path.write_bytes(encoded(tone(7.3, rate=44_100), 44_100, "flac", "flac"))
    blocks = list(stream_sound(path, RATE))
    assert {len(block) for block in blocks[:-1]} == {RATE}
    assert np.array_equal(np.concatenate(blocks), decode_sound(path.read_bytes(), RATE).samples)
    assert sound_seconds(path) == pytest.approx(7.3, abs=0.01)


@pytest.mark.parametrize("form", [{}, {"format": "mp3", "codec": "libmp3lame"}, {"format": "flac", "codec": "flac"}])
def test_a_part_begins_where_asked(tmp_path: Path, form: dict[str, str]) -> None:
    """A scale with a note a second: the part has the note of its second."""
    path = tmp_path / "scale"
    path.write_bytes(encoded(np.concatenate([tone(1.0, 300.0 + 100 * note) for note in range(12)]), **form))
    part = sound_part(path, RATE, 7.1, 0.8)
    assert 0.7 < part.seconds < 1.1
    assert peak_hertz(part.samples[1600:-1600]) == pytest.approx(1000, abs=5)


def test_wav_is_decoded_as_it_was_encoded() -> None:
    samples = tone(0.5, loudness=0.9)
    decoded = decode_sound(encode_wav(Sound(samples, RATE)), RATE)
    assert np.abs(decoded.samples - samples).max() < 1e-4
    assert np.abs(decode_sound(encode_wav(Sound(3 * samples, RATE)), RATE).samples).max() <= 1
