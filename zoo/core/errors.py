"""The errors of all interfaces, each with its HTTP status and a sentence on what was wrong and what to do."""

from typing import ClassVar


class ZooError(Exception):
    """Base of all. ``str(error)`` is one sentence for the user."""

    status: ClassVar[int] = 500


class InputError(ZooError):
    """An input cannot be used: not decodable, empty, or out of a knob's bounds."""

    status = 422


class TooLargeError(InputError):
    """An input exceeds a limit on bytes, pixels, duration, rows or items."""

    status = 413


class NotFoundError(ZooError):
    """No model, exhibit or job of that name."""

    status = 404


class BusyError(ZooError):
    """The queue is full; try again after ``retry_after`` seconds."""

    status = 429

    def __init__(self, message: str, retry_after: float = 2.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class UnavailableError(ZooError):
    """Something outside of this process is missing, most often the network for a download."""

    status = 503


class DamagedModelError(UnavailableError):
    """Files of a model on this machine are missing, unreadable or not what they were; the other models work."""


class StorageError(ZooError):
    """The disk is full, or a limit on stored bytes is reached."""

    status = 507


class TimeLimitError(ZooError):
    """A request took longer than the operator allows."""

    status = 504


class CancelledJob(ZooError):
    """A job was cancelled before it had a result."""

    status = 409
