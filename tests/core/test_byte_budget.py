"""Memory for decoded pictures: it is shared in order, and no more of them are decoded than fit in."""

import gc
import io
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from PIL import Image

from tests.core.runtimes import PATIENCE, until
from zoo.core import byte_budget, images
from zoo.core.byte_budget import ByteBudget
from zoo.core.cancellation import Cancellation
from zoo.core.errors import CancelledJob
from zoo.core.images import IMAGE_LIMITS, decode_image, decoding_bytes, kept_bytes
from zoo.core.srgb import notes_of


def file_of(image: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def test_bytes_are_granted_in_the_order_of_asking() -> None:
    budget = ByteBudget(100)
    first, large, small = budget.ask(60), budget.ask(80), budget.ask(10)
    assert [hold.granted.done() for hold in (first, large, small)] == [True, False, False]
    first.release()
    assert [hold.granted.done() for hold in (large, small)] == [True, True]
    assert budget.used == 90


def test_more_than_there_is_is_granted_alone() -> None:
    budget = ByteBudget(100)
    first, larger = budget.ask(1), budget.ask(500)
    assert not larger.granted.done()
    first.release()
    assert larger.granted.done()
    after = budget.ask(1)
    assert not after.granted.done()
    larger.resize(50)
    assert after.granted.done()


def test_whoever_stops_waiting_holds_nobody_up() -> None:
    budget = ByteBudget(100)
    first, waiting, last = budget.ask(90), budget.ask(90), budget.ask(5)
    waiting.release()
    assert last.granted.done()
    first.release()
    first.release()
    assert budget.used == 5


def test_a_waiting_thread_ends_when_its_work_is_cancelled(pool: ThreadPoolExecutor) -> None:
    budget, cancellation = ByteBudget(100), Cancellation()
    first = budget.ask(100)

    def wait() -> None:
        with budget.holding(50):
            raise AssertionError("the bytes were granted")

    waiting = pool.submit(cancellation.run, wait)
    until(lambda: budget._waiting)
    cancellation.cancel()
    with pytest.raises(CancelledJob):
        waiting.result(PATIENCE)
    first.release()
    assert budget.used == 0


def test_decoding_waits_for_its_memory(monkeypatch: pytest.MonkeyPatch, pool: ThreadPoolExecutor) -> None:
    budget = ByteBudget(decoding_bytes(file_of(Image.new("RGB", (300, 200)))))
    monkeypatch.setattr(byte_budget, "decoding_budget", lambda: budget)
    hold = budget.ask(1)
    waiting = pool.submit(decode_image, file_of(Image.new("RGB", (300, 200))))
    until(lambda: budget._waiting)
    assert not waiting.done()
    hold.release()
    assert waiting.result(PATIENCE).size == (300, 200)
    assert budget.used == 0


def test_at_most_the_budget_is_decoded_at_a_time(monkeypatch: pytest.MonkeyPatch, pool: ThreadPoolExecutor) -> None:
    data = file_of(Image.new("RGB", (300, 200)))
    budget, at_once = ByteBudget(2 * decoding_bytes(data)), []
    monkeypatch.setattr(byte_budget, "decoding_budget", lambda: budget)
    decode = images._decode

    def watched(*arguments: Any) -> Image.Image:
        at_once.append(budget.used)
        return decode(*arguments)

    monkeypatch.setattr(images, "_decode", watched)
    assert len(list(pool.map(decode_image, [data] * 16))) == len(at_once) == 16
    assert max(at_once) <= budget.total


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_the_estimate_is_of_the_pixels_not_of_the_file(form: str) -> None:
    small, large = (file_of(Image.new("RGB", (side, side)), form) for side in (100, 1000))
    assert decoding_bytes(large) == 100 * decoding_bytes(small)
    assert decoding_bytes(large) >= 2 * kept_bytes(decode_image(large))
    file = io.BytesIO(large)
    assert decoding_bytes(file) == decoding_bytes(large)
    assert file.tell() == 0


@pytest.mark.parametrize("data", [b"", b"some words", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n" + bytes(40)])
def test_what_is_no_picture_takes_none(data: bytes) -> None:
    assert decoding_bytes(data) == 0


def test_a_large_picture_is_reduced_and_told() -> None:
    large = Image.new("L", (8000, 5000), 255)
    large.paste(0, (0, 0, 4000, 5000))
    picture = decode_image(file_of(large))
    assert picture.size == (4000, 2500)
    assert picture.width * picture.height <= IMAGE_LIMITS.max_kept_pixels
    assert (picture.getpixel((1999, 0)), picture.getpixel((2000, 0))) == ((0, 0, 0), (255, 255, 255))
    assert notes_of(picture) == ("The picture has 40.0 megapixels: it was read at half its size, 4000 x 2500 pixels.",)


def test_a_large_jpeg_is_reduced_while_it_is_decoded() -> None:
    data = file_of(Image.new("RGB", (8000, 5000), (250, 120, 30)), "JPEG")
    assert decoding_bytes(data) < decoding_bytes(file_of(Image.new("RGB", (8000, 5000)))) / 5
    assert decode_image(data).size == (4000, 2500)
    assert decoding_bytes(file_of(Image.new("RGB", (3000, 3000)), "JPEG", progressive=True)) > decoding_bytes(
        file_of(Image.new("RGB", (3000, 3000)), "JPEG")
    )


def test_garbage_is_freed_that_was_frozen_while_it_was_used() -> None:
    class Page:
        def __init__(self) -> None:
            self.itself = self

    page = Page()
    kept = weakref.ref(page)
    gc.freeze()  # as each model that is loaded does
    del page
    gc.collect()
    assert kept() is not None
    byte_budget.collect_garbage()
    assert kept() is None
    assert gc.get_freeze_count() > 0
