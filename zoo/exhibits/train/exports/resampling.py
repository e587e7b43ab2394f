"""Pillow's resampling, and the views of ``zoo.core.preprocessing``, as ONNX operators: the same pixels, bit by bit.

Pillow resamples one axis, then the other (src/libImaging/Resample.c). Each pixel is a sum of neighbours, weighted by
integers of 22 fractional bits, and rounded to 8 bits after each pass. The weights follow from the picture's size: the
graph computes them, in the same order and precision. The sums are integers of 32 bits, one neighbour at a time, so that
a photograph of 12 megapixels needs no more memory than some copies of itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import pi

import numpy as np
import onnx
from onnx import TensorProto, helper

from zoo.core.onnx.graphs import Graph, Term, either, where
from zoo.core.preprocessing import View

BITS = 22  # of the fractions of Pillow's weights
REACH = {"bilinear": 1.0, "bicubic": 2.0, "lanczos": 3.0}  # of a filter to each side, in pixels of the smaller picture


@dataclass(frozen=True)
class ChosenView:
    """The numbers of the view that fits the picture: terms without axes. ``index``: among the views."""

    index: Term
    resize: Term
    crop: Term
    temperature: Term
    stretch: Term


@dataclass(frozen=True)
class Span:
    """One axis of the part of the picture that is resampled: pixels ``start`` to ``end``, of which ``first`` to
    ``last`` (float32, from ``start`` on) become the input of the model."""

    start: Term
    end: Term
    first: Term
    last: Term

    @property
    def length(self) -> Term:
        return self.end - self.start


def input_pixels(graph: Graph, picture: str, views: Sequence[View]) -> tuple[Term, ChosenView]:
    """Pixels (1, 3, crop, crop) in [0, 1] of the named picture (H, W, 3) of bytes, and the view."""
    shape = graph.add("Shape", picture)
    height, width = (Term(graph, graph.add("Gather", shape, graph.constant(i, np.int64)), np.int64) for i in (0, 1))
    side = height.at_most(width)
    view = _chosen(graph, side, views)
    rows, columns = (_span(length, side, view) for length in (height, width))
    filters = [each.interpolation for each in views]
    part = _part(picture, rows, columns)
    down, across = (_Pass(span.length, _weights(span, view, filters)) for span in (rows, columns))
    rows_first = _rows_first(rows, columns, view)
    (turned,) = either(rows_first, [part], [part.apply("Transpose", perm=[1, 0, 2])])
    first, second = down.choose(rows_first, across), across.choose(rows_first, down)
    narrow = _resampled(turned.reshape(first.length, -1), first.weights, view.crop)
    narrow = narrow.reshape(view.crop, second.length, 3).apply("Transpose", perm=[1, 0, 2])
    small = _resampled(narrow.reshape(second.length, -1), second.weights, view.crop)
    small = small.reshape(view.crop, view.crop, 3)
    (upright,) = either(
        rows_first, [small.apply("Transpose", perm=[2, 1, 0])], [small.apply("Transpose", perm=[2, 0, 1])]
    )
    return (upright.cast(np.float32) / 255).apply("Unsqueeze", graph.constant([0], np.int64)), view


def _part(picture: str, rows: Span, columns: Span) -> Term:
    """The pixels of the picture that are resampled."""
    graph = rows.start.graph
    starts, ends = (
        graph.add("Concat", *(_vector(each).name for each in pair), axis=0)
        for pair in ((rows.start, columns.start), (rows.end, columns.end))
    )
    return Term(graph, graph.add("Slice", picture, starts, ends, graph.constant([0, 1], np.int64)), np.uint8)


def _rows_first(rows: Span, columns: Span, view: ChosenView) -> Term:
    """Whether the number of rows is reduced before that of columns: Pillow does so from version 13 on, where the
    height shrinks by more than twice as many pixels as the width."""
    lost_rows, lost_columns = rows.length - view.crop, columns.length - view.crop
    much = (lost_columns * 2 < lost_rows).cast(np.int64) * (lost_rows * 0 < lost_rows).cast(np.int64)
    return much.cast(np.bool_)


def _vector(term: Term) -> Term:
    return term.reshape(1)


def _chosen(graph: Graph, side: Term, views: Sequence[View]) -> ChosenView:
    """The first view whose ``up_to`` the short side does not exceed, else the last."""

    def choose(values: Sequence[float], dtype: type) -> Term:
        term = Term(graph, graph.constant(values[-1], dtype), dtype)
        for view, value in reversed(list(zip(views[:-1], values[:-1], strict=True))):
            if view.up_to is not None:
                term = where(side <= view.up_to, Term(graph, graph.constant(value, dtype), dtype), term)
        return term

    indices = list(range(len(views)))
    for index, view in enumerate(views):
        if view.up_to is None:  # for pictures of every size: those after it are never chosen
            indices[index:] = [index] * (len(views) - index)
            break
    given = [views[index] for index in indices]
    return ChosenView(
        choose(indices, np.int64),
        choose([view.resize for view in given], np.float64),
        choose([view.crop for view in given], np.int64),
        choose([view.temperature for view in given], np.float32),
        choose([view.stretch for view in given], np.int64).cast(np.bool_),
    )


def _span(length: Term, side: Term, view: ChosenView) -> Span:
    """``View.box`` and the neighbourhood that ``View.picture`` keeps, along one axis of ``length`` pixels."""
    size, crop = length.cast(np.float64), view.crop.cast(np.float64)
    scale = view.resize / where(view.stretch, size, side.cast(np.float64))
    first = ((size * scale).apply("Round") - crop).at_least(0.0) / 2
    first = first.apply("Floor") / scale
    last = first + crop / scale
    margin = (1.0 / scale).at_least(1.0) * 4
    start = (first - margin).at_least(0.0).apply("Floor")
    end = (last + margin + 1.0).at_most(size).apply("Floor")
    inside = ((edge - start).cast(np.float32) for edge in (first, last))  # as Pillow takes a box
    return Span(start.cast(np.int64), end.cast(np.int64), *inside)


@dataclass(frozen=True)
class Weights:
    """Of each of ``taps`` neighbours and each new pixel (taps, crop): its ``index``, and its integer ``weight``."""

    taps: Term
    index: Term
    weight: Term

    def choose(self, condition: Term, other: "Weights") -> "Weights":
        """``other`` where the condition is true, else these."""
        mine, others = ([each.taps, each.index, each.weight] for each in (self, other))
        return Weights(*either(condition, others, mine))


@dataclass(frozen=True)
class _Pass:
    """An axis of ``length`` pixels, and how it is resampled."""

    length: Term
    weights: Weights

    def choose(self, condition: Term, other: "_Pass") -> "_Pass":
        """This one where the condition is true, else ``other``."""
        (length,) = either(condition, [self.length], [other.length])
        return _Pass(length, other.weights.choose(condition, self.weights))


def _weights(span: Span, view: ChosenView, filters: Sequence[str]) -> Weights:
    """The weights by the filter of the view that was chosen."""
    kinds = list(dict.fromkeys(filters))
    built = {kind: _nearest(span, view) if kind == "nearest" else _filtered(span, view, kind) for kind in kinds}
    weights = built[filters[-1]]
    if len(kinds) == 1:
        return weights
    for index, kind in reversed(list(enumerate(filters[:-1]))):
        weights = weights.choose(view.index <= index, built[kind])
    return weights


def _filtered(span: Span, view: ChosenView, kind: str) -> Weights:
    """``precompute_coeffs`` and ``normalize_coeffs_8bpc`` of Pillow."""
    graph = view.crop.graph
    scale = (span.last - span.first).cast(np.float64) / view.crop.cast(np.float64)
    stretched = scale.at_least(1.0)
    support = stretched * REACH[kind]
    taps = (support.apply("Ceil") * 2 + 1.0).cast(np.int64)
    center = span.first.cast(np.float64) + (_counted(view.crop).cast(np.float64) + 0.5) * scale  # (crop,)
    start = (center - support + 0.5).at_least(0.0).apply("Floor")
    end = (center + support + 0.5).apply("Floor").at_most(span.length.cast(np.float64))
    tap = _counted(taps).cast(np.float64).reshape(-1, 1)  # (taps, 1)
    position = tap + start  # (taps, crop)
    weight = _FILTERS[kind]((position - center + 0.5) * (1.0 / stretched))
    weight = where(tap < end - start, weight, weight * 0.0)
    # One after the other, as Pillow adds them up: in another order the last bit may differ.
    total = weight.apply("CumSum", graph.constant(0, np.int64)).apply("Gather", graph.constant(-1, np.int64), axis=0)
    fixed = weight / total * 2.0**BITS
    half = where(fixed < 0.0, fixed * 0.0 - 0.5, fixed * 0.0 + 0.5)
    index = position.at_most((span.length - 1).cast(np.float64)).cast(np.int64)
    return Weights(taps, index, (fixed + half).cast(np.int32))


def _nearest(span: Span, view: ChosenView) -> Weights:
    """The pixel at the centre of each new pixel; Pillow adds up the steps between them."""
    graph = view.crop.graph
    step = ((span.last - span.first) / view.crop.cast(np.float32)).cast(np.float64)
    begin = span.first.cast(np.float64) + step * 0.5
    counted = _counted(view.crop).cast(np.float64)
    steps = where(counted < 1.0, counted * 0.0 + begin, counted * 0.0 + step)
    index = steps.apply("CumSum", graph.constant(0, np.int64)).cast(np.int64).at_most(span.length - 1).reshape(1, -1)
    return Weights(view.crop * 0 + 1, index, index.cast(np.int32) * 0 + 2**BITS)


def _counted(count: Term) -> Term:
    """0, 1, ... up to ``count``."""
    graph = count.graph
    zero, one = graph.constant(0, np.int64), graph.constant(1, np.int64)
    return Term(graph, graph.add("Range", zero, count.name, one), np.int64)


def _bilinear(x: Term) -> Term:
    return (1.0 - x.apply("Abs")).at_least(0.0)


def _bicubic(x: Term) -> Term:
    x = x.apply("Abs")
    near = (x * 1.5 - 2.5) * x * x + 1.0
    far = (((x - 5.0) * x + 8.0) * x - 4.0) * -0.5
    return where(x < 1.0, near, where(x < 2.0, far, x * 0.0))


def _lanczos(x: Term) -> Term:
    inside = where(x < 3.0, _sinc(x) * _sinc(x / 3.0), x * 0.0)
    return where(x < -3.0, x * 0.0, inside)


def _sinc(x: Term) -> Term:
    angle = x * pi
    zero = x.apply("Abs") <= 0.0
    divisor = where(zero, x * 0.0 + 1.0, angle)
    return where(zero, x * 0.0 + 1.0, angle.apply("Sin") / divisor)


_FILTERS: dict[str, Callable[[Term], Term]] = {"bilinear": _bilinear, "bicubic": _bicubic, "lanczos": _lanczos}


def _resampled(lines: Term, weights: Weights, crop: Term) -> Term:
    """(crop, M) bytes: sums of the lines (N, M) with these weights, a neighbour at each turn of a loop."""
    graph = lines.graph
    body = Graph(graph)
    number, going, total = (graph.name(stem) for stem in ("tap", "going", "total"))
    indices = body.add("Gather", weights.index.name, number)
    factors = Term(body, body.add("Gather", weights.weight.name, number), np.int32).reshape(-1, 1)
    values = Term(body, body.add("Gather", lines.name, indices), np.uint8).cast(np.int32)
    added = Term(body, total, np.int32) + values * factors
    still = body.add("Identity", going)
    loop = body.proto(
        graph.name("resampling"),
        [_info(number, TensorProto.INT64, 0), _info(going, TensorProto.BOOL, 0), _info(total, TensorProto.INT32, 2)],
        [_info(still, TensorProto.BOOL, 0), _info(added.name, TensorProto.INT32, 2)],
    )
    width = Term(graph, graph.add("Gather", graph.add("Shape", lines.name), graph.constant(1, np.int64)), np.int64)
    shape = graph.add("Concat", _vector(crop).name, _vector(width).name, axis=0)
    begin = graph.add("Expand", graph.constant([[1 << (BITS - 1)]], np.int32), shape)  # rounds to the nearest
    summed = Term(graph, graph.add("Loop", weights.taps.name, "", begin, body=loop), np.int32)
    return (summed.at_least(0) / (1 << BITS)).at_most(255).cast(np.uint8)


def _info(name: str, kind: int, axes: int) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, [None] * axes)
