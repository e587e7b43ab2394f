"""Sounds for the tests, encoded in whatever form is asked for."""

import io
import wave

import av
import numpy as np
from av.stream import Disposition
from numpy.typing import NDArray


def tone(seconds: float, hertz: float = 440.0, rate: int = 16_000, loudness: float = 0.5) -> NDArray[np.float32]:
    """A sine, as float32 in [-1, 1]."""
    time = np.arange(round(seconds * rate)) / rate
    return (loudness * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def encoded(
    samples: NDArray[np.float32],
    rate: int = 16_000,
    format: str = "wav",
    codec: str = "pcm_s16le",
    layout: str = "mono",
    picture: str = "",
    bit_rate: int = 0,
) -> bytes:
    """A file: ``samples`` (N,) in every channel of ``layout``; a film of one colour with ``picture``, a codec."""
    file = io.BytesIO()
    with av.open(file, "w", format=format) as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        if bit_rate:
            stream.bit_rate = bit_rate
        if picture:
            film = container.add_stream(picture, rate=10)
            film.width, film.height, film.pix_fmt = 64, 48, "yuv420p"
            for place in range(max(1, len(samples) * 10 // rate)):
                frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 90, np.uint8), format="rgb24")
                frame.pts = place
                container.mux(film.encode(frame))
            container.mux(film.encode(None))
        channels = len(stream.layout.channels)
        fifo = av.AudioFifo()
        frame = av.AudioFrame.from_ndarray(np.repeat(samples, channels)[None], format="flt", layout=layout)
        frame.sample_rate, frame.pts = rate, 0
        fifo.write(frame)
        while part := fifo.read(stream.codec_context.frame_size or 1024, partial=True):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return file.getvalue()


def silent_film() -> bytes:
    """Pictures without a sound track."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        film = container.add_stream("mpeg4", rate=10)
        film.width, film.height, film.pix_fmt = 64, 48, "yuv420p"
        for place in range(5):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 90, np.uint8), format="rgb24")
            frame.pts = place
            container.mux(film.encode(frame))
        container.mux(film.encode(None))
    return file.getvalue()


def film(*tracks: NDArray[np.float32], default: int, format: str = "matroska", rate: int = 16_000) -> bytes:
    """A film of several sound tracks, of which one is marked as default."""
    file = io.BytesIO()
    with av.open(file, "w", format=format) as container:
        streams = [container.add_stream("aac", rate=rate, layout="mono") for _ in tracks]
        for index, stream in enumerate(streams):
            stream.disposition = Disposition.default if index == default else Disposition(0)
        for stream, samples in zip(streams, tracks, strict=True):
            fifo = av.AudioFifo()
            frame = av.AudioFrame.from_ndarray(samples[None], format="flt", layout="mono")
            frame.sample_rate, frame.pts = rate, 0
            fifo.write(frame)
            while part := fifo.read(1024, partial=True):
                container.mux(stream.encode(part))
            container.mux(stream.encode(None))
    return file.getvalue()


def wav_of_channels(*channels: NDArray[np.float32], rate: int = 16_000) -> bytes:
    """A WAV file of 16 bits with a channel of its own for each of the arrays."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(len(channels))
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes((np.stack(channels, 1).clip(-1, 1) * 32767).astype("<i2").tobytes())
    return file.getvalue()
