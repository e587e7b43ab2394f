"""Disks that are full or read-only."""

from pathlib import Path

import httpx2

from benchmarks.faults.processes import Server, sentence, server, told, zoo
from zoo.examples import example_path

SMALL = 2**20  # bytes of the file system that is filled
LEARN = {"steps": "20", "title": "Faults"}


def full_disk(folder: Path) -> list[tuple[str, str]]:
    folder.mkdir()
    mount = f"mount -t tmpfs -o size={SMALL} none {folder} && mkdir {folder}/tmp {folder}/data {folder}/cache"
    with server(folder, prepare=mount) as started:
        fill(started)
        table = b"text\n" + b"a good day\n" * 200_000
        return [
            ("upload of a table", sentence(started.post("sentiment/table", files={"table": ("t.csv", table)}), 507)),
            ("a model of one's own", sentence(learn(started), 507)),
            ("a prediction", works(started.post("sentiment", data={"text": "A good day."}))),
            ("a page", works(started.get("/"))),
        ]


def fill(started: Server) -> None:
    """Leave no byte on the server's disk."""
    with started.inside(started.folder / "filler").open("wb", buffering=0) as filler:
        try:
            while True:
                filler.write(b"\0" * 4096)
        except OSError:
            return


def learn(started: Server) -> httpx2.Response:
    picture = Path(example_path("ink")).read_bytes()
    return started.post("style/learn?format=json", data=LEARN, files={"painting": ("p.webp", picture)})


def works(answer: httpx2.Response) -> str:
    assert answer.status_code == 200, f"{answer.status_code}: {answer.text[:300]}"
    return "200: as ever"


def full_output(folder: Path) -> list[tuple[str, str]]:
    (folder / "out").mkdir(parents=True)
    table = folder / "table.csv"
    table.write_text("text\n" + "a good day\n" * 2000)
    mount = f"mount -t tmpfs -o size=8k none {folder}/out"
    done = zoo(folder, "sentiment-table", str(table), str(folder / "out" / "out.csv"), prepare=mount)
    return [("zoo sentiment-table", told(done))]


def read_only_caches(folder: Path) -> list[tuple[str, str]]:
    folder.mkdir()
    mount = " && ".join(f"mount -t tmpfs -o ro none {folder}/{name}" for name in ("data", "cache"))
    picture = Path(example_path("coffee")).read_bytes()
    with server(folder, prepare=mount) as started:
        official = {"data": {"model": "torchvision/squeezenet1_1"}, "files": {"image": ("c.jpg", picture)}}
        return [
            ("a prediction", works(started.post("classify", files={"image": ("c.jpg", picture)}))),
            ("a model of one's own", sentence(learn(started), 503)),
            ("an official model", sentence(started.post("classify", **official), 503)),
        ]


def read_only_everything(folder: Path) -> list[tuple[str, str]]:
    folder.mkdir()
    places = [folder, *map(Path, ("/tmp", "/var/tmp", "/usr/tmp")), Path.cwd()]
    mount = " && ".join(f"mount --bind {p} {p} && mount -o remount,bind,ro {p}" for p in places if p.exists())
    return [("zoo serve", told(zoo(folder, "serve", prepare=mount)))]
