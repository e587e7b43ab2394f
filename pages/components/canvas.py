"""A canvas to draw on: by mouse, pen, finger or keyboard, with undo; its value is the strokes.

Another component draws with it too: it puts ``JS`` before its own code, ``HTML`` in its own and ``CSS`` in its style,
and calls ``drawing(root, options)`` once; see the comment there.
"""

import math
from collections.abc import Sequence
from typing import Any

import streamlit as st

from zoo.core.errors import InputError

Point = tuple[float, float]
Stroke = list[Point]  # in 0 to 1: from the left, from the top
MAX_POINTS = 4000  # of a drawing
PEN = 0.035  # radius of the pen, as a part of the side

HTML = """
<div class="drawing">
  <canvas tabindex="0" role="application"></canvas>
  <div class="bar">
    <button type="button" class="undo">Undo</button><button type="button" class="clear">Clear</button>
    <span role="status"></span>
  </div>
  <p class="keys">Keyboard: arrow keys move the pen, Space puts it down and lifts it, Backspace undoes.</p>
</div>
"""
CSS = """
:host { display: block }
.drawing { color: var(--st-text-color); font-size: 0.9rem }
.drawing canvas {
  display: block; width: 100%; aspect-ratio: 1; touch-action: none; cursor: crosshair; box-sizing: border-box;
  border: 1px solid var(--st-border-color, #8888); border-radius: var(--st-base-radius); background: #fff;
}
.drawing canvas:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px }
.drawing .bar { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: center; padding-top: 0.5rem }
.drawing button {
  font: inherit; color: inherit; padding: 0.3rem 0.9rem; cursor: pointer; background: none;
  border: 1px solid var(--st-border-color, #8888); border-radius: var(--st-button-radius, 0.5rem)
}
.drawing button:hover:enabled { border-color: var(--st-primary-color) }
.drawing button:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px }
.drawing button:disabled { opacity: 0.45; cursor: default }
.drawing .keys { margin: 0.35rem 0 0; font-size: 0.8rem; opacity: 0.8 }
"""
JS = """
// Strokes drawn into the canvas of ``root``, an element of class "drawing". options:
//   pen: radius as a part of the side; label: of the canvas, for screen readers; most: points of a drawing at most
//   moved(strokes): after each new point; ended(strokes): after a stroke, an undo or a clear
//   paint(context, side): optional, draws under the strokes; colour: optional, of a stroke's ink by its number
// It returns { strokes, set(strokes), redraw() }. Options may be replaced afterwards: drawing.options = {...}.
function drawing(root, options) {
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }
  const STEP = 0.004, KEY = 0.02  // distances between points, and of an arrow key, as parts of the side
  const find = (name) => root.querySelector(name)
  const canvas = find("canvas"), context = canvas.getContext("2d")
  const board = { strokes: [], options, set, redraw }
  let current = null, pointer = null, cursor = null, down = false
  canvas.setAttribute("aria-label", options.label)

  const side = () => canvas.width
  function fit() {
    const wanted = Math.round(canvas.clientWidth * (window.devicePixelRatio || 1)) || 280
    if (canvas.width !== wanted) { canvas.width = wanted; canvas.height = wanted }
    redraw()
  }
  function redraw() {
    context.clearRect(0, 0, side(), side())
    board.options.paint?.(context, side())
    board.strokes.forEach((stroke, number) => trace(stroke, number))
    if (cursor && root.getRootNode().activeElement === canvas) {
      context.strokeStyle = down ? "#c2410c" : "#2563eb"
      context.lineWidth = Math.max(1, side() / 140)
      context.beginPath()
      context.arc(cursor[0] * side(), cursor[1] * side(), (board.options.pen + 0.012) * side(), 0, 7)
      context.stroke()
    }
    find(".undo").disabled = find(".clear").disabled = !board.strokes.length
  }
  function trace(stroke, number) {
    const colour = board.options.colour?.(number) ?? "#111", scale = side()
    context.strokeStyle = context.fillStyle = colour
    context.lineWidth = 2 * board.options.pen * scale
    context.lineCap = context.lineJoin = "round"
    context.beginPath()
    if (stroke.length === 1) {
      context.arc(stroke[0][0] * scale, stroke[0][1] * scale, board.options.pen * scale, 0, 7)
      context.fill()
      return
    }
    stroke.forEach(([x, y], index) => context[index ? "lineTo" : "moveTo"](x * scale, y * scale))
    context.stroke()
  }
  const rounded = (value) => Math.round(Math.min(1, Math.max(0, value)) * 1e4) / 1e4
  const points = () => board.strokes.reduce((sum, stroke) => sum + stroke.length, 0)
  function begin(point) {
    if (points() >= board.options.most) return find("[role=status]").textContent = "The drawing is full: undo or clear."
    current = [point]
    board.strokes.push(current)
    changed()
  }
  function extend(point) {
    if (!current) return
    const last = current[current.length - 1]
    if (Math.hypot(point[0] - last[0], point[1] - last[1]) < STEP || points() >= board.options.most) return
    current.push(point)
    changed()
  }
  function finish() {
    if (!current) return
    current = null
    board.options.ended?.(board.strokes)
  }
  function changed() {
    redraw()
    board.options.moved?.(board.strokes)
  }
  function set(strokes) {
    current = null
    down = false
    board.strokes = strokes.map((stroke) => stroke.map((point) => [...point]))
    find("[role=status]").textContent = ""
    changed()
  }
  function edit(strokes) {
    set(strokes)
    board.options.ended?.(board.strokes)
  }
  const undo = () => { if (board.strokes.length) edit(board.strokes.slice(0, -1)) }
  const place = (event) => {
    const box = canvas.getBoundingClientRect()
    return [rounded((event.clientX - box.left) / box.width), rounded((event.clientY - box.top) / box.height)]
  }
  canvas.onpointerdown = (event) => {
    if (pointer !== null || event.button > 0) return
    event.preventDefault()
    canvas.focus({ preventScroll: true })
    cursor = null
    down = false
    pointer = event.pointerId
    try { canvas.setPointerCapture(pointer) } catch { /* a pointer that is gone already */ }
    begin(place(event))
  }
  canvas.onpointermove = (event) => {
    if (event.pointerId !== pointer) return
    const events = event.getCoalescedEvents?.() ?? []
    for (const each of events.length ? events : [event]) extend(place(each))
  }
  canvas.onpointerup = canvas.onpointercancel = canvas.onlostpointercapture = (event) => {
    if (event.pointerId !== pointer) return
    pointer = null
    finish()
  }
  canvas.onkeydown = (event) => {
    const [dx, dy] = ARROWS[event.key] ?? [0, 0]
    const known = dx || dy || [" ", "Backspace", "Escape"].includes(event.key) || (event.key === "z" && event.ctrlKey)
    if (!known) return
    if (event.key !== "Escape") event.preventDefault()
    cursor ??= [0.5, 0.25]
    if (dx || dy) {
      const step = event.shiftKey ? KEY / 4 : KEY
      cursor = [rounded(cursor[0] + dx * step), rounded(cursor[1] + dy * step)]
      if (down) extend(cursor)
    } else if (event.key === " ") {
      down = !down
      if (down) begin(cursor)
      else finish()
    } else if (event.key === "Escape") {
      down = false
      finish()
    } else undo()
    find("[role=status]").textContent = down ? "Pen down" : "Pen up"
    redraw()
  }
  canvas.onfocus = redraw
  canvas.onblur = () => { down = false; finish(); redraw() }
  find(".undo").onclick = undo
  find(".clear").onclick = () => edit([])
  new ResizeObserver(fit).observe(canvas)
  fit()
  return board
}
"""
_OWN = """
export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".drawing")
  const options = {
    pen: data.pen, label: data.label, most: data.most, ended: (strokes) => setStateValue("strokes", strokes),
  }
  const board = (root.board ||= drawing(root, options))
  board.options = options
  if (root.version !== data.version) {
    root.version = data.version
    board.set(data.strokes)
  }
}
"""
_component = st.components.v2.component("canvas", html=HTML, css=CSS, js=JS + _OWN)


def canvas(
    key: str, label: str, pen: float = PEN, start: Sequence[Sequence[Point]] = (), version: object = 0
) -> list[Stroke]:
    """The strokes of a square canvas, after each one that ends. Raises InputError for what is no drawing.

    ``start``: what is drawn on it at first, and again whenever ``version`` changes; it is no value before the visitor
    draws. ``pen``: its radius, as a part of the side.
    """
    strokes = [[[x, y] for x, y in stroke] for stroke in start]
    data = {"label": label, "pen": pen, "most": MAX_POINTS, "strokes": strokes, "version": str(version)}
    _component(key=key, data=data, on_strokes_change=lambda: None)
    return decode_strokes(st.session_state.get(key, {}).get("strokes") or [])


def decode_strokes(value: Any) -> list[Stroke]:
    """What a browser sent, which may be anything, as strokes within the canvas. Raises InputError."""
    try:
        strokes = [[(float(x), float(y)) for x, y in stroke] for stroke in value]
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError("The drawing could not be read: clear it and draw again.") from error
    numbers = [number for stroke in strokes for point in stroke for number in point]
    if not all(map(math.isfinite, numbers)):
        raise InputError("The drawing could not be read: clear it and draw again.")
    if len(numbers) > 2 * MAX_POINTS:
        raise InputError(f"The drawing has more than {MAX_POINTS:,} points: clear it and draw again.")
    inside = [[(min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)) for x, y in stroke] for stroke in strokes]
    return [stroke for stroke in inside if stroke]
