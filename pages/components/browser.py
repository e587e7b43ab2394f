"""Beside the widgets: a file dropped anywhere or pasted is uploaded, and a phone's menu closes after a choice."""

import streamlit as st

# The uploader of the open tab receives what is dropped or pasted anywhere: its own input gets the files.
JS = """
const UPLOADER = '[data-testid="stFileUploaderDropzoneInput"]'
const PHONE = 768  // pixels: below, the sidebar lies over the page

function upload(event, files) {
  const input = [...document.querySelectorAll(UPLOADER)].find(
    (one) => one.closest('[data-testid="stFileUploader"]').getClientRects().length)
  if (!input || !files.length) return
  event.preventDefault()
  const transfer = new DataTransfer()
  for (const file of [...files].slice(0, input.multiple ? files.length : 1)) transfer.items.add(file)
  input.files = transfer.files
  input.dispatchEvent(new Event("change", { bubbles: true }))
}

function onDrop(event) {
  const inside = event.target.closest && event.target.closest('[data-testid="stFileUploaderDropzone"]')
  if (!inside) upload(event, event.dataTransfer.files)
}

const onPaste = (event) => upload(event, event.clipboardData.files)
const onDragOver = (event) => { if (event.dataTransfer.types.includes("Files")) event.preventDefault() }

function onClick(event) {
  if (innerWidth < PHONE && event.target.closest && event.target.closest('[data-testid="stSidebarNavLink"]'))
    document.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click()
}

export default function () {
  const listeners = { drop: onDrop, paste: onPaste, dragover: onDragOver, click: onClick }
  for (const [name, listener] of Object.entries(listeners)) document.addEventListener(name, listener)
  return () => {
    for (const [name, listener] of Object.entries(listeners)) document.removeEventListener(name, listener)
  }
}
"""
_listener = st.components.v2.component("browser", js=JS)


def listen() -> None:
    """Draws nothing."""
    _listener(key="browser", height=0)
