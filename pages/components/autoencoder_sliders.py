"""Sliders that move a code, and the picture that a student's decoder draws of it, computed in the browser."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from pages.components.browser_network import JS as NETWORK
from pages.components.browser_network import RUNTIME

HTML = """
<div class="code">
  <div class="stage"><canvas width="64" height="64" role="img"></canvas><p role="status"></p></div>
  <div class="sliders"></div>
</div>
"""
CSS = """
:host { display: block }
.code { display: flex; flex-wrap: wrap; gap: 1rem; color: var(--st-text-color); font-size: 0.9rem }
.stage { flex: 0 1 256px; min-width: 160px }
canvas { width: 100%; aspect-ratio: 1; display: block; border-radius: var(--st-base-radius); background: #8884 }
.stage p { margin: 0.3rem 0 0; font-size: 0.8rem; min-height: 1.2em }
.sliders { flex: 1 1 260px; display: grid; gap: 0.35rem; align-content: start }
label { display: grid; grid-template-columns: minmax(6.5rem, auto) 1fr 3rem; gap: 0.6rem; align-items: center }
output { text-align: right; font-variant-numeric: tabular-nums }
input { width: 100%; accent-color: var(--st-primary-color); min-height: 1.6rem }
button {
  justify-self: start; font: inherit; color: inherit; background: none; padding: 0.3rem 0.9rem; cursor: pointer;
  border: 1px solid var(--st-border-color, #8888); border-radius: var(--st-button-radius, 0.5rem)
}
:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px }
"""
JS = (
    NETWORK
    + """
export default function ({ data, parentElement }) {
  const find = (name) => parentElement.querySelector(name)
  const root = find(".code"), canvas = find("canvas"), status = find("[role=status]"), place = find(".sliders")
  if (root.zoo?.id === data.id) return
  const state = (root.zoo = { id: data.id, values: data.sliders.map((each) => each.value), times: [] })
  canvas.setAttribute("aria-label", data.label)
  place.replaceChildren()

  const draw = async () => {
    if (state.busy) return void (state.again = true)  // the last position counts
    state.busy = true
    try {
      const run = await state.run
      do {
        state.again = false
        const code = Float32Array.from(data.base)
        state.values.forEach((value, k) => data.directions[k].forEach((each, d) => (code[d] += value * each)))
        const started = performance.now()
        const pixels = await run(code)
        if (root.zoo !== state) return
        const side = canvas.width, image = new ImageData(side, side), plane = side * side
        for (let at = 0; at < plane; at++) {
          for (let c = 0; c < 3; c++) image.data[4 * at + c] = 127.5 * (pixels[c * plane + at] + 1)
          image.data[4 * at + 3] = 255
        }
        canvas.getContext("2d").putImageData(image, 0, 0)
        state.times = [...state.times.slice(-9), performance.now() - started]
        const mean = state.times.reduce((a, b) => a + b) / state.times.length
        canvas.dataset.frames = Number(canvas.dataset.frames || 0) + 1
        canvas.dataset.milliseconds = mean.toFixed(1)
        status.textContent = `${mean.toFixed(0)} ms a picture, computed in your browser`
      } while (state.again)
    } catch (error) {
      status.textContent = `The decoder did not run in this browser: ${error.message}`
    } finally {
      state.busy = false
    }
  }
  const inputs = data.sliders.map((slider, k) => {
    const label = document.createElement("label"), name = document.createElement("span")
    const input = document.createElement("input"), output = document.createElement("output")
    name.textContent = slider.label
    Object.assign(input, { type: "range", min: slider.min, max: slider.max, step: slider.step })
    input.value = slider.value
    const show = () => (output.textContent = Number(input.value).toFixed(slider.step < 0.05 ? 2 : 1))
    input.oninput = () => { state.values[k] = Number(input.value); show(); draw() }
    input.reset = () => { input.value = slider.value; state.values[k] = slider.value; show() }
    show()
    label.append(name, input, output)
    place.append(label)
    return input
  })
  const reset = document.createElement("button")
  reset.type = "button"
  reset.textContent = "Reset"
  reset.onclick = () => { inputs.forEach((each) => each.reset()); draw() }
  place.append(reset)
  status.textContent = "Loading the decoder…"
  state.run = network(data.runtime, data.model, [1, data.base.length])
  draw()
}
"""
)
_component = st.components.v2.component("autoencoder_sliders", html=HTML, css=CSS, js=JS)


def slider(label: str, low: float, high: float, step: float, value: float) -> dict[str, Any]:
    """One slider of ``code_sliders``."""
    return {"label": label, "min": low, "max": high, "step": step, "value": value}


def code_sliders(
    key: str,
    model: str,
    base: Sequence[float],
    directions: Sequence[Sequence[float]],
    sliders: Sequence[dict[str, Any]],
    label: str,
) -> None:
    """The picture of the code ``base`` plus, for each slider, its value times its direction.

    ``model``: the path of a decoder, as ``browser_network.publish`` returns it. ``label``: of the picture, for screen
    readers. The sliders begin anew where base, directions or decoder change.
    """
    data = {
        "id": f"{model} {hash((tuple(base), tuple(map(tuple, directions))))}",
        "runtime": RUNTIME,
        "model": model,
        "base": list(base),
        "directions": [list(each) for each in directions],
        "sliders": list(sliders),
        "label": label,
    }
    _component(key=key, data=data)
