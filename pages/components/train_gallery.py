"""Pictures to select in the browser, and what is done with those that are selected: one message to the server each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

HTML = """
<div class="gallery">
  <div class="grid" role="group"></div>
  <div class="bar">
    <button type="button" class="all">Select all</button>
    <select aria-label="Class to give to the selected pictures"></select>
    <span class="actions"></span>
    <span role="status"></span>
  </div>
</div>
"""
CSS = """
:host { display: block }
.gallery { color: var(--st-text-color); font-size: 0.85rem }
.grid {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(var(--side), 1fr)); gap: 0.4rem;
  align-items: start; max-height: var(--height); overflow-y: auto; padding: 3px
}
.grid button {
  position: relative; padding: 0; border: 0; background: none; color: inherit; font: inherit; cursor: pointer;
  text-align: left; border-radius: var(--st-base-radius); min-width: 0
}
.grid img {
  width: 100%; aspect-ratio: 1; object-fit: cover; display: block; border-radius: var(--st-base-radius);
  outline: 1px solid var(--st-border-color); outline-offset: -1px
}
.grid button[aria-pressed=true] img { outline: 4px solid var(--st-primary-color); outline-offset: -4px; opacity: 0.8 }
.grid button[aria-pressed=true]::after {
  content: "\\2713"; position: absolute; top: 0.3rem; right: 0.3rem; width: 1.4rem; height: 1.4rem; line-height: 1.4rem;
  text-align: center; border-radius: 50%; background: var(--st-primary-color); color: var(--st-background-color)
}
.mark {
  position: absolute; top: 0.3rem; left: 0.3rem; max-width: calc(100% - 2.2rem); padding: 0 0.4rem; overflow: hidden;
  border-radius: 1rem; background: rgb(0 0 0 / 75%); color: white; font-size: 0.72rem; line-height: 1.5;
  text-overflow: ellipsis; white-space: nowrap
}
.caption { display: block; overflow-wrap: anywhere; line-height: 1.25; padding-top: 0.15rem }
.bar { display: flex; flex-wrap: wrap; gap: 0.4rem; align-items: center; padding-top: 0.4rem }
.actions { display: contents }
.bar button, select {
  font: inherit; padding: 0.25rem 0.7rem; border-radius: var(--st-button-radius, 0.5rem); cursor: pointer;
  color: var(--st-text-color); background: var(--st-background-color); border: 1px solid var(--st-border-color);
  max-width: 12rem
}
.bar button:disabled { cursor: default; opacity: 0.55 }
.bar button:hover:not(:disabled) { border-color: var(--st-primary-color) }
button:focus-visible, select:focus-visible { outline: 3px solid var(--st-link-color); outline-offset: 1px }
[hidden] { display: none !important }
"""
JS = """
export default function ({ data, parentElement, setTriggerValue }) {
  const find = (name) => parentElement.querySelector(name)
  const root = find(".gallery"), grid = find(".grid"), choice = find("select"), all = find(".all")
  const state = (root.zoo ||= { selected: new Set(), number: 0 })
  const known = new Set(data.pictures.map((picture) => picture.id))
  state.selected = new Set([...state.selected].filter((id) => known.has(id)))
  root.style.setProperty("--side", `${data.side}px`)
  root.style.setProperty("--height", `${data.height}px`)
  grid.setAttribute("aria-label", data.label)

  const send = (action) => {
    state.number += 1
    const message = { number: state.number, action, ids: [...state.selected], label: choice.value }
    state.selected = new Set()
    draw()
    setTriggerValue("act", message)
  }
  const draw = () => {
    const count = state.selected.size
    for (const button of grid.children) button.setAttribute("aria-pressed", state.selected.has(button.dataset.id))
    for (const button of find(".actions").children) button.disabled = count === 0
    all.textContent = count && count === known.size ? "Select none" : "Select all"
    find("[role=status]").textContent = count ? `${count} selected` : ""
  }
  const toggle = (id) => {
    if (!state.selected.delete(id)) state.selected.add(id)
    draw()
  }
  const build = () => grid.replaceChildren(...data.pictures.map((picture) => {
    const button = document.createElement("button"), image = document.createElement("img")
    button.type = "button"
    button.dataset.id = picture.id
    image.src = picture.url
    image.alt = picture.text
    button.append(image)
    for (const name of ["mark", "caption"]) {
      if (!picture[name]) continue
      const span = document.createElement("span")
      span.className = name
      span.textContent = picture[name]
      if (name === "mark") span.title = picture[name]
      button.append(span)
    }
    return button
  }))
  const drawn = JSON.stringify(data.pictures.map(({ id, text, mark, caption }) => [id, text, mark, caption]))
  if (state.drawn !== drawn) build()  // else what has the focus keeps it
  state.drawn = drawn
  for (const button of grid.children) button.onclick = () => toggle(button.dataset.id)
  const before = choice.value
  choice.replaceChildren(...data.classes.map((name) => new Option(name, name)))
  if (data.classes.includes(before)) choice.value = before
  choice.hidden = !data.actions.some((action) => action.name === "relabel") || data.classes.length === 0
  find(".actions").replaceChildren(...data.actions.map((action) => {
    const button = document.createElement("button")
    button.type = "button"
    button.textContent = action.text
    if (action.help) button.title = action.help
    button.onclick = () => send(action.name)
    return button
  }))
  all.hidden = data.actions.length === 0
  all.onclick = () => {
    state.selected = state.selected.size === known.size ? new Set() : new Set(known)
    draw()
  }
  draw()
}
"""
_component = st.components.v2.component("train_gallery", html=HTML, css=CSS, js=JS)


@dataclass(frozen=True)
class Shot:
    """A picture of a gallery. ``text``: its alternative text; ``mark``: on it; ``caption``: below it."""

    id: str
    url: str
    text: str
    mark: str = ""
    caption: str = ""


@dataclass(frozen=True)
class Action:
    """A button of a gallery. ``do`` is given the ids of the selected pictures and the chosen class."""

    name: str
    text: str
    do: Callable[[list[str], str], object]
    help: str = ""


def gallery(
    key: str,
    pictures: Sequence[Shot],
    actions: Sequence[Action] = (),
    classes: Sequence[str] = (),
    label: str = "Pictures",
    side: int = 96,
    height: int = 420,
) -> None:
    """A grid of pictures of at least ``side`` pixels each, and buttons for those that the visitor selects.

    ``classes``: offered beside an action named "relabel". An action is done before the page is drawn again.
    """

    def act() -> None:
        message: Any = st.session_state[key].get("act")
        wanted = read_message(message, {picture.id for picture in pictures}, classes)
        if wanted is None:
            return
        name, ids, chosen = wanted
        for action in actions:
            if action.name == name:
                action.do(ids, chosen)

    data = {
        "pictures": [vars(picture) for picture in pictures],
        "actions": [{"name": each.name, "text": each.text, "help": each.help} for each in actions],
        "classes": list(classes),
        "label": label,
        "side": side,
        "height": height,
    }
    _component(key=key, data=data, on_act_change=act)


def read_message(message: Any, known: set[str], classes: Sequence[str]) -> tuple[str, list[str], str] | None:
    """Action, pictures and class of what a browser sent, which may be anything: None where it makes no sense."""
    if not isinstance(message, dict) or not isinstance(message.get("ids"), list):
        return None
    ids = [one for one in message["ids"] if isinstance(one, str) and one in known]
    chosen = message.get("label", "")
    if not ids or (message.get("action") == "relabel" and chosen not in classes):
        return None
    return str(message.get("action")), ids, str(chosen)
