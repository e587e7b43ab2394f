"""Models of the hub work where the bundled ones do: in the exhibits, over HTTP and on the pages."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from streamlit.testing.v1 import AppTest

import zoo
from tests.apps import plain
from tests.hub_server import HubServer, Repository, hub_server
from tests.tiny_models import write_distilbert, write_llama, write_t5, write_vit, write_wav2vec2
from zoo.api.app import app
from zoo.core.errors import InputError
from zoo.core.loading import load
from zoo.core.runtime import Runtime, set_runtime
from zoo.sources import hub_cards

MODELS = {
    "vit": (write_vit, "image-classification"),
    "wav2vec2": (write_wav2vec2, "audio-classification"),
    "distilbert": (write_distilbert, "text-classification"),
    "llama": (write_llama, "text-generation"),
    "t5": (write_t5, "translation"),
}
NAMES = {name: f"hub/tiny/{name}" for name in MODELS}
TEXT = "I love this little zoo"


@pytest.fixture(scope="module")
def repositories(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Repository]:
    """A repository a model."""
    root = tmp_path_factory.mktemp("repositories")
    for name, (write, _) in MODELS.items():
        write(root / name)
    return {
        f"tiny/{name}": Repository(root / name, {"pipeline_tag": task, "cardData": {"license": "mit"}})
        for name, (_, task) in MODELS.items()
    }


@pytest.fixture(autouse=True)
def server(repositories: dict[str, Repository], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    monkeypatch.setenv("ZOO_DATA", str(tmp_path / "data"))
    hub_cards.find.cache_clear()
    with hub_server(tmp_path / "cache", monkeypatch) as server, Runtime(load) as runtime:
        server.repositories |= repositories
        set_runtime(runtime)
        yield server
        set_runtime(None)
    hub_cards.find.cache_clear()


def test_a_picture_is_classified_and_averaged_with_a_bundled_model() -> None:
    result = zoo.classify(zoo.example("coffee"), model=[NAMES["vit"], "resnet-18"], top_k=3)
    assert [answer.num_classes for answer in result.answers] == [3, 200]
    assert {prediction.label for prediction in result.answers[0].predictions} == {"cat", "dog", "espresso"}
    assert result.ensemble is not None
    assert "mit" in result.ensemble.restriction


def test_a_transformer_for_pictures_has_gradient_explanations_and_no_heat_map() -> None:
    result = zoo.classify_explanations(zoo.example("coffee"), model=NAMES["vit"])
    assert len(result.maps) == 5
    with pytest.raises(InputError, match="no convolutional feature map"):
        zoo.classify_heat_map(zoo.example("coffee"), model=NAMES["vit"])


def test_a_sound_is_classified_alone_and_with_a_bundled_model() -> None:
    alone = zoo.sound(zoo.example("siren"), model=[NAMES["wav2vec2"]], top_k=2)
    assert {prediction.label for prediction in alone.answers[0].predictions} == {"rain", "siren"}
    assert (alone.ensemble, alone.categories) == (None, {})
    both = zoo.sound(zoo.example("siren"), model=[NAMES["wav2vec2"], "sound-spectrogram"])
    assert both.ensemble is not None
    assert both.categories == {}
    assert sum(prediction.probability for prediction in both.ensemble.predictions) <= 1 + 1e-5


def test_the_timeline_of_a_recording_has_events_without_a_category() -> None:
    result = zoo.sound_timeline(zoo.example("siren"), model=NAMES["wav2vec2"], threshold=0.05)
    assert {event.category for event in result.events} <= {""}


def test_a_text_has_a_sentiment_without_neutral_where_the_model_has_none() -> None:
    (answer,) = zoo.sentiment(TEXT, model=[NAMES["distilbert"]]).answers
    found = {prediction.label: prediction.probability for prediction in answer.predictions}
    assert found["neutral"] == 0
    assert found["positive"] + found["negative"] == pytest.approx(1, abs=1e-5)
    words = zoo.sentiment_words(TEXT, model=NAMES["distilbert"]).words
    assert [word.word for word in words] == TEXT.split()


@pytest.mark.parametrize("method", ["sampling", "greedy", "beam"])
def test_a_text_is_continued(method: str) -> None:
    result = zoo.generate(TEXT, model=NAMES["llama"], length=6, method=method)
    (sample,) = result.samples
    assert sample.ended or len(sample.tokens) == 6


def test_a_language_model_has_perplexity_and_attention() -> None:
    measured = zoo.generate_perplexity(TEXT, model=NAMES["llama"])
    assert np.isfinite(measured.bits).all()
    weights = zoo.generate_attention(TEXT, model=NAMES["llama"], layer=1, head=2).weights
    np.testing.assert_allclose(weights.sum(1), 1, atol=1e-5)


def test_a_text_is_translated() -> None:
    result = zoo.translate("I love. \nlittle zoo", model=NAMES["t5"], beams=2)
    assert len(result.sentences) == 2
    assert result.model.startswith(NAMES["t5"])
    with pytest.raises(InputError, match="choose the engine bundled"):
        zoo.translate_alignment(TEXT, model=NAMES["t5"])


def test_a_model_of_another_task_is_refused() -> None:
    with pytest.raises(InputError, match="is a model of sentiment"):
        zoo.classify(zoo.example("coffee"), model=[NAMES["distilbert"]])


def test_it_answers_over_http() -> None:
    response = TestClient(app).post("/v1/sentiment", data={"text": TEXT, "model": NAMES["distilbert"]})
    assert response.status_code == 200
    assert response.json()["answers"][0]["model"].startswith(NAMES["distilbert"])


def test_command_prints_the_record(capsys: pytest.CaptureFixture[str]) -> None:
    from zoo.cli import app as command_line

    command_line(["sentiment", TEXT, "--model", NAMES["distilbert"], "--json"], standalone_mode=False)
    assert json.loads(capsys.readouterr().out)["answers"][0]["model"].startswith(NAMES["distilbert"])


# Pages


def chooser(exhibit: str) -> AppTest:
    """A page with nothing but the popover of hub models, opened."""

    def script(exhibit: str) -> None:
        import streamlit as st

        from pages.components.official_models import choose_hub_model, downloaded

        st.session_state[f"hub-{exhibit}"] = True
        choose_hub_model(exhibit, lambda name: st.session_state.update(chosen=name))
        st.write("chosen", st.session_state.get("chosen"), downloaded(exhibit))

    return AppTest.from_function(script, args=(exhibit,), default_timeout=60).run()


def test_a_hub_model_is_described_downloaded_and_chosen_on_a_page() -> None:
    page = chooser("classify")
    page.text_input[0].set_value("https://huggingface.co/tiny/vit").run()
    assert not page.exception
    assert any("tiny/vit" in plain(markdown.value) for markdown in page.markdown)
    assert any("mit" in caption.value for caption in page.caption)
    (button,) = page.button
    assert button.label.startswith("Download")
    button.click().run()
    assert not page.exception
    assert page.session_state.chosen == f"{NAMES['vit']}@{Repository(Path()).revision}"
    assert page.session_state["downloaded-classify"] == [page.session_state.chosen]


@pytest.mark.parametrize(("name", "words"), [("tiny/none", "no model named"), ("tiny/llama", "is a model of generate")])
def test_what_cannot_be_chosen_on_a_page_is_a_sentence(name: str, words: str) -> None:
    page = chooser("classify")
    page.text_input[0].set_value(name).run()
    assert not page.exception
    assert words in page.error[0].value
