"""The stage of a GAN in the plane: points, the discriminator's map, gradients, and the curves of the training.

Drawn on canvases, not as charts of Vega: a page that plays sends several frames at a time, which are drawn one after
another.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.components import canvas_chart
from zoo.exhibits.gan import CELLS, REACH, Coverage, Frame, Target

N_REAL = 500  # real points on the stage
UNIT = 8192  # steps of a coordinate of 1 in 16 bits: up to 4
MAX_POINTS = 300  # of a curve

HTML = """
<div class="gan">
  <figure class="stage"><canvas role="img"></canvas></figure>
  <div class="curves">
    <canvas class="losses" role="img"></canvas>
    <canvas class="modes" role="img"></canvas>
  </div>
  <p class="legend">
    <span><i class="real"></i>real points</span><span><i class="made"></i>generated points</span>
    <span><i class="ring"></i>mode covered</span><span><i class="missed"></i>mode missed</span>
    <span><i class="arrow">&#8594;</i>where the generator's loss pulls</span>
    <span><i class="map"></i>the discriminator: generated to real</span>
    <button type="button">Save as PNG</button>
  </p>
</div>
"""
CSS = """
:host { display: block }
.gan {
  display: grid; grid-template-columns: minmax(0, 22.5rem) minmax(0, 1fr); gap: 0.4rem 1.2rem;
  color: var(--st-text-color); font-size: 0.82rem
}
.stage { margin: 0 }
.gan canvas { display: block; width: 100% }
.stage canvas { aspect-ratio: 1; border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius) }
.curves { position: relative; min-height: 17rem }
.curves canvas { position: absolute; left: 0; top: 0; height: 60% }
.curves .modes { top: 61%; height: 39% }
.legend { grid-column: 1 / -1; display: flex; flex-wrap: wrap; gap: 0.2rem 1rem; margin: 0; align-items: center }
.legend span { display: inline-flex; align-items: center; gap: 0.35rem }
.legend i { width: 0.7rem; height: 0.7rem; border-radius: 50%; display: inline-block; font-style: normal }
.legend .real { background: #2f6fa3 }
.legend .made { background: #d9730d }
.legend .ring { border: 2px solid #2e8b57; box-sizing: border-box }
.legend .missed { border: 2px dashed #b23a3a; box-sizing: border-box }
.legend .arrow { height: auto; line-height: 1 }
.legend .map { width: 3rem; border-radius: 2px; background: linear-gradient(90deg, #e9b173, #8fb8d9) }
.legend button {
  font: inherit; color: inherit; background: none; border: 1px solid var(--st-border-color); cursor: pointer;
  border-radius: var(--st-button-radius, 0.5rem); padding: 0.1rem 0.6rem
}
@media (max-width: 40rem) { .gan { grid-template-columns: minmax(0, 1fr) } }
"""
JS = """
const REAL = "#2f6fa3", MADE = "#d9730d", COVERED = "#2e8b57", MISSED = "#b23a3a"
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
const shorts = (text) => new Int16Array(bytes(text).buffer)

function drawMap(context, side, values, cells) {
  const small = document.createElement("canvas")
  small.width = small.height = cells
  const pixels = new ImageData(cells, cells)
  for (let row = 0; row < cells; row++) for (let column = 0; column < cells; column++) {
    const real = values[row * cells + column] / 255, to = 4 * ((cells - 1 - row) * cells + column)
    const colour = real > 0.5 ? [47, 111, 163] : [217, 115, 13]
    pixels.data.set([...colour, Math.round(200 * Math.min(1, 2 * Math.abs(real - 0.5)) ** 0.6)], to)
  }
  small.getContext("2d").putImageData(pixels, 0, 0)
  context.imageSmoothingEnabled = true
  context.drawImage(small, 0, 0, side, side)
}

function drawStage(canvas, data, frame) {
  const [context, side] = sized(canvas)
  if (!side) return
  const unit = data.unit, reach = data.reach
  const x = (value) => (value / unit / reach + 1) * side / 2, y = (value) => (1 - value / unit / reach) * side / 2
  const dots = (points, colour, radius) => {
    context.fillStyle = colour
    context.beginPath()
    for (let index = 0; index < points.length; index += 2) {
      const left = x(points[index]), top = y(points[index + 1])
      context.moveTo(left + radius, top)
      context.arc(left, top, radius, 0, 7)
    }
    context.fill()
  }
  drawMap(context, side, bytes(frame.map), data.cells)
  const modes = shorts(data.modes)
  const radius = Math.max(4, data.radius / reach * side / 2)
  for (let index = 0; index < modes.length; index += 2) {
    const covered = data.covered[index / 2]
    context.strokeStyle = covered ? COVERED : MISSED
    context.lineWidth = 1.5
    context.setLineDash(covered ? [] : [4, 3])
    context.beginPath()
    context.arc(x(modes[index]), y(modes[index + 1]), radius, 0, 7)
    context.stroke()
  }
  context.setLineDash([])
  context.globalAlpha = 0.55
  dots(shorts(data.real), REAL, 1.7)
  context.globalAlpha = 0.9
  const points = shorts(frame.points), arrows = shorts(frame.arrows)
  dots(points, MADE, 2.1)
  context.globalAlpha = 0.65
  context.strokeStyle = getComputedStyle(canvas).color
  context.lineWidth = 1
  context.beginPath()
  const length = 0.16
  for (let index = 0; index < arrows.length; index += 2) {
    const left = x(points[index]), top = y(points[index + 1])
    const dx = arrows[index] / unit * length * side / 2, dy = -arrows[index + 1] / unit * length * side / 2
    context.moveTo(left, top)
    context.lineTo(left + dx, top + dy)
    const far = Math.hypot(dx, dy), head = Math.min(4, far / 2)
    if (far < 2) continue
    const turn = Math.atan2(dy, dx)
    for (const side of [-0.5, 0.5]) {
      context.moveTo(left + dx, top + dy)
      context.lineTo(left + dx - head * Math.cos(turn + side), top + dy - head * Math.sin(turn + side))
    }
  }
  context.stroke()
  context.globalAlpha = 1
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".gan")
  const stage = root.querySelector(".stage canvas")
  const [losses, modes] = root.querySelectorAll(".curves canvas")
  clearTimeout(root.timer)
  stage.setAttribute("aria-label", data.label)
  losses.setAttribute("aria-label", data.losses.label)
  modes.setAttribute("aria-label", data.modes_chart.label)
  const frames = data.frames.map((frame) => frame)
  let shown = frames[frames.length - 1]
  const redraw = () => {
    drawStage(stage, data, shown)
    drawCurves(losses, data.losses)
    drawCurves(modes, data.modes_chart)
  }
  const advance = () => {
    shown = frames.shift()
    drawStage(stage, data, shown)
    root.dataset.drawn = Number(root.dataset.drawn || 0) + 1
    root.dataset.update = shown.update
    if (frames.length) root.timer = setTimeout(advance, data.pause)
  }
  drawCurves(losses, data.losses)
  drawCurves(modes, data.modes_chart)
  advance()
  root.redraw = redraw
  root.observer ||= new ResizeObserver(() => root.redraw())
  root.observer.observe(root)
  root.querySelector("button").onclick = () => {
    const link = document.createElement("a")
    link.download = "gan.png"
    link.href = stage.toDataURL("image/png")
    link.click()
  }
}
"""
_component = st.components.v2.component("gan_stage", html=HTML, css=CSS, js=canvas_chart.JS + JS)
Metrics = Sequence[tuple[int, Mapping[str, float]]]


def stage_data(
    target: Target, frames: Sequence[Frame], reached: Coverage, metrics: Metrics, seconds: float
) -> dict[str, Any]:
    """What the component draws. ``seconds``: over which the frames are spread."""
    step = max(1, -(-len(metrics) // MAX_POINTS))
    kept = list(metrics)[::step]
    kept += [metrics[-1]] if metrics and kept[-1] != metrics[-1] else []
    last = frames[-1]
    return {
        "frames": [_encoded(frame) for frame in frames],
        "pause": round(1000 * seconds / len(frames)),
        "real": _coordinates(target.points[:: max(1, len(target.points) // N_REAL)]),
        "modes": _coordinates(target.modes),
        "covered": list(reached.covered),
        "radius": target.radius,
        "unit": UNIT,
        "reach": REACH,
        "cells": CELLS,
        "label": f"Real and generated points after update {last.update:,}: {reached.count} of {len(reached.covered)} "
        "modes are covered",
        "losses": _chart(kept, {"Generator": "generator_loss", "Discriminator": "discriminator_loss"}, "Loss"),
        "modes_chart": _chart(kept, {"Modes covered": "modes_covered"}, "Modes", (0.0, float(len(target.modes)))),
    }


def gan_stage(data: Mapping[str, Any], key: str | None = None) -> None:
    """Draw it. Without a ``key`` it stays as it is."""
    _component(key=key, data=dict(data))


def _encoded(frame: Frame) -> dict[str, Any]:
    return {
        "update": frame.update,
        "points": _coordinates(frame.points),
        "arrows": _coordinates(frame.arrows),
        "map": b64encode((frame.map * 255).round().astype(np.uint8).tobytes()).decode(),
    }


def _coordinates(points: NDArray[np.float32]) -> str:
    """Rows of x and y as 16-bit integers; what is far outside stands at the edge of what they hold."""
    return b64encode((points * UNIT).clip(-32767, 32767).round().astype("<i2").tobytes()).decode()


COLOURS = {"Generator": "#d9730d", "Discriminator": "#2f6fa3", "Modes covered": "#2e8b57"}


def _chart(
    metrics: Metrics, lines: Mapping[str, str], title: str, bounds: tuple[float, float] | None = None
) -> dict[str, Any]:
    values = {name: [one.get(field) for _, one in metrics] for name, field in lines.items()}
    every = [value for line in values.values() for value in line if value is not None]
    if bounds is None:
        low, high = np.quantile(every, (0.01, 0.99)).tolist() if every else (0.0, 1.0)
        margin = 0.08 * (high - low) or 0.5
        bounds = (low - margin, high + margin)
    return {
        "x": [step for step, _ in metrics],
        "xTitle": "Update",
        "yTitle": title,
        "range": bounds,
        "lines": [{"name": name, "colour": COLOURS[name], "y": line} for name, line in values.items()],
        "label": f"{title} against the number of updates: {', '.join(lines)}",
    }
