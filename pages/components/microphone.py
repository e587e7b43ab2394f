"""The live microphone: its level is drawn in the browser, which sends the last five seconds once a second."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from zoo.core.errors import InputError
from zoo.core.sounds import Sound
from zoo.exhibits.sound.knobs import RATE, WINDOW

HTML = """
<div class="microphone">
  <button type="button" class="switch">Start</button>
  <div class="level" role="meter" aria-label="Level of the microphone" aria-valuemin="-60" aria-valuemax="0"
    aria-valuenow="-60"><div class="bar"></div></div>
  <span class="decibels" aria-hidden="true">–60 dB</span>
  <span class="status" role="status"></span>
</div>
"""
CSS = """
:host { display: block }
.microphone { display: flex; flex-wrap: wrap; align-items: center; gap: 0.8rem; color: var(--st-text-color) }
.switch {
  min-width: 5.5rem; padding: 0.5rem 1rem; font: inherit; cursor: pointer; color: var(--st-text-color);
  background: transparent; border: 2px solid var(--st-primary-color); border-radius: var(--st-button-radius);
}
.switch:focus-visible { outline: 3px solid var(--st-link-color); outline-offset: 2px }
.level {
  flex: 1 1 10rem; max-width: 26rem; height: 0.9rem; border-radius: 0.45rem; overflow: hidden;
  background: var(--st-secondary-background-color); border: 1px solid var(--st-border-color);
}
.bar { height: 100%; width: 0; background: var(--st-primary-color) }
.decibels { min-width: 4rem; font-variant-numeric: tabular-nums }
.status { flex: 1 1 100%; min-height: 1.5em }
"""
# The window is resampled by an OfflineAudioContext, which filters: Firefox allows no microphone in a context of another
# rate. What browsers do for speech is off, since it removes the sounds of the surroundings.
JS = """
const SECONDS = 5, RATE = 16000, EVERY = 1000, PATIENCE = 20000, QUIETEST = -60
const RAW = { echoCancellation: false, noiseSuppression: false, autoGainControl: false }
const TAP = `registerProcessor("tap", class extends AudioWorkletProcessor {
  constructor() { super(); this.block = new Float32Array(2048); this.filled = 0 }
  process(inputs) {
    const channel = inputs[0][0]
    if (!channel) return true
    this.block.set(channel, this.filled)
    this.filled += channel.length
    if (this.filled === this.block.length) { this.port.postMessage(this.block.slice()); this.filled = 0 }
    return true
  }
})`
const REASONS = {
  NotAllowedError: "The microphone is not allowed: allow it for this page in the browser's address bar, then start.",
  NotFoundError: "This device has no microphone.",
  NotReadableError: "Another program uses the microphone: close it, then start.",
}
const microphones = new WeakMap()

class Microphone {
  constructor(root) {
    this.find = (name) => root.querySelector(name)
    this.number = 0
    this.find(".switch").onclick = () => (this.stream ? this.stop("Stopped.") : this.start())
  }

  async start() {
    this.say("Waiting for the microphone…")
    this.find(".switch").disabled = true
    try {
      if (!navigator.mediaDevices)
        throw new Error("A browser gives the microphone only to pages over HTTPS and on localhost.")
      this.stream = await navigator.mediaDevices.getUserMedia({ audio: RAW })
      this.context = new AudioContext()
      const tap = URL.createObjectURL(new Blob([TAP], { type: "text/javascript" }))
      await this.context.audioWorklet.addModule(tap)
      URL.revokeObjectURL(tap)
      if (this.gone) return this.stop("")
      this.samples = new Float32Array(0)
      this.waiting = this.loudness = 0
      const node = new AudioWorkletNode(this.context, "tap")
      node.port.onmessage = (event) => this.receive(event.data)
      this.context.createMediaStreamSource(this.stream).connect(node)
      this.timer = setInterval(() => this.send(), EVERY)
      this.find(".switch").textContent = "Stop"
      this.say("Listening…")
    } catch (error) {
      this.stop(REASONS[error.name] || error.message)
    }
    this.find(".switch").disabled = false
  }

  stop(reason) {
    clearInterval(this.timer)
    this.stream?.getTracks().forEach((track) => track.stop())
    this.context?.close()
    this.stream = this.context = this.samples = undefined
    this.find(".switch").textContent = "Start"
    this.draw(0)
    this.say(reason)
  }

  receive(block) {
    if (!this.samples) return
    const longest = SECONDS * this.context.sampleRate
    const all = new Float32Array(this.samples.length + block.length)
    all.set(this.samples)
    all.set(block, this.samples.length)
    this.samples = all.length > longest ? all.slice(-longest) : all
    // It falls by a tenth a block, so that short sounds are visible.
    const loudness = Math.sqrt(block.reduce((sum, value) => sum + value * value, 0) / block.length)
    this.loudness = Math.max(loudness, 0.9 * this.loudness)
    this.draw(this.loudness)
  }

  draw(loudness) {
    const decibels = Math.max(QUIETEST, Math.round(20 * Math.log10(loudness)))
    this.find(".bar").style.width = `${100 * (1 - decibels / QUIETEST)}%`
    this.find(".level").setAttribute("aria-valuenow", decibels)
    this.find(".decibels").textContent = `${decibels} dB`.replace("-", "\\u2013")
  }

  // The next window only after the answer to the last one, or when that seems to be lost.
  async send() {
    const rate = this.context?.sampleRate
    if (!this.samples || this.samples.length < rate || Date.now() < this.waiting) return
    this.waiting = Date.now() + PATIENCE
    const offline = new OfflineAudioContext(1, Math.floor((this.samples.length * RATE) / rate), RATE)
    const source = new AudioBufferSourceNode(offline, {
      buffer: new AudioBuffer({ length: this.samples.length, sampleRate: rate }),
    })
    source.buffer.copyToChannel(this.samples, 0)
    source.connect(offline.destination)
    source.start()
    const samples = (await offline.startRendering()).getChannelData(0)
    if (!this.stream) return
    const pcm = Int16Array.from(samples, (value) => 32767 * Math.max(-1, Math.min(1, value)))
    const bytes = new Uint8Array(pcm.buffer)
    let text = ""
    for (let first = 0; first < bytes.length; first += 8192)
      text += String.fromCharCode(...bytes.subarray(first, first + 8192))
    this.number += 1
    this.trigger("window", { number: this.number, samples: btoa(text) })
  }

  update(data, trigger) {
    this.trigger = trigger
    if (data.answered === this.number) this.waiting = 0
  }

  say(text) {
    this.find(".status").textContent = text
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  if (!microphones.has(parentElement)) microphones.set(parentElement, new Microphone(parentElement))
  const microphone = microphones.get(parentElement)
  microphone.update(data, setTriggerValue)
  return () => {
    microphone.gone = true
    if (microphone.stream) microphone.stop("")
    microphones.delete(parentElement)
  }
}
"""
_component = st.components.v2.component("microphone", html=HTML, css=CSS, js=JS)


@dataclass(frozen=True)
class LiveWindow:
    """The last seconds of a microphone. ``number``: counts the windows of one start."""

    number: int
    sound: Sound


def received(key: str) -> LiveWindow | None:
    """The window that the browser has just sent. Raises InputError for anything but mono 16-bit PCM at 16 kHz."""
    value = (st.session_state.get(key) or {}).get("window")
    return None if value is None else parse_window(value)


def microphone(key: str, answered: int) -> None:
    """``answered``: the number of the last window that has its answer; only then is the next one sent."""
    _component(key=key, data={"answered": answered}, on_window_change=lambda: None)


def parse_window(value: Any) -> LiveWindow:
    """What the browser sent: ``number`` and, as base64, ``samples``, 16-bit little-endian mono, five seconds at most.

    Raises InputError.
    """
    if not isinstance(value, Mapping) or not isinstance(value.get("number"), int):
        raise InputError("This is no window of a microphone.")
    try:
        data = base64.b64decode(value.get("samples"), validate=True)  # type: ignore[arg-type]
    except (binascii.Error, TypeError, ValueError):
        raise InputError("The samples of the microphone are not base64.") from None
    if not data or len(data) % 2 or len(data) > 2 * RATE * WINDOW:
        raise InputError(f"A window of the microphone has one to {RATE * WINDOW:,.0f} samples of 16 bits.")
    samples = np.frombuffer(data, "<i2").astype(np.float32) / 2**15
    return LiveWindow(value["number"], Sound(samples, RATE))
