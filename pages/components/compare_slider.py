"""Two pictures in one place with a divider between them, which a pointer or the arrow keys move."""

from collections.abc import Mapping
from io import BytesIO

import streamlit as st
from PIL import Image

from pages.components.data_urls import data_url
from zoo.core.images import encode_png

HTML = """
<div class="compare">
  <div class="frame">
    <img class="right"><img class="left">
    <span class="name"></span><span class="name"></span>
    <div class="divider"></div>
    <input type="range" min="0" max="100" step="1">
  </div>
  <div class="choice" role="radiogroup"></div>
</div>
"""
CSS = """
:host { display: block }
.compare { color: var(--st-text-color); font-size: 0.85rem }
.frame { position: relative; overflow: hidden; border-radius: var(--st-base-radius); line-height: 0 }
img { width: 100%; display: block; object-fit: cover }
img.left { position: absolute; inset: 0; height: 100% }
.pixelated img { image-rendering: pixelated }
.name {
  position: absolute; top: 0.5rem; right: 0.5rem; padding: 0.1rem 0.5rem; border-radius: 1rem; line-height: 1.4;
  background: rgb(0 0 0 / 72%); color: white; pointer-events: none;
}
.name + .name { right: auto; left: 0.5rem }
.divider {
  position: absolute; top: 0; bottom: 0; width: 2px; margin-left: -1px; background: white;
  box-shadow: 0 0 3px black; pointer-events: none;
}
.divider::after {
  content: "\\2194"; position: absolute; top: 50%; left: 50%; transform: translate(-50%, -50%); width: 1.9rem;
  height: 1.9rem; line-height: 1.8rem; text-align: center; border-radius: 50%; background: white; color: black;
  font-size: 1.1rem; box-shadow: 0 0 4px rgb(0 0 0 / 60%);
}
input { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; opacity: 0; cursor: ew-resize }
.frame:focus-within { outline: 3px solid var(--st-primary-color); outline-offset: 2px }
.choice { display: flex; flex-wrap: wrap; gap: 0.4rem; padding-top: 0.45rem }
.choice:empty { display: none }
.choice button {
  font: inherit; padding: 0.15rem 0.7rem; border-radius: 1rem; cursor: pointer; color: inherit; background: none;
  border: 1px solid var(--st-border-color)
}
.choice button[aria-checked=true] { border-color: var(--st-primary-color); border-width: 2px; font-weight: 600 }
"""
JS = """
export default function ({ data, parentElement }) {
  const find = (name) => parentElement.querySelector(name)
  const root = find(".compare"), range = find("input"), left = find(".left"), right = find(".right")
  const [rightName, leftName] = parentElement.querySelectorAll(".name")
  root.classList.toggle("pixelated", data.pixelated)
  if (range.dataset.moved !== "yes") range.value = data.position
  const show = (image, picture) => {
    if (image.src !== picture.url) image.src = picture.url
    image.alt = picture.text
  }
  const place = () => {
    left.style.clipPath = `inset(0 ${100 - range.value}% 0 0)`
    find(".divider").style.left = `${range.value}%`
    leftName.hidden = range.value < 8
    rightName.hidden = range.value > 92
    range.setAttribute("aria-valuetext", `${leftName.textContent} ${range.value}%`)
  }
  const choose = (number) => {
    root.dataset.chosen = number
    show(left, data.lefts[number])
    leftName.textContent = data.lefts[number].name
    range.setAttribute("aria-label", `Divider between ${data.lefts[number].name} and ${data.right.name}`)
    find(".choice").querySelectorAll("button").forEach((button, index) => {
      button.setAttribute("aria-checked", index === number)
      button.tabIndex = index === number ? 0 : -1
    })
    place()
  }
  show(right, data.right)
  rightName.textContent = data.right.name
  const choice = find(".choice")
  choice.setAttribute("aria-label", "Left of the divider")
  choice.replaceChildren(...(data.lefts.length > 1 ? data.lefts : []).map((picture, index) => {
    const button = document.createElement("button")
    button.type = "button"
    button.setAttribute("role", "radio")
    button.textContent = picture.name
    button.onclick = () => choose(index)
    return button
  }))
  choice.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key]
    if (!step) return
    event.preventDefault()
    choose((Number(root.dataset.chosen) + step + data.lefts.length) % data.lefts.length)
    choice.querySelectorAll("button")[root.dataset.chosen].focus()
  }
  range.oninput = () => {
    range.dataset.moved = "yes"
    place()
  }
  choose(Math.min(Number(root.dataset.chosen || 0), data.lefts.length - 1))
}
"""
_component = st.components.v2.component("compare_slider", html=HTML, css=CSS, js=JS)
Named = Mapping[str, tuple[Image.Image, str]]


def compare_slider(key: str, lefts: Named, right: Named, position: int = 50, exact: bool = False) -> None:
    """The right picture, covered from the left by one of ``lefts``; buttons choose which, where there are several.

    ``lefts`` and ``right``: by name, a picture and its alternative text; all are stretched to the size of ``right``,
    which has one entry. ``position`` of the divider at first, in percent. ``exact``: no compression and no smoothing.
    The divider stays where the visitor put it while the pictures change.
    """
    (after,) = (_picture(name, *picture, exact) for name, picture in right.items())
    data = {
        "lefts": [_picture(name, *picture, exact) for name, picture in lefts.items()],
        "right": after,
        "position": position,
        "pixelated": exact,
    }
    _component(key=key, data=data)


def _picture(name: str, image: Image.Image, text: str, exact: bool) -> dict[str, str]:
    if exact:
        return {"name": name, "text": text, "url": data_url(encode_png(image, compress_level=1), "image/png")}
    file = BytesIO()
    image.convert("RGB").save(file, "JPEG", quality=92)
    return {"name": name, "text": text, "url": data_url(file.getvalue(), "image/jpeg")}
