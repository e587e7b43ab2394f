"""Who may change what all visitors share: the models in memory and on disk, and the machine's time."""

from zoo.core.errors import InputError
from zoo.core.settings import Settings, variable
from zoo.core.user_models import LOCAL_OWNER


def may_control(owner: str) -> bool:
    """Python and the shell always; visitors of pages and HTTP unless the operator's setting forbids it."""
    return owner == LOCAL_OWNER or Settings().controls


def check_controls(owner: str) -> None:
    """Raises InputError where an owner may change nothing."""
    if not may_control(owner):
        raise InputError(f"Whoever runs this server does not allow this to visitors ({variable('controls')}).")
