"""The errors a visitor may meet, each with its HTTP status and a sentence that says what was wrong and what to do."""

from typing import ClassVar


class ZooError(Exception):
    """Base of all. ``str(error)`` is one sentence fit for the visitor's eyes."""

    status: ClassVar[int] = 500


class InputError(ZooError):
    """What was sent cannot be used: not decodable, empty, or out of a parameter's bounds."""

    status = 422


class TooLargeError(InputError):
    """What was sent exceeds a limit on bytes, pixels, duration, rows or members."""

    status = 413


class NotFoundError(ZooError):
    """No model, exhibit or job of that name."""

    status = 404


class BusyError(ZooError):
    """The queue is full; worth another try after ``retry_after`` seconds."""

    status = 429

    def __init__(self, message: str, retry_after: float = 2.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class UnavailableError(ZooError):
    """Something outside the zoo is missing, most often the network for a download."""

    status = 503


class CancelledJob(ZooError):
    """The work was cancelled before it had a result."""

    status = 409
