"""The first predictions, made in the background: which, in which order, and what is told until they are."""

import pytest

from zoo import warming
from zoo.core.errors import UnavailableError
from zoo.core.runtime import get_runtime
from zoo.exhibits import EXHIBITS, NAMES
from zoo.warming import Warming, chosen_exhibits


@pytest.mark.parametrize(
    ("setting", "names"),
    [("all", NAMES), ("none", ()), ("sentiment", ("sentiment",)), (" style, sound ", ("style", "sound"))],
)
def test_the_setting_chooses_exhibits(setting: str, names: tuple[str, ...]) -> None:
    assert tuple(exhibit.name for exhibit in chosen_exhibits(setting)) == names


def test_an_unknown_exhibit_is_told_with_the_variable() -> None:
    with pytest.raises(UnavailableError, match=r"ZOO_WARM .*'nothing'"):
        chosen_exhibits("sentiment,nothing")


def test_it_is_ready_once_each_exhibit_has_predicted_or_failed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    told = []

    def warm(exhibit: object) -> None:
        told.append(warming.readiness())
        if exhibit is EXHIBITS[0]:
            raise RuntimeError("broken weights")

    monkeypatch.setattr(warming, "warm", warm)
    monkeypatch.setattr(warming, "DELAY", 0)
    monkeypatch.setattr(warming, "current", Warming(EXHIBITS[:2], lambda: told.append("imported")))
    warming.current.run()
    first, second = EXHIBITS[0].name, EXHIBITS[1].name
    assert told[0] == "imported"
    assert [answer[0] for answer in told[1:]] == [503, 503]
    assert told[1][2] == {"Retry-After": "2"}
    assert warming.readiness() == (200, {"status": "ready", "waiting": [], "failed": [first]}, {})
    assert second not in warming.current.failed
    assert "broken weights" in caplog.text


def test_no_exhibit_follows_once_it_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    monkeypatch.setattr(warming, "warm", made.append)
    monkeypatch.setattr(warming, "DELAY", 0)
    stopped = Warming(EXHIBITS)
    stopped.stop()
    stopped.run()
    assert made == []


def test_a_prediction_is_made_as_its_example_has_it() -> None:
    before = get_runtime().stats().predictions
    warming.warm(next(exhibit for exhibit in EXHIBITS if exhibit.name == "sentiment"))
    assert get_runtime().stats().predictions > before
