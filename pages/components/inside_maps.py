"""Feature maps on buttons: a grid of pictures of which one is chosen."""

from collections.abc import Callable, Sequence

import streamlit as st
from PIL import Image

from pages.components.data_urls import data_url
from zoo.core.images import encode_png

HTML = '<div class="maps" role="group"></div>'
CSS = """
:host { display: block }
.maps { display: flex; flex-wrap: wrap; gap: 4px; max-height: 26rem; overflow-y: auto; padding: 3px }
button { border: 0; padding: 0; cursor: pointer; position: relative; border-radius: 4px; background-repeat: no-repeat;
  image-rendering: pixelated }
button[aria-pressed=true] { outline: 3px solid var(--st-primary-color); outline-offset: 0 }
button:focus-visible { outline: 3px solid var(--st-link-color); outline-offset: 0 }
span { position: absolute; left: 2px; bottom: 2px; font-size: 0.68rem; line-height: 1.25; padding: 0 3px;
  border-radius: 3px; background: rgb(0 0 0 / 72%); color: white }
"""
JS = """
export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".maps")
  root.setAttribute("aria-label", data.label)
  root.replaceChildren(...data.units.map((unit, index) => {
    const button = document.createElement("button"), number = document.createElement("span")
    const column = index % data.columns, row = Math.floor(index / data.columns)
    button.type = "button"
    Object.assign(button.style, {
      width: `${data.width}px`, height: `${data.height}px`, backgroundImage: `url("${data.url}")`,
      backgroundPosition: `${-column * (data.width + data.gap)}px ${-row * (data.height + data.gap)}px`,
    })
    button.setAttribute("aria-pressed", unit.number === data.chosen)
    button.setAttribute("aria-label", unit.text)
    button.title = unit.text
    button.onclick = () => setTriggerValue("unit", unit.number)
    number.textContent = unit.number
    button.append(number)
    return button
  }))
}
"""
_component = st.components.v2.component("inside_maps", html=HTML, css=CSS, js=JS)


def map_grid(
    sheet: Image.Image,
    tile: tuple[int, int],
    gap: int,
    columns: int,
    units: Sequence[tuple[int, str]],
    chosen: int,
    choose: Callable[[int], None],
) -> None:
    """``sheet``: all maps in rows of ``columns`` tiles. ``units``: by tile the unit's number and a text about it."""

    def on_unit() -> None:
        number = st.session_state["inside-maps"].get("unit")
        if isinstance(number, int | float):
            choose(int(number))

    data = {
        "url": data_url(encode_png(sheet, compress_level=1), "image/png"),
        "width": tile[0],
        "height": tile[1],
        "gap": gap,
        "columns": columns,
        "units": [{"number": number, "text": text} for number, text in units],
        "chosen": chosen,
        "label": "Feature maps, the strongest first",
    }
    _component(key="inside-maps", data=data, on_unit_change=on_unit)
