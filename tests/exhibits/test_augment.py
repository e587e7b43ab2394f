"""Augment: the four operations as the paper defines them, and tables that grow."""

import csv
import json
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from tests.interfaces.shell import ROOT, shell
from tests.steps import walked
from zoo.api import app
from zoo.core.errors import InputError, TooLargeError
from zoo.exhibits.augment import AugmentKnobs, augment, expand, proof
from zoo.exhibits.augment.eda import count_of, deleted, inserted, replaced, swapped
from zoo.exhibits.augment.tables import keep_whole_rows
from zoo.exhibits.augment.words import dressed, is_protected, synonyms

SENTENCE = "The quick service was GREAT and the Happy waiter made our day!"
VOCABULARY = [
    "the",
    "happy",
    "dog",
    "Quick",
    "slow,",
    "@user",
    "http://t.co/x",
    "GREAT!",
    "12",
    "and",
    "film",
    "terrible",
]
WORDS = st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=30)
ALPHA = st.floats(0.05, 0.5)
SEED = st.integers(0, 10_000)


# The operations


@given(WORDS, ALPHA, SEED)
def test_replacement_changes_n_words_to_synonyms_of_their_own(words: list[str], alpha: float, seed: int) -> None:
    new = replaced(words, alpha, random.Random(seed))
    changed = [place for place, (one, other) in enumerate(zip(words, new, strict=True)) if one != other]
    able = [p for p in range(len(words)) if synonyms(words[p], words[p - 1] if p else "")]
    assert len(changed) == min(count_of(words, alpha), len(able))
    for place in changed:
        assert not is_protected(words[place])
        assert new[place] in synonyms(words[place], words[place - 1] if place else "")


@given(WORDS, ALPHA, SEED)
def test_insertion_adds_n_synonyms_and_keeps_all_words_in_order(words: list[str], alpha: float, seed: int) -> None:
    new = inserted(words, alpha, random.Random(seed))
    able = any(synonyms(words[p], words[p - 1] if p else "") for p in range(len(words)))
    assert len(new) == len(words) + (count_of(words, alpha) if able else 0)
    rest = iter(new)
    assert all(word in rest for word in words)


@given(WORDS, ALPHA, SEED)
def test_swap_keeps_the_words_and_moves_at_most_two_each_time(words: list[str], alpha: float, seed: int) -> None:
    new = swapped(words, alpha, random.Random(seed))
    assert Counter(new) == Counter(words)
    assert sum(one != other for one, other in zip(words, new, strict=True)) <= 2 * count_of(words, alpha)


@given(WORDS, ALPHA, SEED)
def test_deletion_leaves_a_part_in_order(words: list[str], alpha: float, seed: int) -> None:
    new = deleted(words, alpha, random.Random(seed))
    assert 1 <= len(new) <= len(words)
    rest = iter(words)
    assert all(word in rest for word in new)


def test_deletion_takes_the_share_that_alpha_says() -> None:
    words = [str(number) for number in range(20_000)]
    assert len(deleted(words, 0.3, random.Random(0))) / len(words) == pytest.approx(0.7, abs=0.02)


@pytest.mark.parametrize(("count", "alpha", "n"), [(1, 0.05, 1), (10, 0.1, 1), (20, 0.1, 2), (19, 0.5, 9)])
def test_n_is_alpha_times_the_words_at_least_one(count: int, alpha: float, n: int) -> None:
    assert count_of(["word"] * count, alpha) == n


# Words


def test_stop_words_names_and_links_have_no_synonyms() -> None:
    for word in ("the", "And", "@user", "https://t.co/x", "12", "😀", "don't"):
        assert is_protected(word)
        assert synonyms(word) == ()


def test_synonyms_are_dressed_like_the_word() -> None:
    assert "glad" in synonyms("happy")
    assert "Glad" in synonyms("Happy")
    assert "(GLAD)!" in synonyms("(HAPPY)!")
    assert dressed("glad", "I") == "Glad"


def test_part_of_speech_follows_the_word_before() -> None:
    verbs, nouns = synonyms("run", "to"), synonyms("run", "the")
    assert set(verbs).isdisjoint(nouns)
    assert "escape" in verbs
    assert "test" in nouns
    assert synonyms("run", "grey") == nouns
    assert synonyms("sky", "grey") == ()  # which has synonyms as a verb alone


# Sentences


@given(st.text(max_size=200), SEED)
def test_any_text_gives_different_new_sentences_or_a_sentence_why_not(text: str, seed: int) -> None:
    knobs = AugmentKnobs(seed=seed % 100, outputs=5)
    if not text.replace("\0", " ").split():
        with pytest.raises(InputError, match="nothing to change"):
            augment(text, knobs)
        return
    found = augment(text, knobs)
    texts = [new.text for new in found]
    assert len(texts) <= 5
    assert len(set(texts)) == len(texts)
    assert found == augment(text, knobs)
    for new in found:
        assert " ".join(p.text for p in new.pieces if p.kind != "removed") == new.text
        before = " ".join(p.text for p in new.pieces if p.kind != "added")
        assert before == " ".join(text.encode("utf-8", "replace").decode().replace("\0", " ").split())


def test_only_what_is_on_is_done() -> None:
    for name in ("replace", "insert", "swap", "delete"):
        off = dict.fromkeys({"replace", "insert", "swap", "delete"} - {name}, False)
        assert {new.operation for new in augment(SENTENCE, AugmentKnobs(**off))} == {name}
    with pytest.raises(InputError, match="switch one on"):
        augment(SENTENCE, AugmentKnobs(replace=False, insert=False, swap=False, delete=False))


def test_seed_makes_the_difference() -> None:
    assert augment(SENTENCE, AugmentKnobs(seed=1)) != augment(SENTENCE, AugmentKnobs(seed=2))


def test_too_much_text_is_told() -> None:
    for text in ("word " * 501, "x" * 1_000_000):
        with pytest.raises(TooLargeError, match="500 words"):
            augment(text)


# Tables


def grown(source: Path, target: Path, **options: bool) -> list[dict[str, str]]:
    for _ in expand(source, target, "text", AugmentKnobs(outputs=3), **options):
        pass
    with target.open(newline="") as file:
        return list(csv.DictReader(file))


def table(path: Path, rows: int) -> Path:
    with path.open("w") as file:
        file.write("text,label\n")
        file.writelines(
            f"the happy dog number{'x' * number} ran to a quick film,{number % 2}\n" for number in range(rows)
        )
        file.write('"=SUM(A1) is terrible",1\n\n,0\nthe happy dog number ran to a quick film,0\n')
    return path


def test_table_grows_with_labels_and_without_doubles(tmp_path: Path) -> None:
    rows = grown(table(tmp_path / "in.csv", 20), tmp_path / "out.csv")
    assert list(rows[0]) == ["text", "label", "operation", "source_row"]
    texts = [row["text"] for row in rows]
    assert len(set(texts)) == len(texts)
    originals = {row["source_row"]: row for row in rows if row["operation"] == "original"}
    assert len(originals) == 22  # the repeated sentence stands there once
    assert all(row["label"] == originals[row["source_row"]]["label"] for row in rows if row["source_row"] in originals)
    assert originals["21"]["text"] == "'=SUM(A1) is terrible"
    assert len(rows) > 60


def test_an_interrupted_table_goes_on_to_the_same_end(tmp_path: Path) -> None:
    source = table(tmp_path / "in.csv", 120)
    whole = grown(source, tmp_path / "whole.csv")
    target = tmp_path / "part.csv"
    steps = expand(source, target, "text", AugmentKnobs(outputs=3))
    next(steps)
    steps.close()
    with target.open("a") as file:
        file.write("a torn li")
    assert grown(source, target, resume=True) == whole
    assert grown(source, target, resume=True) == whole


def test_another_table_is_not_gone_on_with(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="choose another file"):
        keep_whole_rows(tmp_path / "other.csv", "a", "source_row")


# The proof


def labelled(path: Path, rows: int) -> Path:
    """Two labels, each with words of its own among many that say nothing."""
    rng = random.Random(0)
    words = [["happy", "great", "brilliant", "lovely"], ["sad", "terrible", "slow", "awful"]]
    filler = [f"word{number}" for number in range(200)]
    with path.open("w") as file:
        file.write("text,label\n")
        for number in range(rows):
            sentence = [*rng.sample(filler, 6), rng.choice(words[number % 2])]
            file.write(f"{' '.join(sentence)},{number % 2}\n")
    return path


def test_proof_measures_both_ways_on_every_size(tmp_path: Path) -> None:
    table = labelled(tmp_path / "data.csv", 320)
    records, points = walked(proof(table, "text", "label", AugmentKnobs(outputs=2)))
    assert [(point.rows, point.augmented) for point in points] == [
        (size, augmented) for size in (20, 50, 100, 200) for augmented in (False, True)
    ]
    assert [record.step for record in records] == sorted(record.step for record in records)
    assert records[-1].step == records[-1].total == 4 * 5 * 2
    plain = [point.accuracy for point in points if not point.augmented]
    assert plain[-1] > 0.95 > plain[0]
    assert all(0 <= point.deviation <= 0.5 for point in points)


def test_proof_needs_rows_and_labels(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="60 rows"):
        next(proof(labelled(tmp_path / "few.csv", 30), "text", "label"))


# The doors


def test_four_operations_import_neither_torch_nor_sklearn() -> None:
    code = "import sys; from zoo.exhibits.augment import augment; sys.exit(not {'torch', 'sklearn'}.isdisjoint(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_every_door_gives_the_same_sentences(tmp_path: Path) -> None:
    knobs = AugmentKnobs(alpha=0.3, outputs=4, seed=7, swap=False)
    library = [new.text for new in augment(SENTENCE, knobs)]
    options = ["--alpha", "0.3", "--outputs", "4", "--seed", "7", "--no-swap"]
    assert [json.loads(line)["text"] for line in shell("augment", SENTENCE, *options, "--json").splitlines()] == library
    fields = {"text": SENTENCE, "alpha": "0.3", "outputs": "4", "seed": "7", "swap": "false"}
    assert [new["text"] for new in TestClient(app).post("/v1/augment", data=fields).json()] == library
    page = AppTest.from_file(str(ROOT / "pages" / "augment.py"), default_timeout=120)
    for name, value in fields.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    assert not page.error
    done = subprocess.run(
        [sys.executable, "-c", page.code[0].value], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert [line.split(" ", 1)[1] for line in done.stdout.splitlines()] == library
    source = table(tmp_path / "in.csv", 3)
    assert shell("augment-table", str(source), str(tmp_path / "out.csv"), "--outputs", "2").endswith("out.csv\n")
    assert "no column named 'words'" in shell("augment-table", str(source), str(source), "--column", "words", code=2)
    assert "switch one on" in shell(
        "augment", "a text", "--no-replace", "--no-insert", "--no-swap", "--no-delete", code=2
    )
