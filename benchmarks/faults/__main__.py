"""Do every fault, and write docs/faults.md. Exit status 1 where one is not told as it should be."""

import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.faults import disks, ends, files
from benchmarks.faults.processes import ROOT

Rows = list[tuple[str, str]]
FAULTS: dict[str, Callable[[Path], Rows]] = {
    "Disk full, of the server": disks.full_disk,
    "Disk full, of an output file": disks.full_output,
    "Folders of data and caches read-only": disks.read_only_caches,
    "Everything read-only": disks.read_only_everything,
    "No network, or none allowed": files.no_network,
    "Downloads that are something else, or cut": files.downloads,
    "Damaged files of two bundled models": files.damaged_models,
    "Killed in the middle of a request": ends.killed_in_a_request,
    "SIGTERM in the middle of a job": ends.stopped_in_a_job,
    "Port in use": ends.port_in_use,
    "System clock set back": files.clock_set_back,
}
PAGE = ROOT / "docs" / "faults.md"
HEAD = """# Faults

`make faults` does each fault to a real server or command and writes this page: what was asked for, and what the user is
told, word for word. It needs Linux and root, for small and read-only file systems that the server alone has.

| fault | asked for | the user gets | passes |
|---|---|---|---|
"""


def main(wanted: list[str]) -> int:
    """Do the faults whose names contain a word that is wanted, or all. The page keeps the rows of the others."""
    failed = 0
    for name, fault in FAULTS.items():
        if wanted and not any(word in name.lower() for word in wanted):
            continue
        with TemporaryDirectory(prefix="faults-") as folder:
            try:
                rows, passes = fault(Path(folder) / "run"), "yes"
            except Exception:
                traceback.print_exc()
                rows, passes, failed = [("", "not what it should be")], "**no**", failed + 1
            told = [(asked, got.replace(folder, "FOLDER").replace("|", "/")) for asked, got in rows]
        lines = [f"| {name} | {asked} | {got} | {passes} |" for asked, got in told]
        print("\n".join(lines), flush=True)
        write(name, lines)
    return 1 if failed else 0


def write(name: str, lines: list[str]) -> None:
    """Bring the rows of one fault in docs/faults.md up to date."""
    known = PAGE.read_text().splitlines() if PAGE.exists() else []
    table = {each: [line for line in known if line.startswith(f"| {each} |")] for each in FAULTS}
    table[name] = lines
    PAGE.write_text(HEAD + "".join(f"{line}\n" for rows in table.values() for line in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
