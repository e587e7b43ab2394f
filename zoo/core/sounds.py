"""Decode sounds: bytes of any common format, or the sound track of a video, to mono samples at one rate.

FFmpeg decodes through PyAV. It is limited to formats that contain the sound themselves: a list of other files or
addresses is never opened.
"""

import re
import wave
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import SEEK_END, BytesIO
from pathlib import Path
from typing import IO, Any

import av
import numpy as np
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition
from numpy.typing import NDArray

from zoo.core.downmix import Downmix
from zoo.core.errors import InputError, TooLargeError
from zoo.core.ogg_links import links
from zoo.core.sound_errors import explain_sound


@dataclass(frozen=True)
class SoundLimits:
    """``max_bytes`` of a file in memory; the least and the greatest length in seconds once decoded.

    ``max_stream_seconds``: of a recording that is read in blocks.
    """

    max_bytes: int = 200 * 2**20
    min_seconds: float = 0.1
    max_seconds: float = 600.0
    max_stream_seconds: float = 4 * 3600.0


SOUND_LIMITS = SoundLimits()
MAX_DAMAGED = 3  # packets of a file, and one more for each hundred that can be decoded

MISSING = 0.05  # of the stated length, and seconds: less is the rounding of a codec
STREAMED = 0x7FFF0000  # sizes from here on are written before a WAV file's length is known

# FFmpeg's demuxers, by name, without those that open further files or addresses (concat, hls, dash, sdp).
SOUND_FORMATS = (
    "wav,w64,aiff,au,caf,mp3,ogg,flac,aac,amr,mov,mp4,m4a,matroska,webm,avi,mpeg,mpegts,asf,wv,ac3,eac3,nistsphere,tta"
)

sound_format_help = (
    "WAV, MP3, Ogg, FLAC, M4A, AIFF, WMA, WavPack, AC-3, or the sound of an MP4, WebM or MOV video, "
    f"up to {SOUND_LIMITS.max_bytes // 2**20} MiB."
)

# FFmpeg's errors, which PyAV raises as OSError, LookupError and others, and PyAV's own ValueError.
_DECODING_ERRORS = (av.FFmpegError, OSError, ValueError, LookupError, ArithmeticError, EOFError, RuntimeError)


@dataclass(frozen=True)
class Sound:
    """Mono ``samples``, float32 in about [-1, 1], ``rate`` a second.

    ``notes``: sentences about how it was decoded, where that is not a matter of course.
    """

    samples: NDArray[np.float32]
    rate: int
    notes: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate


def decode_sound(data: bytes, rate: int) -> Sound:
    """The whole sound in ``data`` at ``rate`` samples a second.

    Raises InputError for data without a sound, TooLargeError beyond ``SOUND_LIMITS``.
    """
    if len(data) > SOUND_LIMITS.max_bytes:
        raise TooLargeError(
            f"The file has {len(data) / 2**20:.0f} MiB, more than the {SOUND_LIMITS.max_bytes // 2**20} MiB allowed: "
            "save it as MP3 or shorten it."
        )
    blocks, decoded, notes = [], 0, list[str]()
    for block in stream_sound(BytesIO(data), rate, notes):
        blocks.append(block)
        decoded += len(block)
        if decoded > SOUND_LIMITS.max_seconds * rate:
            raise TooLargeError(
                f"The sound is longer than {SOUND_LIMITS.max_seconds / 60:.0f} minutes: "
                "cut out a part, or use the timeline of long recordings."
            )
    return Sound(np.concatenate(blocks), rate, tuple(notes))


def from_samples(samples: NDArray[Any], rate: int, target_rate: int) -> Sound:
    """A mono sound of ``target_rate`` from (N,) or (N, channels) samples, ``rate`` a second: floats or int16.

    Raises InputError for another shape or type, for samples that are not finite, or an impossible rate.
    """
    if not 1000 <= rate <= 768_000:
        raise InputError(f"A rate of {rate} samples a second is not supported: give 1,000 to 768,000.")
    if samples.ndim not in (1, 2):
        raise InputError(f"Samples of shape {samples.shape} are not supported: give (N,) or (N, channels).")
    if samples.dtype == np.int16:
        samples = samples.astype(np.float32) / 2**15
    if not np.issubdtype(samples.dtype, np.floating):
        raise InputError(f"Samples of type {samples.dtype} are not supported: give floats in [-1, 1] or int16.")
    samples = np.ascontiguousarray(samples if samples.ndim == 2 else samples[:, None], np.float32)
    if not np.isfinite(samples).all():
        raise InputError("The sound has samples that are not finite numbers: replace them first.")
    downmix = Downmix(rate)
    parts = [downmix(samples[start : start + rate]) for start in range(0, len(samples), rate)]
    mono = np.concatenate([np.zeros(0, np.float32), *parts])
    if rate == target_rate:
        return Sound(mono, rate, downmix.notes)
    frame = av.AudioFrame.from_ndarray(mono[None], format="flt", layout="mono")
    frame.sample_rate = rate
    resampled = [part[:, 0] for part in _resampled([frame], target_rate)]
    return Sound(np.concatenate(resampled), target_rate, downmix.notes)


def encode_wav(sound: Sound) -> bytes:
    """A mono WAV file of 16 bits; samples beyond full scale are clipped."""
    file = BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(sound.rate)
        out.writeframes((np.clip(sound.samples, -1, 1) * 32767).astype("<i2").tobytes())
    return file.getvalue()


def sound_part(file: IO[bytes] | Path, rate: int, start: float, seconds: float) -> Sound:
    """Some seconds of a recording from ``start`` on, by seeking where its format allows."""
    with _opened(file) as opened:
        # The time stamps of joined files may begin anew: then the samples are counted from the beginning.
        for seek in (True, False):
            downmix = Downmix(rate)
            parts = [downmix(part) for part in _resampled(_frames_between(opened, start, start + seconds, seek), rate)]
            if parts:
                break
    return Sound(np.concatenate(parts) if parts else np.zeros(1, np.float32), rate, downmix.notes)


def _frames_between(file: IO[bytes], start: float, stop: float, seek: bool) -> Iterator[av.AudioFrame]:
    begin = time = 0.0  # of a link, and of a frame
    for container, stream in _containers(file):
        length = _stated_seconds(container, stream) or 0.0
        if seek and length and begin + length <= start:
            begin += length
            continue
        if seek:
            container.seek(int(max(0.0, start - begin) * av.time_base))
        for frame in _decoded(container, stream, []):
            time = begin + (frame.time or 0.0) if seek else time
            if time >= stop:
                return
            duration = frame.samples / frame.sample_rate
            if time + duration > start:
                yield frame
            time += duration
        begin += length


def stream_sound(file: IO[bytes] | Path, rate: int, notes: list[str] | None = None) -> Iterator[NDArray[np.float32]]:
    """Mono samples at ``rate`` in blocks of a second, with constant memory.

    What is to be told of the decoding is added to ``notes`` at the end. Raises InputError where the decoding fails,
    TooLargeError beyond four hours.
    """
    decoded = 0
    notes = [] if notes is None else notes
    with _opened(file) as opened:
        for block in _blocks(opened, rate, notes):
            decoded += len(block)
            if decoded > SOUND_LIMITS.max_stream_seconds * rate:
                hours = SOUND_LIMITS.max_stream_seconds / 3600
                raise TooLargeError(f"The recording is longer than {hours:.0f} hours: cut it into parts.")
            if not np.isfinite(block).all():
                raise InputError("The sound has samples that are not numbers: export it again, as 16-bit WAV or FLAC.")
            yield block
    if decoded < SOUND_LIMITS.min_seconds * rate:
        length = f"only {decoded / rate * 1000:.0f} ms of sound" if decoded else "no sound at all"
        raise InputError(f"The file has {length}: record at least {SOUND_LIMITS.min_seconds:g} seconds.")


def sound_seconds(file: IO[bytes] | Path) -> float | None:
    """The length that the file states, which need not be true; None where it states none."""
    with _opened(file) as opened:
        lengths = [_stated_seconds(container, stream) for container, stream in _containers(opened)]
    known = [length for length in lengths if length is not None]
    return sum(known) if known else None


def _stated_seconds(container: InputContainer, stream: AudioStream) -> float | None:
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration is not None else None


@contextmanager
def _opened(file: IO[bytes] | Path) -> Iterator[IO[bytes]]:
    """The file; errors within the block become InputError."""
    head = b""
    try:
        # A Path is opened here, so that FFmpeg gets bytes alone and guesses no format from a name.
        with file.open("rb") if isinstance(file, Path) else file as opened:
            head = opened.read(4096)
            opened.seek(0)
            yield opened
    except InputError:
        raise
    except _DECODING_ERRORS as error:
        raise InputError(explain_sound(head, sound_format_help)) from error


def _containers(file: IO[bytes]) -> Iterator[tuple[InputContainer, AudioStream]]:
    """The container and its sound track, of each link of a chained Ogg file."""
    for link in links(file):
        options = {"format_whitelist": SOUND_FORMATS}
        with av.open(link, "r", options=options, metadata_errors="replace") as container:
            if not container.streams.audio:
                raise InputError("The file has a picture but no sound track: choose one with sound.")
            yield container, _track(container)


def _track(container: InputContainer) -> AudioStream:
    """The first sound track that the file marks as default and that can be decoded; where there is none, the first."""
    tracks = container.streams.audio
    decodable = [track for track in tracks if track.codec_context is not None] or list(tracks)
    return next((track for track in decodable if track.disposition & Disposition.default), decodable[0])


def _blocks(file: IO[bytes], rate: int, notes: list[str]) -> Iterator[NDArray[np.float32]]:
    """Mono blocks of a second; only the last is shorter."""
    downmix = Downmix(rate)
    rest = np.zeros(0, np.float32)
    for part in _resampled(_frames(file, notes), rate):
        rest = np.concatenate([rest, downmix(part)])
        while len(rest) >= rate:
            yield rest[:rate]
            rest = rest[rate:]
    notes += downmix.notes
    if len(rest):
        yield rest


def _frames(file: IO[bytes], notes: list[str]) -> Iterator[av.AudioFrame]:
    for container, stream in _containers(file):
        tracks = container.streams.audio
        if len(tracks) > 1:
            language = f" ({stream.language})" if re.fullmatch("[a-z]{2,3}", stream.language or "") else ""
            notes.append(
                f"The file has {len(tracks)} sound tracks: number {tracks.index(stream) + 1}{language} is used, which "
                "players start with."
            )
        seconds = 0.0
        for frame in _decoded(container, stream, notes):
            seconds += frame.samples / frame.sample_rate
            yield frame
        stated = _whole_seconds(file, container, stream, seconds)
        if stated and seconds < stated - max(MISSING, MISSING * stated):
            notes.append(f"The file ends early: of {stated:.1f} s it has {seconds:.1f} s.")


def _whole_seconds(file: IO[bytes], container: InputContainer, stream: AudioStream, decoded: float) -> float | None:
    """The length that the file had when it was whole, where it states that; an estimate of FFmpeg's does not count."""
    match container.format.name:
        case "flac" | "aiff":
            return _stated_seconds(container, stream)
        case "mp3" if re.search(rb"Xing|Info|VBRI", _head(file)):
            return _stated_seconds(container, stream)
        case "wav":  # of which FFmpeg states what is there
            declared = int.from_bytes(_head(file)[4:8], "little") + 8
            return decoded * declared / file.seek(0, SEEK_END) if declared < STREAMED else None
    return None


def _head(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read(4096)


def _decoded(container: InputContainer, stream: AudioStream, notes: list[str]) -> Iterator[av.AudioFrame]:
    """The frames of a track, without a few packets that cannot be decoded, such as the tags between joined MP3s."""
    good = damaged = 0
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.InvalidDataError:
            damaged += 1
            if damaged > MAX_DAMAGED + good // 100:
                raise
            continue
        good += bool(frames)
        yield from frames
    if damaged:
        notes.append(f"{damaged} damaged {'packet was' if damaged == 1 else 'packets were'} skipped.")


def _resampled(frames: Iterable[av.AudioFrame], rate: int) -> Iterator[NDArray[np.float32]]:
    """(N, channels) in blocks of a second, with a new resampler wherever the rate, the layout or the format changes."""
    resampler, form = None, None
    for frame in frames:
        frame.pts = None  # else the resampler fills gaps between time stamps with silence
        if (frame.sample_rate, frame.layout.name, frame.format.name) != form:
            if resampler is not None:
                yield from map(_interleaved, resampler.resample(None))
            form = (frame.sample_rate, frame.layout.name, frame.format.name)
            resampler = AudioResampler(format="flt", rate=rate, frame_size=rate)
        assert resampler is not None
        yield from map(_interleaved, resampler.resample(frame))
    if resampler is not None:
        yield from map(_interleaved, resampler.resample(None))


def _interleaved(frame: av.AudioFrame) -> NDArray[np.float32]:
    # Packed, since PyAV reads beyond the planes of a planar frame when there are eight of them.
    samples: NDArray[np.float32] = frame.to_ndarray()[0].reshape(-1, frame.layout.nb_channels)
    return samples
