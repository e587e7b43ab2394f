"""The door for sounds: bytes of any common format, or the sound track of a film, to mono samples at one rate.

FFmpeg decodes (through PyAV), limited to formats that hold sound themselves: never lists of other files or addresses.
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
    """What a sound may be: ``max_bytes`` as a file in memory, seconds at least and at most once decoded."""

    max_bytes: int = 200 * 2**20
    min_seconds: float = 0.1
    max_seconds: float = 600.0
    max_stream_seconds: float = 4 * 3600.0


SOUND_LIMITS = SoundLimits()

# FFmpeg's demuxers, by name. Left out on purpose: those that open further files or addresses (concat, hls, dash, sdp).
SOUND_FORMATS = "wav,w64,aiff,au,caf,mp3,ogg,flac,aac,amr,mov,mp4,m4a,matroska,webm,avi,mpeg,mpegts"

sound_format_help = (
    "WAV, MP3, Ogg, FLAC, M4A, AIFF, or the sound of an MP4, WebM or MOV film, "
    f"up to {SOUND_LIMITS.max_bytes // 2**20} MiB."
)

# What FFmpeg reports (OSError and its likes, IndexError and LookupError among them for what is missing in a file), and
# PyAV's own: ValueError for values out of range and for a sound whose form changes on the way.
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

    Raises InputError where there is none that can be heard, TooLargeError beyond ``SOUND_LIMITS``.
    """
    if len(data) > SOUND_LIMITS.max_bytes:
        raise TooLargeError(
            f"The file has {len(data) / 2**20:.0f} MiB, more than the {SOUND_LIMITS.max_bytes // 2**20} MiB allowed: "
            "save it as MP3 or shorten it."
        )
    blocks, heard = [], 0
    for block in stream_sound(BytesIO(data), rate):
        blocks.append(block)
        heard += len(block)
        if heard > SOUND_LIMITS.max_seconds * rate:
            raise TooLargeError(
                f"The sound is longer than {SOUND_LIMITS.max_seconds / 60:.0f} minutes: "
                "cut out a part, or have it read as a long recording."
            )
    return Sound(np.concatenate(blocks), rate)


def from_samples(samples: NDArray[Any], rate: int, target_rate: int) -> Sound:
    """A mono sound of ``target_rate`` from (N,) or (N, channels) samples, ``rate`` a second: floats, or int16.

    Raises InputError for another shape or type, for samples that are not finite, or an impossible rate.
    """
    if samples.ndim not in (1, 2) or not 1000 <= rate <= 768_000:
        raise InputError(
            f"Samples of shape {samples.shape} at {rate} a second are no sound: give (N,) or (N, channels)."
        )
    if samples.dtype == np.int16:
        samples = samples.astype(np.float32) / 2**15
    if not np.issubdtype(samples.dtype, np.floating):
        raise InputError(f"Samples of {samples.dtype} are not read: give floats in [-1, 1], or int16.")
    mono = np.ascontiguousarray(samples if samples.ndim == 1 else samples.mean(1), np.float32)
    if not np.isfinite(mono).all():
        raise InputError("The sound holds samples that are not finite numbers: mend it first.")
    if rate == target_rate:
        return Sound(mono, rate)
    frame = av.AudioFrame.from_ndarray(mono[None], format="flt", layout="mono")
    frame.sample_rate = rate
    resampler = AudioResampler(format="flt", rate=target_rate)
    parts = [_mono(part) for source in (frame, None) for part in resampler.resample(source)]
    return Sound(np.concatenate(parts), target_rate)


def encode_wav(sound: Sound) -> bytes:
    """A mono WAV file of 16 bits; what is louder than full scale is cut off."""
    file = BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(sound.rate)
        out.writeframes((np.clip(sound.samples, -1, 1) * 32767).astype("<i2").tobytes())
    return file.getvalue()


def sound_part(file: IO[bytes] | Path, rate: int, start: float, seconds: float) -> Sound:
    """Some seconds of a long recording, found without decoding what comes before where its format allows."""
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
    """Mono samples at ``rate`` in blocks of about a second, with constant memory. Raises InputError as it meets it."""
    heard = 0
    with _opened(file) as (container, stream):
        resampler = AudioResampler(format="flt", rate=rate, frame_size=rate)
        for block in _blocks(container, stream, resampler):
            heard += len(block)
            if heard > SOUND_LIMITS.max_stream_seconds * rate:
                hours = SOUND_LIMITS.max_stream_seconds / 3600
                raise TooLargeError(f"The recording is longer than {hours:.0f} hours: cut it into parts.")
            if not np.isfinite(block).all():
                raise InputError("The sound holds samples that are not numbers: export it anew, as 16-bit WAV or FLAC.")
            yield block
    if heard < SOUND_LIMITS.min_seconds * rate:
        length = f"only {heard / rate * 1000:.0f} ms of sound" if heard else "no sound at all"
        raise InputError(f"The file holds {length}: record at least {SOUND_LIMITS.min_seconds:g} seconds.")


def sound_seconds(file: IO[bytes] | Path) -> float | None:
    """How long the file says it lasts, which need not be true; None where it does not say."""
    with _opened(file) as (container, stream):
        if stream.duration is not None and stream.time_base is not None:
            return float(stream.duration * stream.time_base)
        return container.duration / av.time_base if container.duration is not None else None


@contextmanager
def _opened(file: IO[bytes] | Path) -> Iterator[tuple[InputContainer, AudioStream]]:
    """The container and its first sound track, with what goes wrong meanwhile as an InputError."""
    try:
        # A Path is opened here, so that FFmpeg sees bytes alone and no name to guess a format from.
        with (
            file.open("rb") if isinstance(file, Path) else file as opened,
            av.open(opened, "r", options={"format_whitelist": SOUND_FORMATS}, metadata_errors="replace") as container,
        ):
            if not container.streams.audio:
                raise InputError("The file has pictures but no sound track: choose one with sound.")
            yield container, container.streams.audio[0]
    except InputError:
        raise
    except _DECODING_ERRORS as error:
        raise InputError(
            f"This is not a sound that can be read, or it is empty or damaged. Try {sound_format_help}"
        ) from error


def _blocks(container: InputContainer, stream: AudioStream, resampler: AudioResampler) -> Iterator[NDArray[np.float32]]:
    for frame in container.decode(stream):
        frame.pts = None  # gaps between the times that a file states are not silence to be filled in
        for part in resampler.resample(frame):
            yield _mono(part)
    for part in resampler.resample(None):
        yield _mono(part)


def _mono(frame: av.AudioFrame) -> NDArray[np.float32]:
    """The mean of the channels, which cannot be louder than the loudest of them."""
    # Packed, since PyAV reads beyond the planes of a planar frame when there are eight of them.
    interleaved = frame.to_ndarray()[0].reshape(-1, frame.layout.nb_channels)
    mean: NDArray[np.float32] = interleaved.mean(1)
    return mean
