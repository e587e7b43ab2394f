"""Sounds for the tests, encoded in whatever form is asked for."""

import io

import av
import numpy as np
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
) -> bytes:
    """A file: ``samples`` (N,) in every channel of ``layout``; a film of one colour with ``picture``, a codec."""
    file = io.BytesIO()
    with av.open(file, "w", format=format) as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
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
