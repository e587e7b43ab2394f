"""Step, slow motion, play: what each button does to a training."""

from streamlit.testing.v1 import AppTest

from pages.components.playback import PAUSE, PLAY, SLOW


def script() -> None:
    import streamlit as st

    from pages.components import playback
    from zoo.core.live_training import LiveTraining

    class Counter:
        def __init__(self, device: str) -> None:
            self.count = 0

        def step(self) -> dict[str, float]:
            self.count += 1
            return {"count": self.count}

    def make() -> None:
        st.session_state["training"] = LiveTraining(Counter)

    if "training" not in st.session_state:
        make()
    training = st.session_state["training"]
    playback.draw_playback(
        training, "walk", lambda: st.write(f"at {training.steps}"), restart=make, total=st.session_state.get("total")
    )


def opened(**state: object) -> AppTest:
    app = AppTest.from_function(script, default_timeout=120)
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
