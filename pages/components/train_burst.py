"""A burst from the camera: frames are taken while a button is held, and stay in the browser until they are sent."""

import binascii
from base64 import b64decode
from collections.abc import Callable

import streamlit as st

from pages.components.actions import refusal_of
from pages.components.camera import REFUSALS
from zoo.core.errors import InputError, TooLargeError

SIDE, QUALITY = 320, 0.9  # of a frame: pixels of the longer side, and JPEG quality from 0 to 1
MAX_FRAMES, PER_SECOND = 60, 6  # of a batch; while the button is held
MAX_CHARACTERS = 400_000  # of a frame as base64
HTML = """
<div class="burst">
  <video muted playsinline aria-label="The camera's picture"></video>
  <div class="bar">
    <button type="button" class="open">Start the camera</button>
    <button type="button" class="hold" hidden>Hold to take pictures</button>
    <button type="button" class="send" hidden></button>
    <button type="button" class="discard" hidden>Discard all</button>
  </div>
  <p role="status"></p>
  <div class="frames" role="group" aria-label="Pictures taken"></div>
</div>
"""
CSS = """
:host { display: block }
.burst { color: var(--st-text-color); font-size: 0.9rem }
video { width: 100%; max-width: 26rem; border-radius: var(--st-base-radius); background: #222; aspect-ratio: 4 / 3 }
video:not(.live) { display: none }
.bar { display: flex; flex-wrap: wrap; gap: 0.5rem; padding-top: 0.5rem }
button { font: inherit; cursor: pointer; border-radius: var(--st-button-radius, 0.5rem) }
.bar button {
  padding: 0.45rem 0.9rem; color: var(--st-text-color); background: none; border: 1px solid var(--st-primary-color)
}
.bar .hold { flex: 1 1 12rem; font-weight: 600; touch-action: none; user-select: none; -webkit-user-select: none }
.bar .hold.held { background: var(--st-primary-color); color: var(--st-background-color) }
button:focus-visible { outline: 3px solid var(--st-link-color); outline-offset: 2px }
p { margin: 0.4rem 0; min-height: 1.4em }
.frames { display: flex; flex-wrap: wrap; gap: 4px; max-height: 11rem; overflow-y: auto }
.frames button { padding: 0; border: 0; background: none; line-height: 0; position: relative }
.frames img { width: 56px; height: 42px; object-fit: cover; border-radius: 4px }
.frames button:hover img, .frames button:focus-visible img { opacity: 0.4 }
[hidden] { display: none !important }
"""
JS = (
    REFUSALS
    + """
export default function ({ data, parentElement, setTriggerValue }) {
  const find = (name) => parentElement.querySelector(name)
  const root = find(".burst"), video = find("video"), status = find("[role=status]"), list = find(".frames")
  const open = find(".open"), hold = find(".hold"), send = find(".send"), discard = find(".discard")
  const state = (root.zoo ||= { number: 0, frames: [], waiting: false })

  const draw = (message) => {
    const count = state.frames.length
    send.hidden = discard.hidden = count === 0
    send.disabled = discard.disabled = state.waiting
    send.textContent = `Send ${count === 1 ? "1 picture" : `${count} pictures`}`
    hold.hidden = !state.stream
    video.classList.toggle("live", !!state.stream)
    open.textContent = state.stream ? "Stop the camera" : "Start the camera"
    if (message !== undefined) status.textContent = message
  }
  const add = (jpeg) => {
    const button = document.createElement("button"), image = document.createElement("img")
    button.type = "button"
    button.title = "Remove this picture"
    image.src = `data:image/jpeg;base64,${jpeg}`
    image.alt = `Picture ${state.frames.length + 1}: remove it`
    button.append(image)
    const frame = { jpeg, button }
    button.onclick = () => {
      if (state.waiting) return
      state.frames = state.frames.filter((other) => other !== frame)
      button.remove()
      draw(`${state.frames.length} not sent yet.`)
    }
    state.frames.push(frame)
    list.append(button)
    list.scrollTop = list.scrollHeight
  }
  const clear = () => {
    state.frames = []
    list.replaceChildren()
  }
  const take = () => {
    if (!state.stream || state.waiting || !video.videoWidth) return
    if (state.frames.length >= data.most) {
      release()
      return draw(`${data.most} pictures at a time: send these first.`)
    }
    const scale = Math.min(1, data.side / Math.max(video.videoWidth, video.videoHeight))
    const canvas = document.createElement("canvas")
    canvas.width = Math.round(video.videoWidth * scale)
    canvas.height = Math.round(video.videoHeight * scale)
    canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height)
    add(canvas.toDataURL("image/jpeg", data.quality).split(",")[1])
    draw(`${state.frames.length} not sent yet.`)
  }
  const press = () => {
    if (state.taking) return
    hold.classList.add("held")
    take()
    state.taking = setInterval(take, 1000 / data.per_second)
  }
  const release = () => {
    clearInterval(state.taking)
    state.taking = null
    hold.classList.remove("held")
  }
  const stop = (message) => {
    release()
    for (const track of state.stream?.getTracks() ?? []) track.stop()
    state.stream = null
    draw(message)
  }
  const start = async () => {
    if (!navigator.mediaDevices) return stop(INSECURE)
    open.disabled = true
    try {
      state.stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, facingMode: "environment" } })
      video.srcObject = state.stream
      await video.play()
      draw("The pictures stay in this browser until you send them.")
    } catch (error) {
      stop(REFUSED[error.name] ?? `The camera did not start (${error.name}).`)
    } finally {
      open.disabled = false
    }
  }
  open.onclick = () => (state.stream ? stop("Stopped.") : start())
  hold.onpointerdown = (event) => {
    hold.setPointerCapture(event.pointerId)
    press()
  }
  hold.onpointerup = hold.onpointercancel = hold.onlostpointercapture = hold.onblur = release
  hold.oncontextmenu = (event) => event.preventDefault()  // a long press on a phone
  hold.onkeydown = (event) => {
    if (event.key !== " " && event.key !== "Enter") return
    event.preventDefault()
    press()
  }
  hold.onkeyup = release
  discard.onclick = () => {
    clear()
    draw("Discarded.")
  }
  send.onclick = () => {
    if (state.waiting || !state.frames.length) return
    release()
    state.number += 1
    state.waiting = true
    draw("Sending…")
    setTriggerValue("batch", { number: state.number, frames: state.frames.map((frame) => frame.jpeg) })
  }
  if (state.waiting && data.answered === state.number) {
    state.waiting = false
    clear()
    draw(data.reply)
  }
  const hide = () => { if (document.hidden && state.stream) stop("Stopped: the page was left.") }
  document.addEventListener("visibilitychange", hide)
  clearTimeout(state.removal)
  draw()
  return () => {  // also before each update, which takes the removal back
    document.removeEventListener("visibilitychange", hide)
    state.removal = setTimeout(() => stop(""), 500)
  }
}
"""
)
_component = st.components.v2.component("train_burst", html=HTML, css=CSS, js=JS)


def burst(key: str, add: Callable[[list[bytes]], str]) -> None:
    """The camera's picture with a button that takes frames while it is held, and one that sends them all.

    ``add`` is called with the JPEG files of a batch, before the page is drawn again, and returns what is told of them.
    """
    reply = f"{key}-reply"
    answered, sentence = st.session_state.get(reply, (0, ""))

    def take() -> None:
        batch = st.session_state[key].get("batch")
        if batch is None:
            return
        number = batch.get("number") if isinstance(batch, dict) else None
        st.session_state[reply] = (number, sentence_of(batch))

    def sentence_of(batch: object) -> str:
        sentences: list[str] = []
        refused = refusal_of(lambda: sentences.append(add(decode_batch(batch))))
        return refused or sentences[0]

    data = {
        "side": SIDE,
        "quality": QUALITY,
        "most": MAX_FRAMES,
        "per_second": PER_SECOND,
        "answered": answered,
        "reply": sentence,
    }
    _component(key=key, data=data, on_batch_change=take)


def decode_batch(batch: object) -> list[bytes]:
    """The files of what a browser sent, which may be anything. Raises InputError, TooLargeError."""
    try:
        frames = batch["frames"]  # type: ignore[index]
        if not isinstance(frames, list) or not frames:
            raise InputError("The camera's pictures could not be read: take them again.")
        if len(frames) > MAX_FRAMES or any(len(str(frame)) > MAX_CHARACTERS for frame in frames):
            raise TooLargeError(f"Send at most {MAX_FRAMES} pictures of the camera at a time.")
        return [b64decode(str(frame), validate=True) for frame in frames]
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise InputError("The camera's pictures could not be read: take them again.") from error
