"""A page as a script, without a browser: with the router around it, as a visitor opens it."""

import re
from pathlib import Path

from streamlit.testing.v1 import AppTest

from pages.components.escape import JOINER

ROUTER = Path(__file__).parents[1] / "pages" / "router.py"


def app_at(script: str) -> AppTest:
    """The app at a page, not run yet: the URL's parameters can still be set."""
    app = AppTest.from_file(str(ROUTER), default_timeout=120)
    app.switch_page(script)
    return app


def run(app: AppTest) -> AppTest:
    """After a change: drawn without an error."""
    app.run()
    assert not app.exception
    assert not app.error
    return app


def plain(markdown: str) -> str:
    """What a reader sees of texts that were escaped: without backslashes and joiners."""
    return re.sub(r"\\([^\w\s])", r"\1", markdown.replace(JOINER, ""))
