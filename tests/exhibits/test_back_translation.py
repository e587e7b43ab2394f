"""Back-translation: by the bundled models, by a stand-in for Google Translate, and of tables."""

import csv
import json
import threading
from collections.abc import Callable
from functools import partial
from html import escape
from pathlib import Path
from urllib.parse import parse_qs

import googletrans.client
import httpx
import pytest
from starlette.testclient import TestClient

from tests.apps import app_at
from tests.interfaces.shell import shell
from tests.steps import walked
from zoo.api.app import app
from zoo.core.errors import InputError, TooLargeError, UnavailableError
from zoo.core.files import partial_path
from zoo.exhibits.augment import (
    BackTranslationKnobs,
    BackTranslationTableKnobs,
    back_translate,
    back_translate_table,
)
from zoo.exhibits.augment import engines as engines_module
from zoo.exhibits.augment.back_translation import choose_language
from zoo.exhibits.augment.engines import MAX_REQUEST, GoogleTranslate, batches, make_engine
from zoo.exhibits.translate import TranslateKnobs, translate

TEXT = "I love this small house. Where is the cat?"
BACK_TAB = ":material/translate: Back-translation"
COMMAND = ("augment-back-translation", TEXT, "--beams", "2")


def test_back_translation_is_two_translations() -> None:
    result = back_translate(TEXT, BackTranslationKnobs(beams=2))
    pivot = translate(TEXT, TranslateKnobs(beams=2)).translation
    assert result.pivot == pivot
    assert result.text == translate(pivot, TranslateKnobs(direction="fr-en", beams=2)).translation
    assert " ".join(span.text for span in result.diff if span.kind != "removed") == result.text
    assert " ".join(span.text for span in result.diff if span.kind != "added") == TEXT
    assert (result.language, result.engine, result.restriction) == ("fr", "bundled", "research use")


def test_what_cannot_be_translated_is_refused() -> None:
    with pytest.raises(InputError, match="nothing to translate"):
        back_translate("\0 \n")
    with pytest.raises(TooLargeError, match="5,000"):
        back_translate("x" * 5001)
    with pytest.raises(InputError, match="no language 'de'"):
        back_translate("a", BackTranslationKnobs(language="de"))
    for text in ("🎉", "\ud800", "a" * 4000, "مرحبا"):
        back_translate(text, BackTranslationKnobs(beams=1))


def test_random_language_is_drawn_by_seed() -> None:
    engine = make_engine(BackTranslationKnobs(engine="google", language="random"))

    def draws() -> list[str]:
        return [choose_language(engine, BackTranslationKnobs(language="random", seed=seed)) for seed in range(8)]

    drawn = draws()
    assert len(set(drawn)) > 4
    assert drawn == draws()
    assert set(drawn) <= set(engine.languages)
    assert "en" not in engine.languages


# Google Translate, replaced by a function


class StandIn:
    """Answers as Google's page does: each line marked with the language; refuses the first ``refusals`` times."""

    def __init__(self, refusals: int = 0) -> None:
        self.refusals, self.requests = refusals, list[str]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        query = parse_qs(request.url.query.decode())
        text, target = query["q"][0], query["tl"][0]
        self.requests.append(text)
        if self.refusals:
            self.refusals -= 1
            return httpx.Response(429)
        lines = text.split("\n")
        output = [
            [f"{line}~{target}" + ("\n" if index + 1 < len(lines) else ""), line] for index, line in enumerate(lines)
        ]
        return httpx.Response(200, text=json.dumps([output, None, query["sl"][0]]))


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[httpx.Request], httpx.Response]], None]:
    """Replaces the network by a function, and the wait between two attempts by almost none."""
    original = httpx.AsyncClient

    def replace(answer: Callable[[httpx.Request], httpx.Response]) -> None:
        client = partial(original, transport=httpx.MockTransport(answer))
        monkeypatch.setattr(googletrans.client.httpx, "AsyncClient", client)

    monkeypatch.setattr(engines_module, "WAIT", 0.001)
    return replace


def test_requests_to_google_are_batched_and_outputs_keep_their_order(google: Callable[..., None]) -> None:
    stand_in = StandIn()
    google(stand_in)
    texts = ["one", "two\n\nthree", "", "x" * 9000, "y" * 9000]
    assert GoogleTranslate().translate(texts, "en", "fr") == [
        "one~fr",
        "two~fr\n\nthree~fr",
        "",
        "x" * 9000 + "~fr",
        "y" * 9000 + "~fr",
    ]
    assert len(stand_in.requests) == 2
    assert all(len(text) <= MAX_REQUEST for text in stand_in.requests)


def test_a_refused_request_is_sent_again(google: Callable[..., None]) -> None:
    stand_in = StandIn(refusals=2)
    google(stand_in)
    result = back_translate("good morning", BackTranslationKnobs(engine="google", language="de"))
    assert (result.pivot, result.text) == ("good morning~de", "good morning~de~en")
    assert result.restriction == "Google's terms"
    assert len(stand_in.requests) == 4


def test_google_out_of_reach_is_one_sentence(google: Callable[..., None]) -> None:
    stand_in = StandIn(refusals=99)
    google(stand_in)
    with pytest.raises(UnavailableError, match="bundled engine needs no network"):
        GoogleTranslate().translate(["a"], "en", "fr")
    assert len(stand_in.requests) == 4

    def unplugged(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route")

    google(unplugged)
    with pytest.raises(UnavailableError, match="check the network"):
        GoogleTranslate().translate(["a"], "en", "fr")


def test_merged_lines_are_sent_one_by_one(google: Callable[..., None]) -> None:
    def merging(request: httpx.Request) -> httpx.Response:
        text = parse_qs(request.url.query.decode())["q"][0]
        return httpx.Response(200, text=json.dumps([[[" ".join(text.split("\n")).upper(), text]], None, "en"]))

    google(merging)
    assert GoogleTranslate().translate(["a", "b"], "en", "fr") == ["A", "B"]


def test_batches_keep_to_the_limit() -> None:
    lines = ["a" * length for length in (1, 14_000, 998, 999, 15_000, 3)]
    made = list(batches(lines))
    assert [line for batch in made for line in batch] == lines
    assert all(len("\n".join(batch)) <= MAX_REQUEST for batch in made)
    assert len(made) == 4


# Tables


def table(path: Path, rows: int, more: str = "I have 1 cats.,0\n,1\n") -> Path:
    lines = [f"I have {number} cats.,{number % 2}\n" for number in range(rows)]
    path.write_text("text,label\n" + "".join(lines) + more)
    return path


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_table_grows_by_one_row_a_row(tmp_path: Path) -> None:
    knobs = BackTranslationTableKnobs(beams=1)
    source, target = table(tmp_path / "in.csv", 20), tmp_path / "out.csv"
    records, result = walked(back_translate_table(source, knobs, target=target))
    rows = rows_of(tmp_path / "out.csv")
    assert (result.rows, result.written, result.restriction) == (22, len(rows), "research use")
    texts = [row["text"] for row in rows]
    assert len(set(texts)) == len(texts)
    assert result.written + result.skipped == 22 + 21  # each row, and one more for each that is not empty
    for row in rows:
        if row["operation"] != "original":
            assert row["operation"] == "back-translation (fr)"
            source = f"I have {int(row['source_row']) - 1} cats."
            assert row["text"] == back_translate(source, knobs).text
            assert row["label"] == str((int(row["source_row"]) - 1) % 2)
    assert records[-1].step == records[-1].total


def test_an_interrupted_table_requests_nothing_twice(google: Callable[..., None], tmp_path: Path) -> None:
    knobs = BackTranslationTableKnobs(engine="google", language="random", seed=3)
    whole, part = StandIn(), StandIn()
    source, target = table(tmp_path / "in.csv", 350, more=""), tmp_path / "part.csv"
    google(whole)
    walked(back_translate_table(source, knobs, target=tmp_path / "whole.csv"))
    google(part)
    steps = back_translate_table(source, knobs, target=target)
    while not partial_path(target).exists() or len(rows_of(partial_path(target))) < 300:
        next(steps)
    steps.close()
    before = len(part.requests)
    walked(back_translate_table(source, knobs.model_copy(update={"resume": True}), target=target))
    assert rows_of(target) == rows_of(tmp_path / "whole.csv")
    assert 0 < before < len(whole.requests)
    again = {line for text in part.requests[:before] for line in text.split("\n")} & {
        line for text in part.requests[before:] for line in text.split("\n")
    }
    assert len(again) <= 2  # the last row of an unfinished table may lack its new row


def test_a_refusal_in_the_middle_leaves_what_was_translated(google: Callable[..., None], tmp_path: Path) -> None:
    knobs = BackTranslationTableKnobs(engine="google")
    source, target = table(tmp_path / "in.csv", 350, more=""), tmp_path / "out.csv"
    stand_in = StandIn()

    def refuses_after_the_first_batch(request: httpx.Request) -> httpx.Response:
        return httpx.Response(429) if len(stand_in.requests) >= 2 else stand_in(request)

    google(refuses_after_the_first_batch)
    with pytest.raises(UnavailableError):
        walked(back_translate_table(source, knobs, target=target))
    assert not target.exists()
    google(stand_in)
    walked(back_translate_table(source, knobs.model_copy(update={"resume": True}), target=target))
    assert len(rows_of(target)) == 700
    assert len(stand_in.requests) == 2 * 4 + 2  # the row before the interruption is translated again


def test_waiting_for_google_lets_other_jobs_have_their_turn(google: Callable[..., None], tmp_path: Path) -> None:
    may_answer = threading.Event()

    def slow(request: httpx.Request) -> httpx.Response:
        assert may_answer.wait(60)
        return StandIn()(request)

    google(slow)
    knobs = BackTranslationTableKnobs(engine="google")
    steps = back_translate_table(table(tmp_path / "in.csv", 3), knobs, target=tmp_path / "out.csv")
    for _ in range(4):  # each returns while no answer has come
        next(steps)
    may_answer.set()
    walked(steps)
    assert len(rows_of(tmp_path / "out.csv")) > 3


# Interfaces


def test_every_interface_gives_the_same_back_translation() -> None:
    expected = back_translate(TEXT, BackTranslationKnobs(beams=2))
    record = json.loads(shell(*COMMAND, "--json"))
    assert (record["pivot"], record["text"]) == (expected.pivot, expected.text)
    printed = shell(*COMMAND)
    assert expected.pivot in printed
    assert printed.splitlines()[-1] == expected.text
    response = TestClient(app).post("/v1/augment/back-translation", data={"text": TEXT, "beams": "2"}).json()
    assert (response["pivot"], response["text"]) == (expected.pivot, expected.text)


@pytest.mark.parametrize("command", ["augment-back-translation-table", "back-translate-table"])
def test_the_command_for_a_table(command: str, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("text\nThe weather was awful for 3 days.\n")
    shell(command, str(source), str(tmp_path / "out.csv"), "--beams", "1")
    assert {row["operation"] for row in rows_of(tmp_path / "out.csv")} == {"original", "back-translation (fr)"}


@pytest.mark.parametrize("parameter", [{"tab": BACK_TAB}, {"way": ":material/translate: There and back"}])
def test_page_shows_the_pivot_and_the_back_translation(parameter: dict[str, str]) -> None:
    page = app_at("augment.py")
    for name, value in ({"text": TEXT} | parameter).items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    assert not page.error
    shown = " ".join(element.proto.body for element in page.get("html"))
    assert escape(back_translate(TEXT).pivot) in shown
    assert "back-translated" in " ".join(caption.value for caption in page.caption)
