"""A map of features in two dimensions: principal components, then t-SNE (van der Maaten and Hinton 2008).

Exact, in short steps, so that it can be cancelled: for some hundreds of points it takes a fraction of what the
approximation of scikit-learn does, which runs in one piece. Of many points, random ones are mapped so, and each other
one is put between those that it is nearest to.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import ThreadpoolController

from zoo.core.steps import PAUSE, Steps, run_to_completion

COMPONENTS = 50
MAX_POINTS = 800  # that are mapped by t-SNE
NEIGHBOURS = 5  # of each other point
PERPLEXITY = 30.0
EXAGGERATED = 100  # iterations, the first ones, with attraction exaggerated
FEW, ITERATIONS_OF_FEW, ITERATIONS = 300, 750, 350  # up to so many points there are more iterations
EXAGGERATION = 12.0
ITERATIONS_A_STEP = 4
BLOCK = 512  # points that are placed in one step

Floats = NDArray[np.float32]


def project(features: ArrayLike, seed: int = 0) -> Floats:
    """(N, 2) positions in [-1, 1] of features (N, D): similar ones are close. The same seed gives the same map."""
    return run_to_completion(projecting(features, seed))


def projecting(features: ArrayLike, seed: int = 0) -> Steps[Floats]:
    """The same in steps: some seconds at most, however many points there are."""
    blas = ThreadpoolController()
    steps = _projecting(features, seed)
    while True:
        try:
            with blas.limit(limits=1, user_api="blas"):  # on products as small as these, threads wait for each other
                record = next(steps)
        except StopIteration as stop:
            result: Floats = stop.value
            return result
        yield record


def _projecting(features: ArrayLike, seed: int) -> Steps[Floats]:
    points = np.asarray(features, np.float32)
    if len(points) < 2:
        return np.zeros((len(points), 2), np.float32)
    rng = np.random.default_rng(seed)
    components = yield from _principal_components(points, rng)
    if len(points) < 5 or not components.any():
        return _scaled(components[:, :2])
    chosen = np.sort(rng.permutation(len(points))[:MAX_POINTS])
    placed = yield from _tsne(components[chosen])
    positions = np.empty((len(points), 2), np.float32)
    for start in range(0, len(points), BLOCK):
        block = slice(start, start + BLOCK)
        positions[block] = _between(components[block], components[chosen], placed)
        yield PAUSE
    positions[chosen] = placed
    return _scaled(positions)


def _principal_components(points: Floats, rng: np.random.Generator) -> Steps[Floats]:
    """(N, at most 50) by subspace iteration (Halko et al. 2011, arXiv:0909.4061): short matrix products alone."""
    centred = points - points.mean(0)
    scale = np.abs(centred).max(initial=0.0)
    centred /= scale or 1.0
    size = min(COMPONENTS, *points.shape)
    basis = rng.normal(size=(points.shape[1], min(size + 10, points.shape[1]))).astype(np.float32)
    for _ in range(4):
        projected = centred @ basis
        yield PAUSE
        basis = np.linalg.qr(centred.T @ projected)[0]
        yield PAUSE
    projected = centred @ basis
    values, vectors = np.linalg.eigh(projected.T @ projected)
    components: Floats = projected @ vectors[:, np.argsort(-values)[:size]]
    components *= np.sign(components[np.abs(components).argmax(0), np.arange(components.shape[1])])
    return np.pad(components, ((0, 0), (0, max(0, 2 - components.shape[1]))))


def _tsne(points: Floats) -> Steps[Floats]:
    """(M, 2) by gradient descent on the Kullback-Leibler divergence, from the two first components on."""
    joint = yield from _joint_probabilities(points)
    positions: Floats = (points[:, :2] / (points[:, 0].std() or 1.0) * 1e-4).astype(np.float32)
    update, gains = np.zeros_like(positions), np.ones_like(positions)
    rate = max(len(points) / EXAGGERATION / 4, 50.0)
    for iteration in range(ITERATIONS_OF_FEW if len(points) <= FEW else ITERATIONS):
        early = iteration < EXAGGERATED
        gradient = _gradient(joint * EXAGGERATION if early else joint, positions)
        gains = np.where(update * gradient < 0, gains + 0.2, gains * 0.8).clip(min=0.01)
        update = (0.5 if early else 0.8) * update - rate * gains * gradient
        positions = (positions + update).astype(np.float32)
        if iteration % ITERATIONS_A_STEP == 0:
            yield PAUSE
    centred: Floats = positions - positions.mean(0)
    return centred


def _gradient(joint: Floats, positions: Floats) -> Floats:
    kernel = 1 / (1 + _squared_distances(positions, positions))
    np.fill_diagonal(kernel, 0)
    weights = (joint - kernel / max(kernel.sum(), 1e-12)) * kernel
    gradient: Floats = 4 * (weights.sum(1, keepdims=True) * positions - weights @ positions)
    return gradient


def _joint_probabilities(points: Floats) -> Steps[Floats]:
    """(M, M) symmetric: of Gaussians around each point, as wide as its perplexity asks, by bisection."""
    distances = _squared_distances(points, points)
    distances /= distances.mean() or 1.0
    np.fill_diagonal(distances, np.inf)
    distances -= distances.min(1, keepdims=True)  # without effect on the probabilities, and none are all zero
    target = np.log(min(PERPLEXITY, (len(points) - 1) / 3))
    low, high = np.full((len(points), 1), -12.0), np.full((len(points), 1), 12.0)
    for _ in range(24):
        middle = (low + high) / 2  # of the logarithm of the precision
        conditional = np.exp(-distances * np.exp(middle).astype(np.float32))
        conditional /= conditional.sum(1, keepdims=True)
        entropy = -(conditional * np.log(np.maximum(conditional, 1e-30))).sum(1, keepdims=True)
        low, high = np.where(entropy > target, middle, low), np.where(entropy > target, high, middle)
        yield PAUSE
    joint: Floats = (conditional + conditional.T) / (2 * len(points))
    return joint


def _squared_distances(points: Floats, others: Floats) -> Floats:
    """(N, M)."""
    products = points @ others.T
    distances: Floats = (points**2).sum(1)[:, None] + (others**2).sum(1) - 2 * products
    return np.maximum(distances, 0)


def _between(points: Floats, landmarks: Floats, placed: Floats) -> Floats:
    """Positions of points among the landmarks that are nearest to them, weighted by closeness."""
    distances = _squared_distances(points, landmarks)
    nearest = np.argpartition(distances, min(NEIGHBOURS, len(landmarks)) - 1, axis=1)[:, :NEIGHBOURS]
    weights = 1 / (np.take_along_axis(distances, nearest, 1) + 1e-9)
    weights /= weights.sum(1, keepdims=True)
    positions: Floats = (weights[:, :, None] * placed[nearest]).sum(1)
    return positions


def _scaled(positions: Floats) -> Floats:
    """The same map in [-1, 1], its middle at 0."""
    low, high = positions.min(0), positions.max(0)
    half = (high - low).max() / 2
    scaled: Floats = ((positions - (low + high) / 2) / (half or 1.0)).astype(np.float32)
    return scaled.clip(-1, 1)
