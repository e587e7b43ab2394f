"""The canvas with both networks' answers beside it, which move while one draws: they are computed in the browser."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.components import browser_network, canvas
from pages.components.canvas import MAX_POINTS, Stroke, decode_strokes
from zoo.exhibits.digits.drawing import PEN, RASTER

HTML = f"""
<div class="board">
  <p class="headline" role="status" aria-live="polite">Draw a digit</p>
  <div class="columns">
    <div class="left">{canvas.HTML}</div>
    <div class="right">
      <div class="readers"></div>
      <div class="facts">
        <canvas class="receives" width="28" height="28" role="img" aria-label="The drawing as the networks receive it">
        </canvas>
        <span>What the networks receive: the ink scaled to 20 pixels, its centre of mass in the middle of 28 &times; 28.
        <span class="time"></span></span>
      </div>
    </div>
  </div>
</div>
"""
CSS = (
    canvas.CSS
    + """
.board { color: var(--st-text-color); font-size: 0.9rem; container-type: inline-size }
.headline { font-size: 1.5rem; font-weight: 600; margin: 0 0 0.5rem; min-height: 1.3em }
.columns { display: grid; grid-template-columns: minmax(0, 320px) minmax(0, 1fr); gap: 1.6rem }
@container (max-width: 560px) { .columns { grid-template-columns: 1fr } .left { max-width: 320px } }
.readers { display: grid; grid-template-columns: repeat(auto-fit, minmax(210px, 1fr)); gap: 1rem }
.reader h4 { margin: 0 0 0.3rem; font-size: 0.95rem }
.row { display: grid; grid-template-columns: 5.2rem 1fr 3rem; gap: 0.4rem; align-items: center; line-height: 1.35 }
.row .track { height: 0.7rem; border-radius: 3px; background: var(--st-secondary-background-color, #8882) }
.row .bar { height: 100%; padding: 0; border-radius: 3px; background: var(--st-primary-color); width: 0 }
.row.best { font-weight: 700 }
.row span:last-child { text-align: right; font-variant-numeric: tabular-nums }
.facts { display: flex; gap: 0.8rem; align-items: center; padding-top: 0.8rem; font-size: 0.82rem }
.facts canvas.receives { width: 84px; height: 84px; flex: none; image-rendering: pixelated; background: #fff;
  border: 1px solid var(--st-border-color, #8888) }
"""
)
JS = (
    browser_network.JS
    + canvas.JS
    + """
// Ink of strokes by the distance of each pixel's middle from the lines, as zoo/exhibits/digits/drawing.py computes it.
function rasterizer(side, pen) {
  let nearest = new Float64Array(side * side).fill(Infinity), done = []
  function segment([ax, ay], [bx, by]) {
    const reach = pen + 1 / side, dx = bx - ax, dy = by - ay, length = dx * dx + dy * dy
    const first = (value) => Math.max(0, Math.floor((value - reach) * side))
    const last = (value) => Math.min(side - 1, Math.ceil((value + reach) * side))
    for (let row = first(Math.min(ay, by)); row <= last(Math.max(ay, by)); row++)
      for (let column = first(Math.min(ax, bx)); column <= last(Math.max(ax, bx)); column++) {
        const x = (column + 0.5) / side - ax, y = (row + 0.5) / side - ay
        const t = length ? Math.min(1, Math.max(0, (x * dx + y * dy) / length)) : 0
        const distance = Math.hypot(x - t * dx, y - t * dy), index = row * side + column
        if (distance < nearest[index]) nearest[index] = distance
      }
  }
  return (strokes) => {
    if (strokes.length < done.length || done.some((count, number) => strokes[number].length < count)) {
      nearest.fill(Infinity)
      done = []
    }
    strokes.forEach((stroke, number) => {
      const begin = done[number] ?? 0
      if (!begin) segment(stroke[0], stroke[0])
      for (let index = Math.max(1, begin); index < stroke.length; index++) segment(stroke[index - 1], stroke[index])
      done[number] = stroke.length
    })
    return Float32Array.from(nearest, (distance) => Math.min(1, Math.max(0, (pen - distance) * side + 0.5)))
  }
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".board")
  const find = (name) => root.querySelector(name)
  const state = (root.state ||= { number: 0, raster: rasterizer(data.raster, data.pen), began: 0 })
  state.data = data

  const percent = (value) => `${Math.round(100 * value)}%`
  function show(values, milliseconds, where) {
    const { networks, no_digit } = state.data, context = find(".receives").getContext("2d")
    const image = context.createImageData(28, 28)
    for (let index = 0; index < 784; index++) {
      image.data.fill(Math.round(255 * (1 - values[index])), 4 * index, 4 * index + 3)
      image.data[4 * index + 3] = 255
    }
    context.putImageData(image, 0, 0)
    let offset = 784
    const empty = !state.board.strokes.length, answers = []
    networks.forEach(({ title, labels }, number) => {
      const row = empty ? labels.map(() => 0) : [...values.slice(offset, offset + labels.length)]
      offset += labels.length
      const digit = row.slice(0, 10).reduce((best, value, index, all) => (value > all[best] ? index : best), 0)
      const best = row.length > 10 && row[10] >= no_digit ? 10 : digit
      answers.push(labels[best].replace(/^./, (first) => first.toUpperCase()) + ", " + percent(row[best]))
      const block = find(".readers").children[number]
      row.forEach((value, index) => {
        const line = block.children[index + 1]
        line.className = !empty && index === best ? "row best" : "row"
        line.querySelector(".bar").style.width = `${100 * value}%`
        line.lastChild.textContent = empty ? "" : percent(value)
      })
    })
    find(".headline").textContent = empty ? "Draw a digit" : answers[0]
    find(".time").textContent = empty ? "" : `Answered in ${milliseconds.toFixed(0)} ms, ${where}.`
    root.dataset.milliseconds = milliseconds
    root.dataset.values = JSON.stringify([...values])
  }
  function build() {
    const blocks = state.data.networks.map(({ title, labels }) => {
      const block = document.createElement("div")
      block.className = "reader"
      const heading = document.createElement("h4")
      heading.textContent = labels.length > 10 ? title : `${title} (always a digit)`
      block.append(heading, ...labels.map((label) => {
        const line = document.createElement("div")
        line.className = "row"
        line.innerHTML = '<span></span><div class="track"><div class="bar"></div></div><span></span>'
        line.firstChild.textContent = label
        return line
      }))
      return block
    })
    find(".readers").replaceChildren(...blocks)
  }
  async function answer(strokes) {
    if (!state.run || state.data.local === false) return
    const start = performance.now()
    if (state.busy) return (state.again = true)
    state.busy = true
    try {
      do {
        const began = state.again ? performance.now() : start
        state.again = false
        const values = await state.run(state.raster(state.board.strokes))
        show(values, performance.now() - began, "in your browser")
      } while (state.again)
    } finally { state.busy = false }
  }
  const ended = (strokes) => {
    answer(strokes)
    state.number += 1
    state.began = performance.now()
    setStateValue("drawing", { number: state.number, strokes })
  }
  const options = { pen: data.pen, most: data.most, label: "Draw a digit here", moved: answer, ended }
  if (!state.board) {
    state.board = drawing(find(".drawing"), options)
    build()
    state.loading = network(data.runtime, data.model, [1, 1, data.raster, data.raster]).then((run) => {
      state.run = run
      answer(state.board.strokes)
    }, (error) => { find(".time").textContent = `${error.message}: the server answers after each stroke.` })
  }
  state.board.options = options
  if (state.version !== data.version) {
    state.version = data.version
    state.board.set(data.strokes)
    answer(state.board.strokes)
  }
  if ((data.local === false || !state.run) && data.answers && data.answered >= state.number) {
    show(data.answers, state.began ? performance.now() - state.began : 0, "on the server, with both ways")
  }
}
"""
)
_component = st.components.v2.component("digits_board", html=HTML, css=CSS, js=JS)


@dataclass(frozen=True)
class Reader:
    """A network beside the canvas: its title and the labels of its classes."""

    title: str
    labels: tuple[str, ...]


def latest_drawing(key: str) -> tuple[int, list[Stroke] | None]:
    """The number of the drawing that the browser sent last, and its strokes; 0 and None before the first.

    Raises InputError for what is no drawing.
    """
    sent: Any = st.session_state.get(key, {}).get("drawing")
    if not isinstance(sent, dict):
        return 0, None
    number = sent.get("number")
    return number if isinstance(number, int) else 0, decode_strokes(sent.get("strokes"))


def draw_board(
    key: str,
    readers: Sequence[Reader],
    model: str,
    no_digit: float,
    start: Sequence[Stroke],
    version: str,
    answers: list[float] | None,
    answered: int,
    local: bool,
) -> None:
    """The canvas and the answers. Its fragment reruns after each stroke.

    ``model``: the path of the networks' file. ``start``: the strokes that are drawn at first, and again when
    ``version`` changes. ``answers``: what the server computed for drawing number ``answered``, which is drawn where the
    browser does not compute, or where ``local`` is false.
    """
    data = {
        "runtime": browser_network.RUNTIME,
        "model": model,
        "networks": [{"title": each.title, "labels": list(each.labels)} for each in readers],
        "no_digit": no_digit,
        "raster": RASTER,
        "pen": PEN,
        "most": MAX_POINTS,
        "strokes": [[list(point) for point in stroke] for stroke in start],
        "version": version,
        "answers": answers,
        "answered": answered,
        "local": local,
    }
    _component(key=key, data=data, on_drawing_change=lambda: None)
