"""The tree of layers: names that open and close, with shapes, parameters and bars; a click chooses a layer."""

from collections.abc import Callable

import streamlit as st

from zoo.exhibits.inside.results import LayerRow, Layers

HTML = '<div class="tree"><div class="layers" role="table"></div></div>'
CSS = """
:host { display: block }
.layers { position: relative; font-size: 0.76rem; color: var(--st-text-color); max-height: 27rem; overflow: auto;
  padding: 2px }
.row { display: grid; grid-template-columns: minmax(7.5rem, 1fr) 5.4rem 3.5rem 3.1rem 3.7rem 3.2rem; gap: 0.2rem;
  align-items: center; min-width: 27rem }
.row > * { padding: 1px 0 }
.tree { container-type: inline-size }
@container (max-width: 28rem) {  /* the name on a line of its own: all numbers fit below it */
  .row { grid-template-columns: minmax(0, 1.5fr) repeat(4, minmax(0, 1fr)); min-width: 0 }
  .row .name { grid-column: 1 / -1 }
  .row .shape { padding-left: 1.3rem }
  .row.head > :first-child { display: none }
}
.head { position: sticky; top: -2px; background: var(--st-background-color); font-weight: 600; z-index: 1 }
.row .number { text-align: right; font-variant-numeric: tabular-nums; position: relative; padding: 1px 3px }
.bar { position: absolute; inset: 2px auto 2px 0; border-radius: 2px; opacity: 0.32;
  background: var(--st-primary-color) }
.name { display: flex; align-items: center; min-width: 0 }
.name button { font: inherit; color: inherit; background: none; border: 0; cursor: pointer; text-align: left;
  padding: 1px 4px; border-radius: 4px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.name .fold { flex: none; width: 1.3rem; padding: 0; text-align: center }
.name .space { flex: none; width: 1.3rem }
.name .choose { flex: none; max-width: 70% }
.name .kind { opacity: 0.75; padding-left: 0.3rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.name button:hover { background: color-mix(in srgb, var(--st-primary-color) 18%, transparent) }
.row.chosen .name .choose { outline: 2px solid var(--st-primary-color); font-weight: 600 }
.row.idle { opacity: 0.6 }
.shape { overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
button:focus-visible { outline: 3px solid var(--st-link-color); outline-offset: -1px }
"""
JS = """
export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".layers")
  const state = (root.zoo ||= { open: new Set(), model: null })
  if (state.model !== data.model) {
    state.model = data.model
    state.open = new Set(data.rows.filter((row) => row.depth < 2).map((row) => row.name))
  }
  const parts = data.chosen.split(".")
  if (state.chosen !== data.chosen) parts.forEach((_, end) => state.open.add(parts.slice(0, end).join(".")))
  state.chosen = data.chosen
  const element = (tag, kind, text) => {
    const made = document.createElement(tag)
    if (kind) made.className = kind
    if (text !== undefined) made.textContent = text
    return made
  }
  const cell = (text, share) => {
    const made = element("span", "number", text)
    made.setAttribute("role", "cell")
    if (share > 0) {
      const bar = element("i", "bar")
      bar.style.width = `${100 * share}%`
      made.append(bar)
    }
    return made
  }
  const build = (row) => {
    const line = element("div", "row"), name = element("span", "name")
    line.setAttribute("role", "row")
    line.classList.toggle("chosen", row.name === data.chosen)
    line.classList.toggle("idle", !row.calls)
    name.setAttribute("role", "rowheader")
    name.style.paddingLeft = `${0.45 * row.depth}rem`
    if (row.leaf) name.append(element("span", "space"))
    else {
      const open = state.open.has(row.name), fold = element("button", "fold", open ? "\\u25BE" : "\\u25B8")
      fold.type = "button"
      fold.setAttribute("aria-expanded", open)
      fold.setAttribute("aria-label", `Layers in ${row.name || data.model}`)
      fold.onclick = () => {
        if (!state.open.delete(row.name)) state.open.add(row.name)
        draw()
      }
      name.append(fold)
    }
    const choose = element("button", "choose", row.label)
    choose.type = "button"
    choose.title = `${row.name || data.model}: ${row.kind}`
    choose.setAttribute("aria-pressed", row.name === data.chosen)
    choose.disabled = !row.calls || !row.name
    choose.onclick = () => setTriggerValue("layer", row.name)
    name.append(choose, element("span", "kind", row.kind))
    const shape = element("span", "shape", row.calls ? row.shape : "not called")
    shape.setAttribute("role", "cell")
    shape.title = row.shape
    line.append(name, shape, ...row.numbers.map((number) => cell(number.text, number.share)))
    return line
  }
  const head = () => {
    const line = element("div", "row head")
    line.setAttribute("role", "row")
    data.head.forEach(([title, help], index) => {
      const made = element("span", index > 1 ? "number" : "", title)
      made.setAttribute("role", "columnheader")
      made.title = help
      line.append(made)
    })
    return line
  }
  const draw = () => {
    const visible = data.rows.filter((row) => {
      if (!row.name) return true
      const path = row.name.split(".")
      return path.every((_, end) => state.open.has(path.slice(0, end).join(".")))
    })
    const top = root.scrollTop
    root.replaceChildren(head(), ...visible.map(build))
    root.scrollTop = top
  }
  root.setAttribute("aria-label", `Layers of ${data.model}`)
  draw()
  const line = root.querySelector(".chosen")  // into view, but only within the tree
  const below = line ? line.offsetTop - root.scrollTop : 0
  if (line && (below < line.offsetHeight || below > root.clientHeight - 2 * line.offsetHeight))
    root.scrollTop = Math.max(0, line.offsetTop - root.clientHeight / 3)
}
"""
_component = st.components.v2.component("inside_tree", html=HTML, css=CSS, js=JS)
HEAD = (
    ("Layer", "The module's name within the one around it, and its kind."),
    ("Output", "The shape of its output: batch, then channels, height and width, or tokens and units."),
    ("Params", "Parameters: numbers that training sets, those of the modules in it included."),
    ("MACs", "Multiply-accumulate operations: a product of two numbers that is added to a sum."),
    ("Time", "The median over the timed passes, measured on this machine."),
    ("Memory", "Bytes of the tensors that its operations made."),
)


def layer_tree(result: Layers, chosen: str, choose: Callable[[str], None]) -> None:
    """Calls ``choose`` with the name of a layer that is clicked, before the page runs again."""

    def on_layer() -> None:
        name = st.session_state["inside-tree"].get("layer")
        if isinstance(name, str):
            choose(name)

    whole = result.rows[0]
    rows = [_row(row, whole) for row in result.rows]
    data = {"model": result.model, "rows": rows, "chosen": chosen, "head": HEAD}
    _component(key="inside-tree", data=data, on_layer_change=on_layer)


def _row(row: LayerRow, whole: LayerRow) -> dict[str, object]:
    pairs = (
        (short(row.parameters), row.parameters, whole.parameters),
        (short(row.macs), row.macs, whole.macs),
        (f"{row.milliseconds:.2f} ms", row.milliseconds, whole.milliseconds),
        (size_of(row.bytes), row.bytes, whole.bytes),
    )
    return {
        "name": row.name,
        "label": row.name.rpartition(".")[2] or "whole network",
        "kind": row.kind,
        "shape": " × ".join(map(str, row.output)),
        "depth": row.depth,
        "leaf": row.is_leaf,
        "calls": row.calls,
        "numbers": [
            {"text": text, "share": min(1.0, part / total) if total and row.name else 0} for text, part, total in pairs
        ],
    }


def short(number: float) -> str:
    """Three digits and a unit.

    >>> short(0), short(950), short(11_279_112)
    ('0', '950', '11.3 M')
    """
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:.3g} {unit}"
    return f"{number:.0f}"


def size_of(count: float) -> str:
    """Bytes.

    >>> size_of(950), size_of(18_021_152)
    ('950 B', '18 MB')
    """
    return f"{short(count)}B" if count >= 1000 else f"{count:.0f} B"
