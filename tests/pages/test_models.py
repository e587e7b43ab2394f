"""The Models page: filters, comparison, measuring, one model, choice, family, and the controls of the runtime."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import zoo
from tests.apps import app_at, run
from tests.interfaces.shell import ROOT
from zoo.core.cards import bundled_cards
from zoo.core.runtime import get_runtime
from zoo.exhibits import DASHBOARD
from zoo.exhibits.models import measurements, measuring

NAMES = [card.name for card in bundled_cards()]
SMALL = "cifar10-resnet-robust"
BUTTONS = ("Pin", "Unload", "Load", "Measure all", "Fetch", "Remove")


@pytest.fixture(autouse=True)
def folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("ZOO_CACHE", "ZOO_DATA", "TORCH_HOME", "HF_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.setattr(measuring, "ROUND_SECONDS", 0.01)


def open_page(view: str = "", **link: Any) -> AppTest:
    page = app_at("models.py")
    for name, value in {"view": view, **link}.items():
        if value:
            page.query_params[name] = value
    return run(page)


def listed(page: AppTest) -> list[str]:
    return list(page.dataframe[0].value["model"])


def text_of(page: AppTest) -> str:
    return "\n".join(element.value for element in (*page.markdown, *page.caption, *page.subheader))


def labels(page: AppTest) -> list[str]:
    return [button.label for button in page.button]


def test_every_bundled_model_is_in_the_table_with_its_costs() -> None:
    page = open_page()
    assert page.title[0].value == DASHBOARD.title
    assert listed(page) == NAMES
    table = page.dataframe[0].value.set_index("model")
    assert table.loc["mobilenet-v2", "G MACs"] == pytest.approx(0.300774, abs=1e-6)
    assert "zoo.models_facts" in page.code[0].value


def test_filters_and_sorting() -> None:
    page = open_page()
    page.text_input(key="search").set_value("esc-50 non-commercial")
    assert listed(run(page)) == ["sound-audionet", "sound-spectrogram", "sound-yamnet"]
    page.text_input(key="search").set_value("")
    page.multiselect(key="tasks").set_value(["translate", "sound"])
    page.selectbox(key="sort").set_value("size on disk")
    assert listed(run(page))[:3] == ["sound-audionet", "sound-spectrogram", "sound-yamnet-audioset"]
    page.multiselect(key="restrictions").set_value(["non-commercial"])
    page.selectbox(key="sort").set_value("metric")
    assert listed(run(page)) == ["sound-yamnet", "sound-spectrogram", "sound-audionet"]
    page.text_input(key="search").set_value("unicorn")
    assert "No model meets" in run(page).info[0].value


def test_a_link_restores_the_filters() -> None:
    assert listed(open_page(tasks="sentiment")) == ["tweet-lstm"]


def test_two_models_side_by_side() -> None:
    page = open_page()
    assert "Choose two or more" in text_of(page)
    page.multiselect(key="compared").set_value(["mobilenet-v2", "resnet-18"])
    text = text_of(run(page))
    assert "0.301 G MACs" in text
    assert "0.925 G MACs" in text
    assert page.get("page_link")[0].proto.label.startswith("Try them on your own input")
    page.multiselect(key="compared").set_value(["mobilenet-v2", "jeeves"])
    assert "No page takes all" in text_of(run(page))


def test_models_to_compare_come_from_a_link() -> None:
    assert open_page(compare=["tweet-lstm", "jeeves"]).multiselect(key="compared").value == ["tweet-lstm", "jeeves"]


def test_a_model_is_measured_by_its_button() -> None:
    page = open_page("One model", model=SMALL)
    assert "Not yet." in text_of(page)
    page.button(key="measure-one").click()
    run(page)
    page.session_state["benchmark-job"].wait(100)
    assert "Not yet." not in text_of(run(page))
    assert page.table[1].value.loc["batch 1", "cpu"].endswith("a second")
    assert measurements.read().measured.keys() == {SMALL}
    table = open_page()
    assert table.dataframe[0].value.set_index("model").loc[SMALL, "p50 ms"] > 0
    assert any(text.value.startswith("Measured on ") for text in table.caption)


def test_one_model_with_layers_and_card() -> None:
    page = open_page("One model", model="sound-audionet")
    assert page.selectbox(key="model").value == "sound-audionet"
    assert page.table[0].value.loc["Parameters", "value"] == "867,058"
    page.toggle(key="layers").set_value(True)
    run(page)
    html = page.get("html")[0].proto.body
    assert html.count("<details") == html.count("</details>")
    assert html.count('class="row"') == len(zoo.models_layers(model="sound-audionet").layers)
    assert "Conv1d" in html
    assert "# AudioNet" in text_of(page)


def test_the_card_of_another_persons_model_is_drawn_as_it_is() -> None:
    hostile = "# Title\n\n![seen](http://elsewhere/x.png) [log in](http://elsewhere)"
    own = save_own("Secret", hostile)
    page = open_page("One model", model=own)
    assert hostile in [element.value for element in page.code]
    assert "elsewhere" not in text_of(page)


def test_a_model_that_nobody_has_is_a_sentence() -> None:
    page = app_at("models.py")
    page.query_params["view"], page.query_params["model"] = "One model", "unicorn"
    page.run()
    assert not page.exception
    assert "unicorn" in page.error[0].value
    assert page.selectbox(key="model").value == NAMES[0]


def test_the_choice_follows_the_questions() -> None:
    page = open_page("Which for my task?", task="sound", priority="size")
    assert page.expander[0].label.startswith("1. sound-audionet")
    page.segmented_control(key="priority").set_value("quality")
    assert run(page).expander[0].label.startswith("1. sound-yamnet")
    page.toggle(key="commercial").set_value(True)
    assert run(page).expander[0].label.startswith("1. sound-yamnet-audioset")
    page = open_page("Which for my task?", task="sentiment")
    page.toggle(key="commercial").set_value(True)
    assert "No model for this task" in run(page).info[0].value


def test_papers_and_family() -> None:
    page = open_page("Papers and family")
    assert "He et al. 2015" in list(page.dataframe[0].value["paper"])
    assert "resnet-18 has its teacher from mobilenet-v2" in text_of(page)


def test_models_are_loaded_pinned_and_unloaded_by_buttons() -> None:
    page = open_page("Runtime")
    page.selectbox(key="to-load").set_value(SMALL)
    page.button(key="load").click()
    run(page)
    assert SMALL in get_runtime().stats().models
    page.button(key=f"pin-{SMALL}").click()
    assert "pinned" in text_of(run(page))
    page.button(key=f"unpin-{SMALL}").click()
    run(page)
    page.button(key=f"unload-{SMALL}").click()
    run(page)
    assert SMALL not in get_runtime().stats().models
    assert page.table[0].value.loc["ZOO_CONTROLS", "value"] == "True"


def test_a_model_in_use_answers_with_a_sentence() -> None:
    get_runtime().load(SMALL)
    page = open_page("Runtime")
    page.button(key=f"unload-{SMALL}").click()
    get_runtime().run(lambda module: page.run(), SMALL)
    assert not page.exception
    assert "in use" in page.warning[0].value
    get_runtime().unload(SMALL)


def test_an_operator_may_hide_the_controls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOO_CONTROLS", "false")
    get_runtime().load(SMALL)
    for view in ("", "One model", "Runtime"):
        assert not [label for label in labels(open_page(view)) if label.startswith(BUTTONS)]


def save_own(title: str, text: str) -> str:
    """Store a user model with this text on its card; its name."""
    from zoo.core.loading import tensors_of
    from zoo.core.user_models import LOCAL_OWNER, save

    card = next(card for card in bundled_cards() if card.name == "wave")
    front = {"license": "other", "license_name": "x", "restriction": "x", "training_data": [], "citation": "x"}
    return save({**card.config, "title": title}, tensors_of(card), front, text, LOCAL_OWNER).name


def test_names_of_user_models_do_not_appear() -> None:
    own = save_own("Secret", "text")
    get_runtime().load(own)
    page = open_page("Runtime")
    assert own.removeprefix("own/") not in text_of(page)
    assert "own models of visitors" in text_of(page)
    assert "Secret (own)" not in listed(open_page())
    get_runtime().unload(own)


def test_the_first_paint_imports_no_torch(tmp_path: Path) -> None:
    code = (
        "import sys; from streamlit.testing.v1 import AppTest;"
        "page = AppTest.from_file('pages/models.py', default_timeout=60).run();"
        "assert not page.exception, page.exception; print(sorted({'torch', 'torchvision'} & sys.modules.keys()))"
    )
    environment = {"TORCH_HOME": str(tmp_path), "HF_HOME": str(tmp_path), "PATH": "", "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().splitlines()[-1] == "[]"
