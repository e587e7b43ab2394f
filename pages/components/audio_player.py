"""A player with waveform and spectrogram over one time axis. A click anywhere plays from there."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from pages.components.data_urls import data_url
from zoo.core.images import encode_png

HTML = """
<div class="sound">
  <div class="bar">
    <button type="button" class="play" aria-label="Play"></button>
    <span class="position" aria-live="off"></span>
  </div>
  <div class="axes">
    <div class="field" role="img" tabindex="0">
      <canvas class="waveform" height="64"></canvas>
      <img class="spectrogram" alt="" aria-hidden="true">
      <div class="playhead"></div>
    </div>
    <div class="frequencies"></div>
    <div class="times"></div>
  </div>
  <audio preload="auto"></audio>
</div>
"""
CSS = """
:host { display: block }
.sound { color: var(--st-text-color); font-size: 0.8rem; padding-bottom: 0.4rem; container-type: inline-size }
.bar { display: flex; align-items: center; gap: 0.8rem; margin-bottom: 0.5rem }
.axes { position: relative; margin-left: 3.2rem }
.play {
  width: 2.6rem; height: 2.6rem; border: 0; border-radius: 50%; cursor: pointer;
  background: var(--st-primary-color); color: white; font-size: 1.1rem; line-height: 1;
}
.play:focus-visible, .field:focus-visible { outline: 3px solid var(--st-link-color); outline-offset: 2px }
.field { position: relative; cursor: pointer }
.waveform { width: 100%; height: 64px; display: block }
.spectrogram { width: 100%; height: 240px; display: block; border-radius: var(--st-base-radius) }
.frequencies { position: absolute; top: 64px; height: 240px; left: -3.2rem; width: 2.9rem }
.frequencies span { position: absolute; right: 0; transform: translateY(50%); white-space: nowrap; font-size: 0.75rem }
.playhead {
  position: absolute; top: 0; bottom: 0; width: 2px; left: 0; background: var(--st-link-color); pointer-events: none;
}
.times { position: relative; height: 1rem; margin-top: 0.2rem }
.times span { position: absolute; transform: translateX(-50%); white-space: nowrap }
.times span:first-child { transform: none }
.times span:last-child { transform: translateX(-100%) }
@container (max-width: 32rem) { .times span:nth-child(even) { display: none } }
"""
JS = """
export default function ({ data, parentElement }) {
  const find = (name) => parentElement.querySelector(name)
  const audio = find("audio"), play = find(".play"), field = find(".field"), playhead = find(".playhead")
  if (audio.dataset.sound !== data.key) {
    audio.dataset.sound = data.key
    audio.src = data.sound
  }
  find(".spectrogram").src = data.picture
  field.setAttribute("aria-label", data.text)

  const drawTicks = (axis, ticks, side) => {
    axis.replaceChildren(...ticks.map(([position, label]) => {
      const tick = document.createElement("span")
      tick.textContent = label
      tick.style[side] = `${100 * position}%`
      return tick
    }))
  }
  drawTicks(find(".times"), data.times, "left")
  drawTicks(find(".frequencies"), data.frequencies, "bottom")

  const drawWaveform = () => {
    const canvas = find(".waveform"), width = canvas.clientWidth, height = 64, scale = devicePixelRatio || 1
    if (!width) return
    canvas.width = width * scale
    canvas.height = height * scale
    const context = canvas.getContext("2d")
    context.scale(scale, scale)
    context.fillStyle = getComputedStyle(play).backgroundColor
    const peak = Math.max(1e-4, ...data.envelope.flat().map(Math.abs)), step = width / data.envelope.length
    data.envelope.forEach(([low, high], index) => {
      const top = (1 - high / peak) * height / 2, bottom = (1 - low / peak) * height / 2
      context.fillRect(index * step, top, Math.max(1, step), Math.max(1, bottom - top))
    })
  }
  drawWaveform()
  const observer = new ResizeObserver(drawWaveform)
  observer.observe(field)

  const position = (time) => `${time.toFixed(1)} s of ${data.length.toFixed(1)} s`
  const update = () => {
    playhead.style.left = `${100 * Math.min(1, audio.currentTime / data.length)}%`
    find(".position").textContent = position(audio.currentTime)
    play.textContent = audio.paused ? "\\u25B6" : "\\u275A\\u275A"
    play.setAttribute("aria-label", audio.paused ? "Play" : "Pause")
  }
  let frame = 0
  const follow = () => {
    update()
    if (!audio.paused) frame = requestAnimationFrame(follow)
  }
  audio.onplay = follow
  audio.onpause = audio.onended = audio.onseeked = update
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
  update()
  return () => {
    cancelAnimationFrame(frame)
    observer.disconnect()
  }
}
"""
_component = st.components.v2.component("audio_player", html=HTML, css=CSS, js=JS)
Ticks = Sequence[tuple[float, str]]


def audio_player(
    key: str,
    sound_url: str,
    envelope: NDArray[np.float32],
    picture: Image.Image,
    seconds: float,
    ticks: tuple[Ticks, Ticks],
    text: str,
    name: str = "audio_player",
) -> None:
    """``sound_url``: a data URL, the same for the same ``key``. ``envelope``: (columns, 2) minima and maxima.

    ``ticks``: labels of the time axis and of the frequency axis, each at a fraction of its length. ``text``: the
    alternative text of waveform and spectrogram. ``name``: of the player, where a page has several.
    """
    data = {
        "key": key,
        "sound": sound_url,
        "picture": data_url(encode_png(picture, compress_level=1), "image/png"),
        "envelope": np.round(envelope, 4).tolist(),
        "length": seconds,
        "times": [list(tick) for tick in ticks[0]],
        "frequencies": [list(tick) for tick in ticks[1]],
        "text": text,
    }
    _component(key=name, data=data)
