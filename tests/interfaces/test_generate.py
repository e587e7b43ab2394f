"""Generate through every interface: equal texts, streaming, fine-tuned models, errors, and the page."""

import json
from pathlib import Path

import pytest
import torch
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

import zoo
from tests.apps import app_at, plain
from tests.interfaces.shell import shell
from tests.steps import walked
from zoo.api.app import app
from zoo.cli.commands import Stream
from zoo.core.cards import MODELS, find_card
from zoo.core.errors import InputError, TooLargeError
from zoo.core.inputs import Document
from zoo.core.runtime import get_runtime
from zoo.core.steps import Progress, run_to_completion
from zoo.exhibits import find_operation
from zoo.exhibits.generate import FineTuneKnobs, FineTuning, GenerateKnobs, fine_tune, generate
from zoo.exhibits.generate.fine_tuning import MAX_CHARACTERS, MIN_CHARACTERS
from zoo.exhibits.generate.results import Generation, Sample

PROMPT = "It was one of those mornings when"
KNOBS = GenerateKnobs(length=12, seed=3)
LETTERS = "The cat Chelsea sleeps on the warm roof of the zoo, and nobody wakes her. " * 80


@pytest.fixture(autouse=True)
def own_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOO_DATA", str(tmp_path / "data"))


def events(text: str) -> list[dict[str, object]]:
    return [json.loads(line.removeprefix("data: ")) for line in text.splitlines() if line.startswith("data: ")]


def test_every_interface_generates_the_same_text() -> None:
    library = run_to_completion(generate(PROMPT, KNOBS))
    assert zoo.generate(PROMPT, length=12, seed=3) == library
    record = json.loads(shell("generate", PROMPT, "--length", "12", "--seed", "3", "--json"))
    assert record["samples"][0]["text"] == library.samples[0].text
    printed = shell("generate", PROMPT, "--length", "12", "--seed", "3")
    assert printed.startswith(library.texts[0])
    assert printed.count(library.texts[0]) == 1
    client, form = TestClient(app), {"text": PROMPT, "length": "12", "seed": "3"}
    answer = client.post("/v1/generate", data=form).json()
    assert answer == record
    assert answer["restriction"] == find_card("jeeves").restriction
    *progress, result = events(client.post("/v1/generate?format=events", data=form).text)
    assert result == answer
    assert len(progress) == 12
    assert progress[-1]["preview"] == [library.samples[0].text]


@pytest.mark.parametrize("options", [["--method", "beam"], ["--samples", "2"]], ids=str)
def test_the_shell_prints_once_what_cannot_be_streamed(options: list[str]) -> None:
    knobs = {"method": "beam"} if options[1] == "beam" else {"samples": 2}
    expected = run_to_completion(generate(PROMPT, GenerateKnobs(length=6, **knobs)))  # type: ignore[arg-type]
    assert shell("generate", PROMPT, "--length", "6", *options).startswith("\n\n".join(expected.texts))


def test_a_stream_prints_what_is_new(capsys: pytest.CaptureFixture[str]) -> None:
    stream = Stream(lambda generation: generation.texts[0])
    for step, text in enumerate(("a", "ab", "ab", "abc"), start=1):
        stream(Progress(step, preview=Generation("?", (Sample(text),), 0, "m", "r")))
    assert capsys.readouterr().out == "?abc"
    assert stream.printed == "?abc"


def test_every_interface_measures_the_same_perplexity() -> None:
    library = zoo.generate_perplexity(PROMPT)
    record = json.loads(shell("generate-perplexity", PROMPT, "--json"))
    assert record["bits"] == pytest.approx(library.bits, abs=1e-3)
    answer = TestClient(app).post("/v1/generate/perplexity", data={"text": PROMPT}).json()
    assert answer["perplexity"] == pytest.approx(library.perplexity, rel=1e-3)
    assert f"perplexity {library.perplexity:,.1f}" in shell("generate-perplexity", PROMPT)


def test_every_interface_gives_the_same_attention_weights() -> None:
    library = zoo.generate_attention(PROMPT, layer=2, head=3)
    record = json.loads(shell("generate-attention", PROMPT, "--layer", "2", "--head", "3", "--json"))
    answer = TestClient(app).post("/v1/generate/attention", data={"text": PROMPT, "layer": "2", "head": "3"}).json()
    assert answer["tokens"] == list(library.tokens)
    for weights in (record["weights"], answer["weights"]):
        torch.testing.assert_close(torch.tensor(weights), torch.from_numpy(library.weights), atol=1e-5, rtol=1e-4)
    assert "layer 2, head 3" in shell("generate-attention", PROMPT, "--layer", "2", "--head", "3")


def test_errors_are_one_sentence() -> None:
    client = TestClient(app)
    for path, form, status in (
        ("generate", {"text": "a" * 20_001}, 413),
        ("generate", {"text": "a", "model": "tweet-lstm"}, 422),
        ("generate", {"text": "a", "temperature": "-1"}, 422),
        ("generate/perplexity", {"text": " "}, 422),
        ("generate/attention", {"text": "a", "layer": "7"}, 422),
    ):
        response = client.post(f"/v1/{path}", data=form)
        assert response.status_code == status, path
        assert response.json()["detail"].endswith("."), path
    assert "not of generate" in shell("generate", "a", "--model", "tweet-lstm", code=2)


def test_old_names_answer_with_a_deprecation() -> None:
    assert "perplexity" in shell("generate-surprise", PROMPT, "--json")
    response = TestClient(app).post("/v1/generate/surprise", data={"text": PROMPT}, follow_redirects=False)
    assert response.status_code == 308
    assert response.headers["Deprecation"] == "true"


def test_transformers_loads_the_bundled_folder() -> None:
    import transformers

    reference = transformers.AutoModelForCausalLM.from_pretrained(MODELS / "jeeves", dtype=torch.float32).eval()
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_file=str(MODELS / "jeeves" / "tokenizer.json"))
    ids = torch.tensor([tokenizer.encode(PROMPT)])
    (row,) = reference.generate(ids, max_new_tokens=20, do_sample=False, pad_token_id=0)
    greedy = GenerateKnobs(length=20, method="greedy", repetition_penalty=1.0)
    output_ids = [token.id for token in run_to_completion(generate(PROMPT, greedy)).samples[0].tokens]
    assert row[ids.shape[1] :].tolist()[: len(output_ids)] == output_ids

    def logits(model: torch.nn.Module) -> torch.Tensor:
        with torch.inference_mode():
            return model.network(ids)[0]  # type: ignore[operator]

    with torch.inference_mode():
        torch.testing.assert_close(get_runtime().run(logits, "jeeves"), reference(ids).logits, atol=1e-3, rtol=1e-4)


# Fine-tuning


def test_a_fine_tuned_model_is_saved_and_generates() -> None:
    records, card = walked(fine_tune(Document(LETTERS), FineTuneKnobs(title=" My  letters ", steps=30), "me"))
    state = records[-1].preview
    assert isinstance(state, FineTuning)
    assert len(state.loss) == 30
    assert [step for step, _ in state.validation_loss] == [0, 20, 30]
    assert state.sample
    assert (card.title, card.source) == ("My letters", "own")
    assert find_card("jeeves").restriction in card.restriction
    assert zoo.generate("The cat", model=card.name, length=5).model == card.name
    preview = find_operation("generate-fine-tune").preview(state)
    assert json.loads(json.dumps(preview))["loss"] == list(state.loss)


def test_the_same_seed_gives_the_same_losses() -> None:
    def losses(seed: int) -> tuple[float, ...]:
        records, _ = walked(fine_tune(Document(LETTERS), FineTuneKnobs(steps=10, seed=seed)))
        return records[-1].preview.loss  # type: ignore[union-attr]

    torch.rand(3)  # the global generator has no effect
    assert losses(1) == losses(1)
    assert losses(1) != losses(2)


@pytest.mark.parametrize(
    ("text", "title", "error", "message"),
    [
        ("a" * (MIN_CHARACTERS - 1), "A", InputError, "at least"),
        ("a b " * (MAX_CHARACTERS // 4 + 1), "A", TooLargeError, "at most"),
        (LETTERS, " ", InputError, "name of 1 to 60"),
        ("\U0001f600" * MIN_CHARACTERS, "A", None, ""),
    ],
)
def test_what_cannot_be_trained_on_is_an_error(
    text: str, title: str, error: type[Exception] | None, message: str
) -> None:
    steps = fine_tune(Document(text), FineTuneKnobs(title=title, steps=10))
    if error is None:
        next(steps)
        steps.close()
        return
    with pytest.raises(error, match=message):
        next(steps)


def test_a_title_that_is_too_long_is_an_error() -> None:
    with pytest.raises(InputError, match="title"):
        zoo.generate_fine_tune(LETTERS.encode(), title="a" * 61)


def test_a_model_fine_tuned_by_one_interface_generates_in_the_others(tmp_path: Path) -> None:
    file = tmp_path / "letters.txt"
    file.write_bytes(LETTERS.encode("utf-16"))
    record = json.loads(shell("generate-fine-tune", str(file), "--title", "Letters", "--steps", "10", "--json"))
    client = TestClient(app)
    answer = client.post("/v1/generate", data={"text": "The", "length": "3", "model": record["name"]}).json()
    assert answer["model"] == record["name"]
    form = {"title": "Letters", "steps": "10"}
    address = "/v1/generate/fine-tune?format=events"
    *progress, result = events(client.post(address, files={"document": LETTERS.encode()}, data=form).text)
    assert result["title"] == "Letters"
    assert len(progress) == 10
    refused = client.post("/v1/generate/fine-tune", files={"document": b"\0\1\2" * 999}, data=form)
    assert refused.status_code == 422
    assert zoo.generate_fine_tune(file, steps=10).source == "own"


# The page


def page(**settings: str) -> AppTest:
    opened = app_at("generate.py")
    for name, value in settings.items():
        opened.query_params[name] = value
    opened.run()
    assert not opened.exception
    return opened


def press(opened: AppTest, label: str) -> None:
    next(button for button in opened.button if button.label == label).click()
    opened.run()
    assert not opened.exception


def test_the_page_generates_and_continues() -> None:
    opened = page(length="8", seed="3")
    job = opened.session_state["generate-job"]  # the page opens with a text
    first = job.result(60).texts[0]
    opened.run()
    assert not opened.exception
    assert first == zoo.generate(PROMPT, length=8, seed=3).texts[0]
    press(opened, "Continue")
    assert opened.session_state["generate-job"].result(60).prompt == first


def test_the_page_shows_code_for_what_is_on_screen() -> None:
    (python, shell_command, http, *_) = [block.value for block in page(length="8").code]
    assert f'zoo.generate("{PROMPT}", length=8)' in python
    assert "--length 8" in shell_command
    assert "length=8" in http


def test_the_page_explains_settings_without_effect_and_drops_expired_models() -> None:
    opened = page(temperature="0", length="8")
    opened.session_state["generate-job"].wait(60)
    opened.run()
    assert any("no effect" in plain(caption.value) for caption in opened.caption)
    assert "expired" in page(language_model="own/0123456789abcdef").warning[0].value
    assert "expired" in page(writer="own/0123456789abcdef").warning[0].value
