"""Decode sounds: bytes of any common format, or the sound track of a video, to mono samples at one rate.

FFmpeg decodes through PyAV. It is limited to formats that contain the sound themselves: a list of other files or
addresses is never opened.
"""

import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import av
import numpy as np
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

from zoo.core.errors import InputError, TooLargeError


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

# FFmpeg's demuxers, by name, without those that open further files or addresses (concat, hls, dash, sdp).
SOUND_FORMATS = "wav,w64,aiff,au,caf,mp3,ogg,flac,aac,amr,mov,mp4,m4a,matroska,webm,avi,mpeg,mpegts"

sound_format_help = (
    "WAV, MP3, Ogg, FLAC, M4A, AIFF, or the sound of an MP4, WebM or MOV video, "
    f"up to {SOUND_LIMITS.max_bytes // 2**20} MiB."
)

# FFmpeg's errors, which PyAV raises as OSError, IndexError, LookupError and others, and PyAV's own: ValueError for
# values out of range and for a sound whose format changes in the middle.
_DECODING_ERRORS = (av.FFmpegError, OSError, ValueError, LookupError, ArithmeticError, EOFError, RuntimeError)


@dataclass(frozen=True)
class Sound:
    """Mono ``samples``, float32 in about [-1, 1], ``rate`` a second."""

    samples: NDArray[np.float32]
    rate: int

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
    blocks, decoded = [], 0
    for block in stream_sound(BytesIO(data), rate):
        blocks.append(block)
        decoded += len(block)
        if decoded > SOUND_LIMITS.max_seconds * rate:
            raise TooLargeError(
                f"The sound is longer than {SOUND_LIMITS.max_seconds / 60:.0f} minutes: "
                "cut out a part, or use the timeline of long recordings."
            )
    return Sound(np.concatenate(blocks), rate)


def from_samples(samples: NDArray[Any], rate: int, target_rate: int) -> Sound:
    """A mono sound of ``target_rate`` from (N,) or (N, channels) samples, ``rate`` a second: floats or int16.

    Raises InputError for another shape or type, for samples that are not finite, or an impossible rate.
    """
    if samples.ndim not in (1, 2) or not 1000 <= rate <= 768_000:
        raise InputError(
            f"Samples of shape {samples.shape} at {rate} a second are not supported: give (N,) or (N, channels)."
        )
    if samples.dtype == np.int16:
        samples = samples.astype(np.float32) / 2**15
    if not np.issubdtype(samples.dtype, np.floating):
        raise InputError(f"Samples of type {samples.dtype} are not supported: give floats in [-1, 1] or int16.")
    mono = np.ascontiguousarray(samples if samples.ndim == 1 else samples.mean(1), np.float32)
    if not np.isfinite(mono).all():
        raise InputError("The sound has samples that are not finite numbers: replace them first.")
    if rate == target_rate:
        return Sound(mono, rate)
    frame = av.AudioFrame.from_ndarray(mono[None], format="flt", layout="mono")
    frame.sample_rate = rate
    resampler = AudioResampler(format="flt", rate=target_rate)
    parts = [_mono(part) for source in (frame, None) for part in resampler.resample(source)]
    return Sound(np.concatenate(parts), target_rate)


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
    with _opened(file) as (container, stream):
        container.seek(int(start * av.time_base))
        resampler = AudioResampler(format="flt", rate=rate)
        parts: list[NDArray[np.float32]] = []
        for frame in container.decode(stream):
            time = frame.time or 0.0
            if time >= start + seconds:
                break
            if time + frame.samples / frame.sample_rate > start:
                frame.pts = None
                parts += [_mono(part) for part in resampler.resample(frame)]
    return Sound(np.concatenate(parts) if parts else np.zeros(1, np.float32), rate)


def stream_sound(file: IO[bytes] | Path, rate: int) -> Iterator[NDArray[np.float32]]:
    """Mono samples at ``rate`` in blocks of about a second, with constant memory.

    Raises InputError where the decoding fails, TooLargeError beyond four hours.
    """
    decoded = 0
    with _opened(file) as (container, stream):
        resampler = AudioResampler(format="flt", rate=rate, frame_size=rate)
        for block in _blocks(container, stream, resampler):
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
    with _opened(file) as (container, stream):
        if stream.duration is not None and stream.time_base is not None:
            return float(stream.duration * stream.time_base)
        return container.duration / av.time_base if container.duration is not None else None


@contextmanager
def _opened(file: IO[bytes] | Path) -> Iterator[tuple[InputContainer, AudioStream]]:
    """The container and its first sound track; errors within the block become InputError."""
    try:
        # A Path is opened here, so that FFmpeg gets bytes alone and guesses no format from a name.
        with (
            file.open("rb") if isinstance(file, Path) else file as opened,
            av.open(opened, "r", options={"format_whitelist": SOUND_FORMATS}, metadata_errors="replace") as container,
        ):
            if not container.streams.audio:
                raise InputError("The file has a picture but no sound track: choose one with sound.")
            yield container, container.streams.audio[0]
    except InputError:
        raise
    except _DECODING_ERRORS as error:
        raise InputError(
            f"This is not a sound that can be read, or it is empty or damaged. Try {sound_format_help}"
        ) from error


def _blocks(container: InputContainer, stream: AudioStream, resampler: AudioResampler) -> Iterator[NDArray[np.float32]]:
    for frame in container.decode(stream):
        frame.pts = None  # else the resampler fills gaps between time stamps with silence
        for part in resampler.resample(frame):
            yield _mono(part)
    for part in resampler.resample(None):
        yield _mono(part)


def _mono(frame: av.AudioFrame) -> NDArray[np.float32]:
    """The mean of the channels, which is never louder than the loudest channel."""
    # Packed, since PyAV reads beyond the planes of a planar frame when there are eight of them.
    interleaved = frame.to_ndarray()[0].reshape(-1, frame.layout.nb_channels)
    mean: NDArray[np.float32] = interleaved.mean(1)
    return mean
