"""Generate from outside: the doors agree, the model is transformers' too, and a text makes a writer of one's own."""

import json
from pathlib import Path

import pytest
import torch
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from tests.interfaces.shell import ROOT, shell
from tests.steps import walked
from zoo.api import app
from zoo.core.cards import MODELS, find_card
from zoo.core.errors import InputError, TooLargeError
from zoo.core.jobs import run_to_completion
from zoo.core.runtime import get_runtime
from zoo.exhibits.generate import GenerateKnobs, TuneKnobs, Tuning, generate, surprise, texts, tune
from zoo.exhibits.generate.fine_tuning import LEAST, MOST

PROMPT = "It was one of those mornings when"
KNOBS = GenerateKnobs(length=12, seed=3)
LETTERS = "The cat Chelsea sleeps on the warm roof of the zoo, and nobody wakes her. " * 80


@pytest.fixture(autouse=True)
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZOO_DATA", str(tmp_path / "data"))


def test_every_door_writes_the_same() -> None:
    library = run_to_completion(generate(PROMPT, KNOBS))
    record = json.loads(shell("generate", PROMPT, "--length", "12", "--seed", "3", "--json"))
    assert record["samples"][0]["text"] == library.samples[0].text
    assert texts(library)[0] in shell("generate", PROMPT, "--length", "12", "--seed", "3")
    client, form = TestClient(app), {"text": PROMPT, "length": "12", "seed": "3"}
    answer = client.post("/v1/generate", data=form).json()
    assert answer == json.loads(json.dumps(record))
    assert answer["restriction"] == find_card("jeeves").restriction
    told = client.post("/v1/generate/stream", data=form).text
    *progress, result = [json.loads(line[6:]) for line in told.splitlines() if line.startswith("data: ")]
    assert result == answer
    assert len(progress) == 12
    assert progress[-1]["texts"] == [library.samples[0].text]


def test_every_door_is_surprised_alike() -> None:
    library = surprise(PROMPT)
    record = json.loads(shell("generate-surprise", PROMPT, "--json"))
    assert record["bits"] == pytest.approx(library.bits, abs=1e-3)
    answer = TestClient(app).post("/v1/generate/surprise", data={"text": PROMPT}).json()
    assert answer["perplexity"] == pytest.approx(library.perplexity, rel=1e-3)
    likely, unlikely = (surprise(text).perplexity for text in (PROMPT, "when mornings those of one was It"))
    assert likely < unlikely


def test_doors_tell_what_is_wrong() -> None:
    client = TestClient(app)
    for path, form, status in (
        ("generate", {"text": "a" * 20_001}, 413),
        ("generate", {"text": "a", "model": "tweet-lstm"}, 422),
        ("generate", {"text": "a", "temperature": "-1"}, 422),
        ("generate/surprise", {"text": " "}, 422),
    ):
        response = client.post(f"/v1/{path}", data=form)
        assert (response.status_code, list(response.json())) == (status, ["error"]), path
    assert "not of generate" in shell("generate", "a", "--model", "tweet-lstm", code=2)


def test_transformers_reads_the_folder() -> None:
    import transformers

    reference = transformers.AutoModelForCausalLM.from_pretrained(MODELS / "jeeves", dtype=torch.float32).eval()
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_file=str(MODELS / "jeeves" / "tokenizer.json"))
    ids = torch.tensor([tokenizer.encode(PROMPT)])
    (row,) = reference.generate(ids, max_new_tokens=20, do_sample=False, pad_token_id=0)
    greedy = GenerateKnobs(length=20, method="greedy", repetition_penalty=1.0)
    ours = [piece.id for piece in run_to_completion(generate(PROMPT, greedy)).samples[0].pieces]
    assert row[ids.shape[1] :].tolist()[: len(ours)] == ours

    def logits(model: torch.nn.Module) -> torch.Tensor:
        with torch.inference_mode():
            return model.network(ids)[0]  # type: ignore[operator]

    with torch.inference_mode():
        torch.testing.assert_close(get_runtime().run(logits, "jeeves"), reference(ids).logits, atol=1e-3, rtol=1e-4)


# A writer of one's own


def test_it_learns_a_text_and_joins_the_others() -> None:
    before = surprise(LETTERS[:400]).perplexity
    records, card = walked(tune(LETTERS, " My  letters ", TuneKnobs(steps=30), owner="me"))
    state = records[-1].preview
    assert isinstance(state, Tuning)
    assert len(state.loss) == 30
    assert [step for step, _ in state.held_out] == [0, 20, 30]
    assert state.held_out[-1][1] < 0.7 * state.held_out[0][1]
    assert state.sample
    assert (card.title, card.source) == ("My letters", "own")
    assert find_card("jeeves").restriction in card.restriction
    assert surprise(LETTERS[:400], card.name).perplexity < 0.7 * before
    assert surprise(LETTERS[:400]).perplexity == before, "the house's own stays as it was"
    assert run_to_completion(generate("The cat", GenerateKnobs(model=card.name, length=5))).model == card.name


def test_the_same_seed_learns_the_same() -> None:
    def losses(seed: int) -> tuple[float, ...]:
        records, _ = walked(tune(LETTERS, "Letters", TuneKnobs(steps=10, seed=seed)))
        return records[-1].preview.loss  # type: ignore[union-attr]

    torch.rand(3)  # what others draw changes nothing
    assert losses(1) == losses(1)
    assert losses(1) != losses(2)


@pytest.mark.parametrize(
    ("text", "title", "error", "told"),
    [
        ("a" * (LEAST - 1), "A", InputError, "at the least"),
        ("a b " * (MOST // 4 + 1), "A", TooLargeError, "at most"),
        (LETTERS, " ", InputError, "name of 1 to 60"),
        (LETTERS, "a" * 61, InputError, "name of 1 to 60"),
        ("\U0001f600" * LEAST, "A", None, ""),
    ],
)
def test_what_cannot_be_learnt_is_told(text: str, title: str, error: type[Exception] | None, told: str) -> None:
    steps = tune(text, title, TuneKnobs(steps=10))
    if error is None:
        next(steps)
        steps.close()
        return
    with pytest.raises(error, match=told):
        next(steps)


def test_a_writer_learnt_at_one_door_writes_at_the_others(tmp_path: Path) -> None:
    file = tmp_path / "letters.txt"
    file.write_bytes(LETTERS.encode("utf-16"))
    record = json.loads(shell("generate-tune", str(file), "Letters", "--steps", "10", "--json"))
    client = TestClient(app)
    answer = client.post("/v1/generate", data={"text": "The", "length": "3", "model": record["name"]}).json()
    assert answer["model"] == record["name"]
    told = client.post(
        "/v1/generate/tune", files={"file": LETTERS.encode()}, data={"title": "Letters", "steps": "10"}
    ).text
    assert json.loads(told.strip().splitlines()[-1].removeprefix("data: "))["title"] == "Letters"
    refused = client.post("/v1/generate/tune", files={"file": b"\0\1\2" * 999}, data={"title": "Letters"})
    assert (refused.status_code, list(refused.json())) == (422, ["error"])


# The page


def page(**settings: str) -> AppTest:
    made = AppTest.from_file(str(ROOT / "pages" / "generate.py"), default_timeout=120)
    for name, value in settings.items():
        made.query_params[name] = value
    made.run()
    assert not made.exception
    return made


def test_page_writes_and_goes_on() -> None:
    shown = page(length="8", seed="3")
    next(button for button in shown.button if button.label == "Write").click()
    shown.run()
    job = shown.session_state["generate-job"]
    first = texts(job.result(60))[0]
    shown.run()
    assert not shown.exception
    assert first == texts(run_to_completion(generate(PROMPT, GenerateKnobs(length=8, seed=3))))[0]
    next(button for button in shown.button if button.label == "Go on").click()
    shown.run()
    assert shown.session_state["generate-job"].result(60).prompt == first


def test_page_explains_contradictions_and_forgets_what_is_gone() -> None:
    assert any("change nothing" in caption.value for caption in page(temperature="0").caption)
    assert "expired" in page(writer="own/0123456789abcdef").warning[0].value
