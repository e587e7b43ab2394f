"""What comes into the stream: several files at once, an archive, a photograph, or the frames of a camera."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from pages.components import layout
from pages.components.autoencoder_session import NOTES, Session, add
from pages.components.autoencoder_wall import draw_wall
from pages.components.camera import camera, latest_frame
from pages.components.escape import literal
from pages.components.workspaces import workspace
from zoo.core.archives import archive_format_help
from zoo.core.errors import ZooError
from zoo.core.images import image_format_help
from zoo.core.plurals import counted
from zoo.exhibits import autoencoder as exhibit

MAX_MEGABYTES = 100  # of one file
COUNT = "autoencoder-uploads"
LEFT_OUT = 3  # files that are named
CAMERA = "autoencoder-camera"


def draw_inputs(kept: Session) -> None:
    """The uploader and the camera's button, in the row that the page opened."""
    count = st.session_state.setdefault(COUNT, 0)
    with st.container(width=106, key="upload-autoencoder"):
        files = st.file_uploader(
            "Your pictures",
            key=f"{COUNT}{count}",
            accept_multiple_files=True,
            max_upload_size=MAX_MEGABYTES,
            label_visibility="collapsed",
        )
    with st.popover("Camera", icon=":material/photo_camera:", on_change="rerun", key="camera-once") as popover:
        shot = st.camera_input("Take a picture", key=f"shot{count}") if popover.open else None
    st.caption(
        "pictures, or a zip of them",
        help=f"{image_format_help} {archive_format_help} At most {exhibit.MAX_PICTURES:,} pictures at once.",
        width="content",
    )
    if files or shot is not None:
        st.session_state[COUNT] = count + 1
        _receive(kept, [*(files or []), *([shot] if shot is not None else [])])
        st.rerun()


def draw_notes() -> None:
    """What was left out of the last files, and why."""
    for icon, sentence in st.session_state.get(NOTES, ()):
        (st.error if icon == "error" else st.caption)(literal(sentence))


def _receive(kept: Session, files: Sequence[Any]) -> None:
    notes: list[tuple[str, str]] = []
    path = workspace().path("autoencoder-upload")
    for file in files:
        try:
            path.write_bytes(file.getbuffer())
            with st.spinner("Reading the pictures…"):
                brought = read_upload(path)
            added = add(kept, brought.pixels)
            kept.version += 1
            if again := len(brought.pixels) - added:
                notes.append(("info", f"{file.name}: {counted(again, 'picture')} came again, and count once."))
            notes += [("info", f"Left out: {sentence}") for sentence in brought.left_out[:LEFT_OUT]]
            if len(brought.left_out) > LEFT_OUT:
                notes.append(("info", f"{len(brought.left_out) - LEFT_OUT} more files were left out."))
        except ZooError as error:
            sentence = str(error).replace("autoencoder-upload", file.name)
            notes.append(("error", sentence if sentence.startswith(file.name) else f"{file.name}: {sentence}"))
        finally:
            path.unlink(missing_ok=True)
    st.session_state[NOTES] = notes


def read_upload(path: Path) -> exhibit.PictureSet:
    """The pictures of one file. Raises what ``read_pictures`` raises."""
    *_, brought = exhibit.read_pictures(path)
    assert brought is not None
    return brought


@st.fragment
def draw_camera(kept: Session) -> None:
    """A camera that runs: each frame comes into the stream, and both students learn from it for some steps."""
    with st.expander("Learn from a camera", icon=":material/videocam:"):
        video, answer = st.columns(2, gap="large")
        number = 0
        with answer, layout.errors_as_sentences():
            number, frame = latest_frame(CAMERA)
            if frame is None:
                st.caption("Start the camera: each frame comes into the stream.")
            elif number != st.session_state.get(f"{CAMERA} learnt"):
                st.session_state[f"{CAMERA} learnt"] = number
                pictures = exhibit.to_tensors([frame])
                add(kept, pictures)
                draw_wall(kept.training.inspect(lambda students: exhibit.snapshot(students, pictures)))
        with video:
            camera(CAMERA, number)
