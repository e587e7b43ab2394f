"""Sound files as they are met: joined ones, films with several tracks, and formats that few programs write."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recordings import encoded, film, tone, wav_of_channels
from zoo.core.errors import InputError
from zoo.core.ogg_links import FilePart, links
from zoo.core.sounds import decode_sound, sound_part, sound_seconds, stream_sound

RATE = 16_000


def mp3(hertz: float, rate: int, layout: str) -> bytes:
    return encoded(tone(2.0, hertz, rate), rate, "mp3", "libmp3lame", layout)


def opus(hertz: float, layout: str) -> bytes:
    return encoded(tone(2.0, hertz, 48_000), 48_000, "ogg", "libopus", layout)


def vorbis(hertz: float, rate: int, channels: int) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, np.repeat(tone(2.0, hertz, rate)[:, None], channels, 1), rate, format="OGG", subtype="VORBIS")
    return file.getvalue()


def adts(hertz: float, rate: int, layout: str) -> bytes:
    return encoded(tone(2.0, hertz, rate), rate, "adts", "aac", layout)


# Two or three tones of two seconds one behind the other.
JOINED = {
    "mp3, rate and channels": (mp3(300, 44_100, "stereo") + mp3(700, 22_050, "mono"), [300, 700]),
    "mp3, upwards": (mp3(300, 22_050, "mono") + mp3(700, 48_000, "stereo"), [300, 700]),
    "mp3, all alike": (mp3(300, 44_100, "mono") + mp3(700, 44_100, "mono"), [300, 700]),
    "mp3 with a tag between": (mp3(300, 44_100, "mono") + b"TAG" + bytes(125) + mp3(700, 48_000, "mono"), [300, 700]),
    "aac": (adts(300, 24_000, "mono") + adts(700, 48_000, "stereo"), [300, 700]),
    "opus, channels": (opus(300, "mono") + opus(700, "stereo") + opus(900, "mono"), [300, 700, 900]),
    "opus, all alike": (opus(300, "mono") + opus(700, "mono"), [300, 700]),
    "vorbis, rate": (vorbis(300, 44_100, 2) + vorbis(700, 22_050, 1), [300, 700]),
    "vorbis and opus": (vorbis(300, 44_100, 2) + opus(700, "mono"), [300, 700]),
    "ac3": (
        encoded(tone(2.0, 300, 44_100), 44_100, "ac3", "ac3", "stereo")
        + encoded(tone(2.0, 700, 48_000), 48_000, "ac3", "ac3", "mono"),
        [300, 700],
    ),
}


def pitch(samples: np.ndarray) -> float:
    return float(np.fft.rfftfreq(len(samples), 1 / RATE)[np.abs(np.fft.rfft(samples)).argmax()])


@pytest.mark.parametrize("name", JOINED)
def test_joined_files_are_read_to_their_end(name: str, tmp_path: Path) -> None:
    data, pitches = JOINED[name]
    sound = decode_sound(data, RATE)
    assert sound.seconds == pytest.approx(2 * len(pitches), abs=0.25)
    for index, hertz in enumerate(pitches):
        assert pitch(sound.samples[2 * RATE * index + 4000 : 2 * RATE * index + 28_000]) == pytest.approx(hertz, abs=3)
    path = tmp_path / "joined"
    path.write_bytes(data)
    blocks = list(stream_sound(path, RATE))
    assert {len(block) for block in blocks[:-1]} == {RATE}
    assert np.array_equal(np.concatenate(blocks), sound.samples)
    for index, hertz in enumerate(pitches):
        part = sound_part(path, RATE, 2 * index + 0.7, 0.5)
        assert pitch(part.samples) == pytest.approx(hertz, abs=5)


def test_a_chain_states_the_length_of_all_its_links() -> None:
    data = vorbis(300, 44_100, 2) + vorbis(700, 22_050, 1)
    assert sound_seconds(io.BytesIO(data)) == pytest.approx(4, abs=0.1)


@given(st.binary(max_size=60), st.integers(0, 60), st.integers(0, 60), st.data())
def test_a_part_of_a_file_reads_as_a_file(data: bytes, start: int, length: int, draw: st.DataObject) -> None:
    part, whole = FilePart(io.BytesIO(data), start, start + length), io.BytesIO(data[start : start + length])
    if start + length > len(data):
        return
    for _ in range(5):
        offset, whence = draw.draw(st.integers(0, 70)), draw.draw(st.sampled_from([0, 1, 2]))
        assert part.seek(offset, whence) == whole.seek(offset, whence)
        size = draw.draw(st.integers(-1, 70))
        assert part.read(size) == whole.read(size)
        assert part.tell() == whole.tell()


@given(st.binary(max_size=300))
def test_links_of_any_bytes(data: bytes) -> None:
    assert b"".join(link.read() for link in links(io.BytesIO(b"OggS\0\2" + data))) == b"OggS\0\2" + data


@pytest.mark.parametrize("format", ["matroska", "mp4"])
@pytest.mark.parametrize("default", [0, 1, 2])
def test_the_default_track_of_a_film_is_used(format: str, default: int) -> None:
    data = film(*(tone(2.0, hertz) for hertz in (300, 700, 900)), default=default, format=format)
    sound = decode_sound(data, RATE)
    assert pitch(sound.samples) == pytest.approx((300, 700, 900)[default], abs=3)
    (note,) = sound.notes
    assert note.startswith("The file has 3 sound tracks: number " + str(default + 1))


def nist(samples: np.ndarray) -> bytes:
    fields = {"sample_count -i": len(samples), "sample_n_bytes -i": 2, "channel_count -i": 1, "sample_rate -i": RATE}
    fields |= {"sample_byte_format -s2": "01", "sample_coding -s3": "pcm"}
    header = "NIST_1A\n   1024\n" + "".join(f"{name} {value}\n" for name, value in fields.items()) + "end_head\n"
    return header.encode().ljust(1024) + (samples * 32767).astype("<i2").tobytes()


TONE = tone(2.0, 1000.0, 44_100)
RARE = {
    "WMA": encoded(TONE, 44_100, "asf", "wmav2", "stereo", bit_rate=128_000),
    "WavPack": encoded(TONE, 44_100, "wv", "wavpack", "stereo"),
    "AC-3": encoded(TONE, 44_100, "ac3", "ac3", "stereo"),
    "E-AC-3": encoded(TONE, 44_100, "eac3", "eac3", "stereo"),
    "TTA": encoded(TONE, 44_100, "tta", "tta", "stereo"),
    "NIST SPHERE": nist(tone(2.0, 1000.0)),
}


@pytest.mark.parametrize("name", RARE)
def test_rare_formats_are_decoded(name: str) -> None:
    sound = decode_sound(RARE[name], RATE)
    assert sound.seconds == pytest.approx(2, abs=0.1)
    assert pitch(sound.samples) == pytest.approx(1000, abs=2)


@pytest.mark.parametrize("name", RARE)
def test_rare_formats_are_named_where_they_are_damaged(name: str) -> None:
    with pytest.raises(InputError, match=f"This {name.removeprefix('E-')} file is not a sound that can be read"):
        decode_sound(RARE[name][:20], RATE)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damaged_data_gives_a_sound_or_a_sentence(draw: st.DataObject) -> None:
    files = RARE | {name: data for name, (data, _) in JOINED.items()}
    data = bytearray(files[draw.draw(st.sampled_from(sorted(files)))])
    for position in draw.draw(st.lists(st.integers(0, len(data) - 1), max_size=6)):
        data[position] = draw.draw(st.integers(0, 255))
    try:
        sound = decode_sound(bytes(data[: draw.draw(st.integers(0, len(data)))]), RATE)
    except InputError:
        return
    assert np.isfinite(sound.samples).all()


NAMED = {
    "Monkey's Audio": b"MAC \x96\x0f" + bytes(100),
    "Musepack": b"MPCKSH" + bytes(100),
    "RealAudio": b".ra\xfd" + bytes(100),
    "DTS": b"\x7f\xfe\x80\x01" + bytes(100),
    "DSD": b"DSD " + bytes(100),
    "MIDI": b"MThd\0\0\0\6" + bytes(100),
    "list of addresses": b"#EXTM3U\nhttp://localhost/a.mp3\n",
    "picture": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "PDF": b"%PDF-1.7\n" + bytes(100),
    "archive": b"PK\3\4" + bytes(100),
    "audio editor": b"SQLite format 3\0" + bytes(100),
}


@pytest.mark.parametrize("name", NAMED)
def test_other_files_are_named(name: str) -> None:
    with pytest.raises(InputError, match=name) as caught:
        decode_sound(NAMED[name], RATE)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("length", [bytes(4), b"\xff" * 4])
def test_a_wav_file_of_unknown_length_is_read_to_its_end(length: bytes) -> None:
    """Programs that write to a pipe cannot go back to state it."""
    data = encoded(tone(2.0))
    place = data.index(b"data") + 4
    streamed = data[:4] + length + data[8:place] + length + data[place + 4 :]
    assert decode_sound(streamed, RATE).seconds == pytest.approx(2)


@pytest.mark.parametrize(
    ("format", "codec"), [("wav", "pcm_s16le"), ("flac", "flac"), ("aiff", "pcm_s16be"), ("mp3", "libmp3lame")]
)
def test_a_file_that_ends_early_says_how_much_is_missing(format: str, codec: str) -> None:
    samples = np.random.default_rng(0).normal(0, 0.1, 4 * RATE).astype(np.float32)
    whole = encoded(samples, format=format, codec=codec)
    assert decode_sound(whole, 16_000).notes == ()
    cut = decode_sound(whole[: len(whole) * 6 // 10], 16_000)
    assert [note for note in cut.notes if "The file ends early: of 4.0 s" in note]


@pytest.mark.parametrize("size", [0, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_wav_that_was_written_before_its_length_was_known_is_whole(size: int) -> None:
    data = bytearray(wav_of_channels(tone(2.0)))
    data[4:8] = data[40:44] = size.to_bytes(4, "little")
    assert decode_sound(bytes(data), 16_000).notes == ()
