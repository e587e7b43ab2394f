"""A camera that runs: frames go to this server one by one, each after the answer to the one before."""

import binascii
from base64 import b64decode

import streamlit as st
from PIL import Image

from zoo.core.errors import InputError, ZooError
from zoo.core.images import decode_image

SIDE, QUALITY = 320, 0.8  # of a frame: pixels of the longer side, and JPEG quality from 0 to 1
MAX_CHARACTERS = 1_000_000  # of a frame as base64
HTML = """
<div class="camera">
  <video muted playsinline aria-label="The camera's picture"></video>
  <div class="bar"><button type="button">Start the camera</button><span role="status"></span></div>
</div>
"""
CSS = """
:host { display: block }
.camera { color: var(--st-text-color); font-size: 0.9rem }
video { width: 100%; border-radius: var(--st-base-radius); background: #222; aspect-ratio: 4 / 3; display: none }
.live video { display: block }
.bar { display: flex; gap: 0.8rem; align-items: center; padding-top: 0.5rem }
button {
  flex: none;
  font: inherit; padding: 0.4rem 1.1rem; cursor: pointer; border-radius: var(--st-button-radius, 0.5rem);
  border: 1px solid var(--st-primary-color); background: var(--st-primary-color); color: var(--st-background-color)
}
button:focus-visible { outline: 3px solid var(--st-link-color); outline-offset: 2px }
"""
# Why a camera does not open, for every component that opens one.
REFUSALS = """
const REFUSED = {
  NotAllowedError: "The browser refused the camera: allow it for this page, then start it again.",
  NotFoundError: "There is no camera on this device.",
  NotReadableError: "Another program has the camera: close it there, then start it again.",
}
const INSECURE = "Browsers open a camera only for localhost and over https."
"""
JS = (
    REFUSALS
    + """
const PAUSE = 120  // milliseconds between an answer and the next frame

export default function ({ data, parentElement, setStateValue }) {
  const find = (name) => parentElement.querySelector(name)
  const root = find(".camera"), video = find("video"), button = find("button"), status = find("[role=status]")
  const state = (root.zoo ||= { number: 0, waiting: false })

  const send = () => {
    if (!state.stream || state.waiting || !video.videoWidth) return
    const scale = Math.min(1, data.side / Math.max(video.videoWidth, video.videoHeight))
    const canvas = document.createElement("canvas")
    canvas.width = Math.round(video.videoWidth * scale)
    canvas.height = Math.round(video.videoHeight * scale)
    canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height)
    state.number += 1
    state.waiting = true
    const jpeg = canvas.toDataURL("image/jpeg", data.quality).split(",")[1]
    setStateValue("frame", { number: state.number, jpeg })
  }
  const stop = (message) => {
    for (const track of state.stream?.getTracks() ?? []) track.stop()
    state.stream = null
    clearTimeout(state.timer)
    root.classList.remove("live")
    button.textContent = "Start the camera"
    status.textContent = message
  }
  const start = async () => {
    if (!navigator.mediaDevices) return stop(INSECURE)
    button.disabled = true
    try {
      state.stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, facingMode: "environment" } })
      video.srcObject = state.stream
      await video.play()
      root.classList.add("live")
      button.textContent = "Stop the camera"
      status.textContent = "Each frame goes to this server only and is not kept."
      state.waiting = false
      send()
    } catch (error) {
      stop(REFUSED[error.name] ?? `The camera did not start (${error.name}).`)
    } finally {
      button.disabled = false
    }
  }
  button.onclick = () => (state.stream ? stop("Stopped.") : start())
  if (state.waiting && data.answered === state.number) {
    state.waiting = false
    clearTimeout(state.timer)
    state.timer = setTimeout(send, PAUSE)
  }
  clearTimeout(state.removal)
  return () => {  // also before each update, which takes the removal back
    state.removal = setTimeout(() => stop(""), 500)
  }
}
"""
)
_component = st.components.v2.component("camera", html=HTML, css=CSS, js=JS)


def latest_frame(key: str) -> tuple[int, Image.Image | None]:
    """The number of the frame that the browser sent last under ``key``, and the frame; 0 and None before the first."""
    frame = st.session_state.get(key, {}).get("frame")
    return decode_frame(frame) if frame else (0, None)


def decode_frame(frame: object) -> tuple[int, Image.Image | None]:
    """The number and the picture of what a browser sent, which may be anything. Raises InputError."""
    try:
        number, text = int(frame["number"]), str(frame["jpeg"])  # type: ignore[index]
        if len(text) > MAX_CHARACTERS:
            raise InputError("The camera's frame is too large: reload the page.")
        return number, decode_image(b64decode(text, validate=True))
    except (KeyError, TypeError, ValueError, OverflowError, binascii.Error) as error:
        if isinstance(error, ZooError):
            raise
        raise InputError("The camera's frame could not be read: reload the page.") from error


def camera(key: str, answered: int) -> None:
    """The camera's picture with a button that starts and stops it. Its fragment reruns with each frame.

    ``answered``: the number of the frame whose answer this run draws; the browser sends the next one then.
    """
    data = {"side": SIDE, "quality": QUALITY, "answered": answered}
    _component(key=key, data=data, on_frame_change=lambda: None)
