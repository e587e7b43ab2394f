"""``python -m docs.build``: write the generated pages, then build the site into ``site/``. It needs no network."""

import os
import subprocess
import sys
from pathlib import Path

from docs.reference import pages, stale

ROOT = Path(__file__).parents[1]


def main() -> None:
    files = pages()
    for path in stale(files):
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(files[path])
        print(f"wrote {path}")
    command = [str(Path(sys.executable).with_name("zensical")), "build", "--clean", "--strict"]
    plain = os.environ | {"NO_COLOR": "1"}
    raise SystemExit(subprocess.run(command, cwd=ROOT, env=plain, check=False).returncode)


if __name__ == "__main__":
    main()
