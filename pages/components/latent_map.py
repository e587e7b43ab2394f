"""A map between four pictures of a generator that runs in the browser, and one picture at the point that is chosen."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.components import browser_network
from zoo.exhibits.gan import Latent

HTML = """
<div class="latent">
  <div class="map">
    <canvas tabindex="0" role="slider" aria-label="Point between four pictures: arrow keys move it"></canvas>
  </div>
  <div class="one">
    <canvas class="picture" role="img" width="28" height="28" aria-label="The picture at the chosen point"></canvas>
    <div class="sliders"></div>
    <p class="facts" role="status">Loading the generator into this browser...</p>
    <p><button type="button" class="reset">Reset</button> <button type="button" class="save">Save as PNG</button></p>
  </div>
</div>
"""
CSS = """
:host { display: block }
.latent { display: flex; flex-wrap: wrap; gap: 0.8rem 1.6rem; color: var(--st-text-color); font-size: 0.85rem }
.map { flex: 1 1 16rem; max-width: 25rem }
.one { flex: 1 1 12rem; max-width: 20rem }
canvas { display: block; width: 100%; aspect-ratio: 1; image-rendering: pixelated; background: #000 }
.map canvas { cursor: crosshair; touch-action: none; border-radius: var(--st-base-radius) }
.map canvas:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px }
.picture { max-width: 14rem; border-radius: var(--st-base-radius) }
.sliders { display: grid; grid-template-columns: auto 1fr; gap: 0.25rem 0.7rem; align-items: center }
.picture { margin-bottom: 0.7rem }
.sliders input { width: 100%; accent-color: var(--st-primary-color) }
p { margin: 0.4rem 0 0 }
button {
  font: inherit; color: inherit; background: none; border: 1px solid var(--st-border-color); cursor: pointer;
  border-radius: var(--st-button-radius, 0.5rem); padding: 0.2rem 0.7rem
}
"""
JS = """
const SIDE = 28, CELLS = 7, REACH = 4

// Between four corners: noise along arcs, so that its length stays; weights of classes along lines.
function between(data, x, y, moved) {
  const weights = [(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y], size = data.corners[0].length
  const mixed = new Float32Array(size)
  data.corners.forEach((corner, index) => corner.forEach((value, at) => mixed[at] += weights[index] * value))
  const noise = size - data.classes
  const length = (row) => Math.sqrt(row.slice(0, noise).reduce((sum, value) => sum + value * value, 0))
  const wanted = data.corners.reduce((sum, corner, index) => sum + weights[index] * length(corner), 0)
  const scale = wanted / (length(mixed) || 1)
  for (let at = 0; at < noise; at++) mixed[at] *= scale
  moved.forEach((amount, index) => {
    for (let at = 0; at < noise; at++) mixed[at] += amount * data.directions[index][at]
  })
  return mixed
}

function paint(context, pixels, left, top) {
  const image = new ImageData(SIDE, SIDE)
  for (let index = 0; index < pixels.length; index++) {
    const grey = Math.round((pixels[index] + 1) * 127.5)
    image.data.set([grey, grey, grey, 255], 4 * index)
  }
  context.putImageData(image, left, top)
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".latent"), find = (name) => root.querySelector(name)
  const map = find(".map canvas"), one = find(".picture"), facts = find(".facts"), sliders = find(".sliders")
  const state = (root.state ||= { x: 0.5, y: 0.5, moved: data.directions.map(() => 0), drawn: 0, turn: 0 })
  state.data = data
  root.run ||= network(data.runtime, data.model, [1, data.corners[0].length]).catch((error) => {
    root.run = undefined
    facts.textContent = `The generator does not run here (${error.message}): the pictures below come from the server.`
    return null
  })
  if (!sliders.children.length) data.directions.forEach((_, index) => {
    const label = document.createElement("label"), slider = document.createElement("input")
    label.textContent = `Direction ${index + 1}`
    slider.id = label.htmlFor = `direction-${index + 1}`
    Object.assign(slider, { type: "range", min: -REACH, max: REACH, step: 0.05, value: 0 })
    slider.oninput = () => { state.moved[index] = Number(slider.value); picture(); whole() }
    sliders.append(label, slider)
  })
  map.width = map.height = SIDE * CELLS
  const size = { width: map.width, height: map.width }
  const sheet = (root.sheet ||= Object.assign(document.createElement("canvas"), size))
  const cross = () => {
    const context = map.getContext("2d"), size = map.width
    context.drawImage(sheet, 0, 0)
    context.strokeStyle = "#ffb347"
    context.lineWidth = 1.5
    context.strokeRect(state.x * (size - SIDE) + 1, state.y * (size - SIDE) + 1, SIDE - 2, SIDE - 2)
    map.setAttribute("aria-valuenow", Math.round(100 * state.x))
    map.setAttribute("aria-valuetext", `${Math.round(100 * state.x)}% right, ${Math.round(100 * state.y)}% down`)
  }
  // One picture, as soon as the one before is computed; what was asked for in between is dropped.
  const picture = async () => {
    state.asked = true
    if (state.busy) return
    state.busy = true
    const run = await root.run
    while (run && state.asked) {
      state.asked = false
      const started = performance.now()
      const pixels = await run(between(state.data, state.x, state.y, state.moved))
      paint(one.getContext("2d"), pixels, 0, 0)
      cross()
      root.dataset.drawn = ++state.drawn
      const spent = performance.now() - started
      facts.textContent = `Computed in this browser in ${spent < 10 ? spent.toFixed(1) : Math.round(spent)} ms`
      await new Promise(requestAnimationFrame)
    }
    state.busy = false
  }
  const whole = async () => {
    const turn = ++state.turn, run = await root.run
    if (!run) return
    for (let cell = 0; cell < CELLS * CELLS && turn === state.turn; cell++) {
      const column = cell % CELLS, row = Math.floor(cell / CELLS)
      const pixels = await run(between(state.data, column / (CELLS - 1), row / (CELLS - 1), state.moved))
      paint(sheet.getContext("2d"), pixels, column * SIDE, row * SIDE)
      if (column === CELLS - 1) { cross(); await new Promise((done) => setTimeout(done)) }
    }
    root.dataset.maps = Number(root.dataset.maps || 0) + 1
  }
  const move = (x, y) => {
    state.x = Math.min(1, Math.max(0, x))
    state.y = Math.min(1, Math.max(0, y))
    cross()
    picture()
  }
  const place = (event) => {
    const box = map.getBoundingClientRect(), margin = 0.5 / CELLS
    const along = (value) => (value - margin) / (1 - 2 * margin)
    move(along((event.clientX - box.left) / box.width), along((event.clientY - box.top) / box.height))
  }
  map.onpointerdown = (event) => { map.setPointerCapture(event.pointerId); place(event) }
  map.onpointermove = (event) => { if (event.buttons || event.pointerType === "mouse") place(event) }
  map.onkeydown = (event) => {
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? []
    if (dx === undefined) return
    event.preventDefault()
    move(state.x + 0.04 * dx, state.y + 0.04 * dy)
  }
  find(".reset").onclick = () => {
    state.moved.fill(0)
    sliders.querySelectorAll("input").forEach((slider) => { slider.value = 0 })
    move(0.5, 0.5)
    whole()
  }
  find(".save").onclick = () => {
    const large = Object.assign(document.createElement("canvas"), { width: 280, height: 280 })
    const context = large.getContext("2d")
    context.imageSmoothingEnabled = false
    context.drawImage(one, 0, 0, 280, 280)
    const link = document.createElement("a")
    link.download = "clothes.png"
    link.href = large.toDataURL("image/png")
    link.click()
  }
  map.setAttribute("aria-valuemin", 0)
  map.setAttribute("aria-valuemax", 100)
  picture().then(whole)
}
"""
_component = st.components.v2.component("latent_map", html=HTML, css=CSS, js=browser_network.JS + JS)


def latent_map(key: str, latent: Latent, classes: int, model: bytes) -> None:
    """The map between the four corners, and sliders. ``model``: an ONNX file of one picture a call."""
    data: dict[str, Any] = {
        "runtime": browser_network.RUNTIME,
        "model": browser_network.publish(model),
        "corners": rounded(latent.corners),
        "directions": rounded(latent.directions),
        "classes": classes,
    }
    _component(key=key, data=data)


def rounded(rows: Sequence[Sequence[float]]) -> list[list[float]]:
    return [[round(value, 4) for value in row] for row in rows]
