"""A sound to look at and play: waveform over spectrogram, one line of time, a click anywhere plays from there."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from pages.components import layout
from zoo.core.images import encode_png

HTML = """
<div class="sound">
  <div class="bar">
    <button type="button" class="play" aria-label="Play"></button>
    <span class="clock" aria-live="off"></span>
  </div>
  <div class="field" role="img" tabindex="0">
    <canvas class="wave" height="64"></canvas>
    <div class="picture"><img class="spectrogram" alt="" aria-hidden="true"><div class="hertz"></div></div>
    <div class="head"></div>
  </div>
  <div class="seconds"></div>
  <audio preload="auto"></audio>
</div>
"""
CSS = """
:host { display: block }
.sound { color: var(--st-text-color); font-size: 0.8rem; padding-bottom: 1.4rem }
.bar { display: flex; align-items: center; gap: 0.8rem; margin-bottom: 0.5rem }
.play {
  width: 2.6rem; height: 2.6rem; border: 0; border-radius: 50%; cursor: pointer;
  background: var(--st-primary-color); color: white; font-size: 1.1rem; line-height: 1;
}
.play:focus-visible, .field:focus-visible { outline: 3px solid var(--st-link-color); outline-offset: 2px }
.field { position: relative; cursor: pointer }
.wave { width: 100%; height: 64px; display: block }
.picture { position: relative }
.spectrogram { width: 100%; height: 260px; display: block; border-radius: var(--st-base-radius) }
.hertz span {
  position: absolute; left: 4px; transform: translateY(50%); color: white; font-size: 0.72rem;
  text-shadow: 0 0 3px black, 0 0 3px black; pointer-events: none;
}
.head {
  position: absolute; top: 0; bottom: 0; width: 2px; left: 0; background: var(--st-link-color); pointer-events: none;
}
.seconds { position: relative; height: 1rem; margin-top: 0.2rem }
.seconds span { position: absolute; transform: translateX(-50%); white-space: nowrap }
.seconds span:first-child { transform: none }
.seconds span:last-child { transform: translateX(-100%) }
"""
JS = """
export default function ({ data, parentElement }) {
  const find = (name) => parentElement.querySelector(name)
  const audio = find("audio"), play = find(".play"), field = find(".field"), head = find(".head")
  if (audio.dataset.sound !== data.key) {
    audio.dataset.sound = data.key
    audio.src = data.sound
  }
  find(".spectrogram").src = data.picture
  field.setAttribute("aria-label", data.text)

  const marks = (holder, ticks, side) => {
    holder.replaceChildren(...ticks.map(([place, text]) => {
      const mark = document.createElement("span")
      mark.textContent = text
      mark.style[side] = `${100 * place}%`
      return mark
    }))
  }
  marks(find(".seconds"), data.seconds, "left")
  marks(find(".hertz"), data.hertz, "bottom")

  const draw = () => {
    const canvas = find(".wave"), width = canvas.clientWidth, height = 64, scale = devicePixelRatio || 1
    if (!width) return
    canvas.width = width * scale
    canvas.height = height * scale
    const pen = canvas.getContext("2d")
    pen.scale(scale, scale)
    pen.fillStyle = getComputedStyle(play).backgroundColor
    const peak = Math.max(1e-4, ...data.wave.flat().map(Math.abs)), step = width / data.wave.length
    data.wave.forEach(([low, high], index) => {
      const top = (1 - high / peak) * height / 2, bottom = (1 - low / peak) * height / 2
      pen.fillRect(index * step, top, Math.max(1, step), Math.max(1, bottom - top))
    })
  }
  draw()
  const watcher = new ResizeObserver(draw)
  watcher.observe(field)

  const clock = (time) => `${time.toFixed(1)} s of ${data.length.toFixed(1)} s`
  const show = () => {
    head.style.left = `${100 * Math.min(1, audio.currentTime / data.length)}%`
    find(".clock").textContent = clock(audio.currentTime)
    play.textContent = audio.paused ? "\\u25B6" : "\\u275A\\u275A"
    play.setAttribute("aria-label", audio.paused ? "Play" : "Pause")
  }
  let frame = 0
  const follow = () => {
    show()
    if (!audio.paused) frame = requestAnimationFrame(follow)
  }
  audio.onplay = follow
  audio.onpause = audio.onended = audio.onseeked = show
  play.onclick = () => (audio.paused ? audio.play() : audio.pause())
  field.onclick = (event) => {
    const box = field.getBoundingClientRect()
    audio.currentTime = ((event.clientX - box.left) / box.width) * data.length
    audio.play()
  }
  field.onkeydown = (event) => {
    const move = { ArrowLeft: -0.5, ArrowRight: 0.5 }[event.key]
    if (move) audio.currentTime = Math.min(data.length, Math.max(0, audio.currentTime + move))
    else if (event.key === " " || event.key === "Enter") play.onclick()
    else return
    event.preventDefault()
  }
  show()
  return () => {
    cancelAnimationFrame(frame)
    watcher.disconnect()
  }
}
"""
_view = st.components.v2.component("listening", html=HTML, css=CSS, js=JS)
Ticks = Sequence[tuple[float, str]]


def listening(
    key: str,
    sound: str,
    wave: NDArray[np.float32],
    picture: Image.Image,
    length: float,
    ticks: tuple[Ticks, Ticks],
    text: str,
) -> None:
    """``sound``: a data URL, the same for the same ``key``; ``wave``: (columns, 2); ``length`` in seconds.

    ``ticks``: names on the axes of seconds and hertz, each at a share of the whole. ``text`` for who cannot see it.
    """
    data = {
        "key": key,
        "sound": sound,
        "picture": layout.data_url(encode_png(picture, compress_level=1), "image/png"),
        "wave": np.round(wave, 4).tolist(),
        "length": length,
        "seconds": [list(tick) for tick in ticks[0]],
        "hertz": [list(tick) for tick in ticks[1]],
        "text": text,
    }
    _view(key="listening", data=data)
