"""Step, slow motion, play: what each button does to a training."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.components import reloads
from pages.components.playback import LEFT, PAUSE, PLAY, SLOW


def script() -> None:
    import streamlit as st

    from pages.components import playback, reloads
    from zoo.core.live_training import LiveTraining

    class Counter:
        def __init__(self, device: str) -> None:
            self.count = 0

        def step(self) -> dict[str, float]:
            self.count += 1
            return {"count": self.count}

    reloads.restore()

    def make() -> None:
        st.session_state["training"] = LiveTraining(Counter)

    if "training" not in st.session_state:
        make()
    training = st.session_state["training"]
    if st.session_state.get("away"):
        return
    playback.draw_playback(
        training,
        "walk",
        lambda: st.write(f"at {training.steps}"),
        restart=make,
        kept=["training"],
        total=st.session_state.get("total"),
    )


def opened(link: str = "", **state: object) -> AppTest:
    app = AppTest.from_function(script, default_timeout=120)
    if link:
        app.query_params[reloads.LINK] = link
    for key, value in state.items():
        app.session_state[key] = value
    return run(app)


def run(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception
    return app


def steps(app: AppTest) -> int:
    return int(app.session_state["training"].steps)


def mode(app: AppTest) -> str:
    return str(app.session_state["walk-mode"])


def test_nothing_is_trained_before_a_button_is_pressed():
    app = run(opened())
    assert steps(app) == 0
    assert app.markdown[-1].value == "at 0"


def test_step_is_one_step():
    app = opened()
    app.button(key="walk-step").click()
    assert steps(run(app)) == 1
    assert steps(run(app)) == 1
    assert app.markdown[-1].value == "at 1"


def test_slow_motion_goes_one_step_at_a_time_and_play_many():
    app = opened(**{"walk-mode": SLOW})
    before = steps(app)
    assert steps(run(app)) == before + 1
    app = opened(**{"walk-mode": PLAY})
    assert steps(app) > 100


def test_a_step_while_it_plays_pauses():
    app = opened(**{"walk-mode": PLAY})
    before = steps(app)
    app.button(key="walk-step").click()
    assert steps(run(app)) == before + 1
    assert mode(app) == PAUSE


def test_it_stops_at_the_total_and_plays_again_after_a_restart():
    app = opened(**{"walk-mode": PLAY, "total": 30})
    app = run(app)
    assert (steps(app), mode(app)) == (30, PAUSE)
    assert app.button(key="walk-step").disabled
    app.button(key="walk-restart").click()
    assert steps(run(app)) == 0
    app.button(key="walk-step").click()
    assert steps(run(app)) == 1


def left(app: AppTest) -> AppTest:
    """The page is left, and come back to."""
    app.session_state["away"] = True
    run(app)
    app.session_state["away"] = False
    return run(app)


def test_what_played_as_the_page_was_left_says_that_it_paused():
    app = opened()
    app.button_group(key="walk-mode").set_value(PLAY)
    app = left(run(app))
    assert mode(app) == PAUSE
    assert LEFT in [each.value for each in app.caption]
    app.button(key="walk-step").click()
    assert LEFT not in [each.value for each in run(app).caption]
    assert LEFT not in [each.value for each in left(app).caption]


def test_a_reload_finds_what_was_trained(monkeypatch: pytest.MonkeyPatch):
    before = opened()
    assert reloads.LINK not in before.query_params
    before.button(key="walk-step").click()
    run(before)
    link = str(before.query_params[reloads.LINK])
    other = opened(link)  # while the session before is still there, as in another tab
    assert steps(other) == 0
    assert other.toast[0].value == reloads.OPEN
    assert reloads.LINK not in other.query_params
    monkeypatch.setattr(reloads.visitors, "is_connected", lambda session: False)
    after = opened(link)
    assert steps(after) == 1
    assert after.session_state["training"] is before.session_state["training"]
    after.button(key="walk-restart").click()
    run(after)
    assert steps(opened(link)) == 0


def test_a_link_whose_training_is_over_says_so_and_begins_anew():
    app = opened("none of ours")
    assert app.toast[0].value == reloads.EXPIRED
    assert steps(app) == 0
