"""Where the bundled files lie: models, examples, tables, the logo.

In a checkout they are ``assets/`` at its root; an installed wheel carries them inside of the package.
"""

from pathlib import Path
from typing import Final

_INSTALLED = Path(__file__).parents[1] / "assets"

ASSETS: Final = _INSTALLED if _INSTALLED.is_dir() else Path(__file__).parents[2] / "assets"
MODELS: Final = ASSETS / "models"
EXAMPLES: Final = ASSETS / "examples"
TABLES: Final = ASSETS / "tables"
