"""A flame graph: spans of time side by side, those within others below them; a click makes one fill the width."""

from collections.abc import Sequence

import streamlit as st

from zoo.exhibits.inside.results import Span

HTML = """
<div class="flame">
  <div class="bar"><button type="button" class="out">Whole prediction</button><output aria-live="polite"></output></div>
  <svg role="img"></svg>
</div>
"""
CSS = """
:host { display: block }
.flame { color: var(--st-text-color); font-size: 0.82rem }
.bar { display: flex; flex-wrap: wrap; gap: 0.6rem; align-items: center; min-height: 2.1rem }
button { font: inherit; color: inherit; padding: 0.2rem 0.8rem; cursor: pointer; background: none;
  border: 1px solid var(--st-border-color, #8888); border-radius: var(--st-button-radius, 0.5rem) }
button:disabled { opacity: 0.5; cursor: default }
button:focus-visible, rect:focus-visible { outline: 3px solid var(--st-link-color) }
svg { width: 100%; display: block }
rect { cursor: pointer; stroke: var(--st-background-color); stroke-width: 0.6 }
rect.layer { fill: #e08e45 }
rect.operator { fill: #5b8fd1 }
rect:hover { filter: brightness(1.15) }
text { font-size: 11px; fill: #10151c; pointer-events: none }
"""
JS = """
const HEIGHT = 17, SPACE = "http://www.w3.org/2000/svg", LEAST = 0.6  // pixels of a row, and of a span that is drawn
export default function ({ data, parentElement }) {
  const find = (name) => parentElement.querySelector(name)
  const root = find(".flame"), svg = find("svg"), out = find(".out"), told = find("output")
  const state = (root.zoo ||= {})
  if (state.key !== data.key) { state.key = data.key; state.zoom = null }
  const spans = data.spans.map(([name, start, duration, depth, layer]) => ({ name, start, duration, depth, layer }))
  const whole = spans[0] ?? { start: 0, duration: 1, depth: 0, name: "" }
  const percent = (span) => (100 * span.duration / whole.duration).toFixed(1)
  const text = (span) => `${span.name}: ${span.duration.toFixed(3)} ms, ${percent(span)}% of the prediction`
  svg.setAttribute("aria-label", data.label)
  const draw = () => {
    const width = svg.clientWidth || 900, view = state.zoom ?? whole
    const scale = width / view.duration, end = view.start + view.duration
    const visible = spans.filter((span) => span.start < end && span.start + span.duration > view.start)
    const depth = Math.max(...visible.map((span) => span.depth), 0) + 1
    svg.setAttribute("height", depth * HEIGHT)
    const nodes = []
    for (const span of visible) {
      const from = Math.max(span.start, view.start), to = Math.min(span.start + span.duration, end)
      const x = (from - view.start) * scale, w = (to - from) * scale
      if (w < LEAST) continue
      const rect = document.createElementNS(SPACE, "rect"), title = document.createElementNS(SPACE, "title")
      rect.setAttribute("class", span.layer ? "layer" : "operator")
      for (const [name, value] of [["x", x], ["y", span.depth * HEIGHT], ["width", w], ["height", HEIGHT - 1]])
        rect.setAttribute(name, value)
      title.textContent = text(span)
      rect.append(title)
      rect.onclick = () => zoom(span)
      rect.onmouseenter = () => { told.textContent = text(span) }
      nodes.push(rect)
      if (w < 34) continue
      const label = document.createElementNS(SPACE, "text"), most = Math.floor((w - 6) / 6.2)
      label.setAttribute("x", x + 3)
      label.setAttribute("y", span.depth * HEIGHT + 12)
      label.textContent = span.name.length > most ? `${span.name.slice(0, Math.max(1, most - 1))}\\u2026` : span.name
      nodes.push(label)
    }
    svg.replaceChildren(...nodes)
    out.disabled = !state.zoom
  }
  const zoom = (span) => {
    state.zoom = span === whole ? null : span
    told.textContent = text(span)
    draw()
  }
  out.onclick = () => zoom(whole)
  told.textContent = text(state.zoom ?? whole)
  const observer = new ResizeObserver(draw)
  observer.observe(root)
  draw()
  return () => observer.disconnect()
}
"""
_component = st.components.v2.component("inside_flame", html=HTML, css=CSS, js=JS)


def flame_graph(key: str, spans: Sequence[Span], label: str) -> None:
    """``key``: equal for the same prediction, whose zoom then stays. ``label``: the alternative text."""
    rows = [
        (span.name, round(span.start_ms, 4), round(span.duration_ms, 4), span.depth, span.is_layer) for span in spans
    ]
    _component(key="inside-flame", data={"key": key, "spans": rows, "label": label})
