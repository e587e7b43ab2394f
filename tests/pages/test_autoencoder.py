"""The page of both autoencoders: it steps, begins anew, takes knobs as it goes, and brings a state back."""

import zipfile
from pathlib import Path
from typing import Any

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from pages.components import autoencoder_session
from pages.components.autoencoder_codes import HELP
from pages.components.autoencoder_session import NOTES, SESSION, Session
from pages.components.autoencoder_stream import read_upload
from pages.components.playback import PAUSE
from tests.apps import app_at, plain, run
from zoo.core.errors import InputError
from zoo.core.images import encode_png
from zoo.examples import example, example_path
from zoo.exhibits import autoencoder as exhibit
from zoo.exhibits.autoencoder import LearnKnobs


def opened(**link: Any) -> AppTest:
    app = app_at("autoencoder.py")
    for name, value in {"start": "nothing", **link}.items():
        app.query_params[name] = value
    return run(app)


def changed(widget: Any) -> AppTest:
    """The page after a widget was set."""
    app: AppTest = widget.run()
    assert not app.exception
    assert not app.error
    return app


def kept(app: AppTest) -> Session:
    session: Session = app.session_state[SESSION]
    return session


def answer(app: AppTest) -> str:
    return next(str(each.value) for each in app.markdown if "perceptual student's distance" in str(each.value))


def test_the_first_page_has_reconstructions_of_the_examples_and_trains_nothing() -> None:
    app = opened()
    assert answer(app).startswith("After 0 steps")
    assert len(kept(app).snapshot().pictures) == len(autoencoder_session.EXAMPLES)
    run(app)
    assert kept(app).training.steps == 0


def test_a_step_is_one_step_of_the_same_students_and_restart_makes_others() -> None:
    app = opened()
    training = kept(app).training
    changed(app.button(key="autoencoder-step").click())
    assert kept(app).training is training
    assert answer(app).startswith("After 1 step")
    assert [step for step, _ in kept(app).history] == [0, 1]
    changed(app.button(key="autoencoder-restart").click())
    assert kept(app).training is not training
    assert answer(app).startswith("After 0 steps")


def test_weights_and_replay_change_as_it_goes_and_another_start_begins_anew() -> None:
    app = opened()
    training = kept(app).training
    changed(app.toggle(key="replay").set_value(False))
    changed(app.slider(key="perceptual_weight").set_value(3.0))
    assert kept(app).training is training
    knobs = training.inspect(lambda students: students.knobs)
    assert (knobs.replay, knobs.perceptual_weight) == (False, 3.0)
    changed(app.toggle(key="examples").set_value(False))
    assert kept(app).training is not training
    assert any("Add a picture" in str(each.value) for each in app.info)


def test_a_state_comes_back_and_a_wrong_one_leaves_what_there_was(monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened()
    changed(app.button(key="autoencoder-step").click())
    state = kept(app).training.inspect(exhibit.to_state)
    other = opened()
    before = kept(other)
    session: dict[str, Any] = {SESSION: before}
    with monkeypatch.context() as patched:
        patched.setattr(streamlit, "session_state", session)
        with pytest.raises(InputError, match="cut off or damaged"):
            autoencoder_session.begin(LearnKnobs(start="nothing"), True, state[:1000])
        assert session == {SESSION: before}
        autoencoder_session.begin(LearnKnobs(start="nothing"), True, state)
    for key, value in session.items():
        other.session_state[key] = value
    run(other)
    assert answer(other).startswith("After 1 step")
    assert kept(other).training is not before.training
    assert other.session_state["autoencoder-mode"] == PAUSE


def test_a_cut_state_is_an_error_until_another_file_is_chosen() -> None:
    app = opened()
    changed(app.button(key="autoencoder-step").click())
    state = kept(app).training.inspect(exhibit.to_state)
    for name, data, sentences in (
        ("cut.safetensors", state[:9000], ["cut.safetensors: This state of the autoencoder is cut off or damaged"]),
        ("photo.png", encode_png(example("cat")), ["photo.png: This file is no state of the autoencoder"]),
        ("whole.safetensors", state, []),
    ):
        app.file_uploader(key="autoencoder-state").upload(name, data).run()
        assert not app.error
        app.button(key="bring-back").click().run()
        assert not app.exception
        assert not app.warning
        assert len(app.error) == len(sentences)
        assert all(sentence in plain(app.error[0].value) for sentence in sentences)
    assert answer(app).startswith("After 1 step")


def test_what_was_left_out_of_files_is_told_until_it_begins_anew() -> None:
    app = opened()
    app.session_state[NOTES] = [("error", "notes.txt: There is no picture in it.")]
    app.run()
    assert [plain(each.value) for each in app.error] == ["notes.txt: There is no picture in it."]
    changed(app.button(key="autoencoder-restart").click())


def test_what_was_learnt_is_drawn_by_each_part() -> None:
    for part in ("Neighbours", "Map", "Directions", "Morph", "Linear probe"):
        app = opened(learnt=part)
        assert HELP[part] in [each.value for each in app.caption]
        assert not app.exception


def test_two_visitors_have_their_own_students() -> None:
    one, other = opened(), opened()
    changed(one.button(key="autoencoder-step").click())
    assert (kept(one).training.steps, kept(run(other)).training.steps) == (1, 0)
    assert kept(one).training is not kept(other).training


def test_an_upload_is_learnt_from_for_some_steps() -> None:
    session = Session((), exhibit.live_students(LearnKnobs(start="nothing")))
    autoencoder_session.add(session, exhibit.to_tensors([example("cat")]))
    assert 1 <= session.training.steps <= autoencoder_session.STEPS_EACH
    assert session.added == 1


def test_a_picture_that_is_given_many_times_comes_in_once() -> None:
    session = Session((), exhibit.live_students(LearnKnobs(start="nothing")))
    cat, coffee = example("cat"), example("coffee")
    assert autoencoder_session.add(session, exhibit.to_tensors([cat] * 60 + [coffee] * 40)) == 2
    assert session.added == 2
    assert session.training.inspect(lambda students: (len(students.waiting), len(students.gallery()))) == (0, 2)


def test_a_picture_by_itself_and_an_archive_are_read_alike(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(encode_png(example("cat")))
    assert len(read_upload(path).pixels) == 1
    assert len(read_upload(Path(example_path("fruit"))).pixels) == 78
    path.write_bytes(b"neither")
    with pytest.raises(InputError, match=r"^upload: This is text, not a picture"):
        read_upload(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notes.txt", "neither")
    with pytest.raises(InputError, match=r"^There is no picture in it.* notes\.txt: This is text"):
        read_upload(path)
