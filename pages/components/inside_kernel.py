"""A kernel that slides over its input: two maps, the window on one and the output on the other, moved by a pointer."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

HTML = """
<div class="kernel">
  <figure><canvas class="input"></canvas><figcaption></figcaption></figure>
  <span aria-hidden="true">&rarr;</span>
  <figure><canvas class="output" tabindex="0" role="application"></canvas><figcaption></figcaption></figure>
  <button type="button" class="play"></button>
</div>
"""
CSS = """
:host { display: block }
.kernel { display: flex; flex-wrap: wrap; align-items: center; gap: 0.6rem; color: var(--st-text-color);
  font-size: 0.82rem }
figure { margin: 0; flex: 1 1 9rem; max-width: 15rem; min-width: 7rem }
canvas { width: 100%; image-rendering: pixelated; border-radius: 4px; display: block; background: #888 }
canvas.output { cursor: crosshair; touch-action: none }
canvas:focus-visible, button:focus-visible { outline: 3px solid var(--st-link-color); outline-offset: 1px }
.play { font: inherit; color: inherit; padding: 0.3rem 0.9rem; cursor: pointer; background: none;
  border: 1px solid var(--st-border-color, #8888); border-radius: var(--st-button-radius, 0.5rem) }
"""
JS = """
export default function ({ data, parentElement, setTriggerValue }) {
  const find = (name) => parentElement.querySelector(name)
  const root = find(".kernel"), input = find(".input"), output = find(".output"), play = find(".play")
  const state = (root.zoo ||= { timer: null, number: 0 })
  const [inCaption, outCaption] = parentElement.querySelectorAll("figcaption")
  let [row, column] = data.position
  inCaption.textContent = data.inputText
  outCaption.textContent = data.outputText
  output.setAttribute("aria-label", `${data.outputText}. Arrow keys move the position.`)
  const paint = (canvas, map, box, fill) => {
    const scale = Math.max(1, Math.ceil(320 / Math.max(map.width, map.height)))
    const pad = map.pad * scale
    canvas.width = map.width * scale + 2 * pad
    canvas.height = map.height * scale + 2 * pad
    const context = canvas.getContext("2d")
    context.imageSmoothingEnabled = false
    if (map.image.complete) context.drawImage(map.image, pad, pad, map.width * scale, map.height * scale)
    context.lineWidth = Math.max(3, canvas.width / 90)
    for (const colour of ["#000", "#fff"]) {
      context.strokeStyle = colour
      const [top, left, height, width] = box.map((length) => length * scale)
      context.strokeRect(pad + left, pad + top, Math.max(2, width), Math.max(2, height))
      context.lineWidth /= 2.2
    }
  }
  const load = (name, url) => {
    const kept = (state[name] ||= new Image())
    if (kept.src !== url) { kept.onload = draw; kept.src = url }
    return kept
  }
  const window_ = () => [row, column].map((place, axis) => {
    const [k, s, p, d] = [data.kernel[axis], data.stride[axis], data.before[axis], data.dilation[axis]]
    if (!data.transposed) return [place * s - p, (k - 1) * d + 1]
    const first = Math.ceil((place + p - d * (k - 1)) / s), last = Math.floor((place + p) / s)
    return [first, Math.max(1, last - first + 1)]
  })
  function draw() {
    const [rows, columns] = window_()
    paint(input, { ...data.input, image: load("in", data.input.url) }, [rows[0], columns[0], rows[1], columns[1]])
    paint(output, { ...data.output, image: load("out", data.output.url) }, [row, column, 1, 1])
  }
  const send = () => {
    state.number += 1
    setTriggerValue("position", { number: state.number, row, column })
  }
  const stop = () => {
    clearInterval(state.timer)
    state.timer = null
    play.textContent = "Slide"
  }
  const clamp = (value, size) => Math.min(Math.max(value, 0), size - 1)
  const go = (newRow, newColumn) => {
    row = clamp(newRow, data.output.height)
    column = clamp(newColumn, data.output.width)
    draw()
  }
  const at = (event) => {
    const box = output.getBoundingClientRect()
    go(Math.floor((event.clientY - box.top) / box.height * data.output.height),
       Math.floor((event.clientX - box.left) / box.width * data.output.width))
  }
  output.onpointerdown = (event) => { stop(); output.setPointerCapture(event.pointerId); at(event) }
  output.onpointermove = (event) => { if (event.buttons) at(event) }
  output.onpointerup = send
  output.onkeydown = (event) => {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key]
    if (!step) return
    event.preventDefault()
    stop()
    go(row + step[0], column + step[1])
    clearTimeout(state.wait)
    state.wait = setTimeout(send, 250)
  }
  play.onclick = () => {
    if (state.timer) { stop(); send(); return }
    play.textContent = "Stop"
    state.timer = setInterval(() => {
      if (column + 1 < data.output.width) go(row, column + 1)
      else go(row + 1 < data.output.height ? row + 1 : 0, 0)
    }, 120)
  }
  if (!state.timer) stop()
  draw()
  return () => clearInterval(state.timer)
}
"""
_component = st.components.v2.component("inside_kernel", html=HTML, css=CSS, js=JS)


def kernel_view(data: Mapping[str, Any], move: Callable[[int, int], None]) -> None:
    """Calls ``move`` with the row and the column of the output that was chosen, before the page runs again."""

    def on_position() -> None:
        message = st.session_state["inside-kernel"].get("position")
        if isinstance(message, Mapping):
            move(int(message["row"]), int(message["column"]))

    _component(key="inside-kernel", data=dict(data), on_position_change=on_position)
