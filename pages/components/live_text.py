"""A text field that reruns the script while the visitor types; Streamlit's own reruns it when the field loses focus."""

import streamlit as st

HTML = """
<label for="text"></label>
<textarea id="text" rows="2" spellcheck="false"></textarea>
"""
CSS = """
:host { display: block }
label { display: block; font-size: 0.875rem; margin-bottom: 0.2rem }
textarea {
  box-sizing: border-box; width: 100%; resize: vertical; padding: 0.45rem 0.8rem;
  field-sizing: content; min-height: 4.2rem; max-height: 16rem;
  font: inherit; font-size: 1.1rem; line-height: 1.4; color: var(--st-text-color);
  background: var(--st-secondary-background-color);
  border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius);
}
textarea:focus { outline: 2px solid var(--st-primary-color); outline-offset: 1px }
"""
JS = """
const DEBOUNCE = 120  // milliseconds without a key before the script runs

export default function ({ data, parentElement, setStateValue }) {
  const area = parentElement.querySelector("textarea")
  parentElement.querySelector("label").textContent = data.label
  area.maxLength = data.max_characters
  if (!area.dataset.initialised) {
    area.value = data.text
    area.dataset.initialised = "yes"
  }
  let timer
  const send = () => { clearTimeout(timer); timer = null; setStateValue("text", area.value) }
  area.oninput = () => {
    clearTimeout(timer)
    timer = setTimeout(send, DEBOUNCE)
  }
  // What was typed just before a button was pressed is sent before it.
  area.onblur = () => { if (timer) send() }
  area.onkeydown = (event) => { if (timer && event.key === "Enter" && (event.ctrlKey || event.metaKey)) send() }
}
"""
_field = st.components.v2.component("live_text", html=HTML, css=CSS, js=JS)


def live_text(label: str, text: str, key: str, max_characters: int) -> str:
    """The text in the field; ``text`` is its initial value. A new ``key`` makes a new field."""
    data = {"label": label, "text": text, "max_characters": max_characters}
    return str(_field(key=key, data=data, default={"text": text}, on_text_change=lambda: None).text)
