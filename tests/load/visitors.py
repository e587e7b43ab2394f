"""Visitors of the pages without a browser: each opens a websocket as Streamlit's frontend does, and reads pages."""

import asyncio
import time
from dataclasses import dataclass, field

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

PAUSE = 2.0  # seconds that a visitor looks at a page
PATIENCE = 300.0
PROTOCOLS = [websockets.Subprotocol("streamlit")]


@dataclass
class Readings:
    """What a kind of client met: seconds of each answer, how many were told to come later, and what went wrong."""

    seconds: list[float] = field(default_factory=list)
    busy: int = 0
    mishaps: list[str] = field(default_factory=list)


async def visit(address: str, pages: list[str], until: float, readings: Readings) -> None:
    """Read one page after the other over one connection until ``until``, on the clock of ``time.monotonic``."""
    url = f"{address.replace('http', 'ws', 1)}/_stcore/stream"
    try:
        async with websockets.connect(
            url, subprotocols=PROTOCOLS, max_size=None, ping_interval=None, open_timeout=60
        ) as socket:
            turn = 0
            while time.monotonic() < until:
                page = pages[turn % len(pages)]
                turn += 1
                started = time.monotonic()
                mishap = await asyncio.wait_for(_read(socket, page), PATIENCE)
                readings.seconds.append(time.monotonic() - started)
                if mishap:
                    readings.mishaps.append(f"{page or 'home'}: {mishap}")
                await asyncio.sleep(PAUSE)
    except (OSError, TimeoutError, websockets.WebSocketException) as error:
        readings.mishaps.append(f"{type(error).__name__}: {error}")


async def _read(socket: websockets.ClientConnection, page: str) -> str:
    """Ask for a page and wait until it is drawn; what it reports as an error, if it does."""
    asked = BackMsg()
    asked.rerun_script.page_name = page
    await socket.send(asked.SerializeToString())
    mishap = ""
    while True:
        message = ForwardMsg()
        message.ParseFromString(await socket.recv(decode=False))
        kind = message.WhichOneof("type")
        if kind == "delta":
            mishap = mishap or _mishap(message)
        elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            return mishap if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY else "the script failed"


def _mishap(message: ForwardMsg) -> str:
    element = message.delta.new_element
    match element.WhichOneof("type"):
        case "exception":
            return element.exception.message or element.exception.type
        case "alert" if element.alert.format == element.alert.ERROR:
            return element.alert.body
        case _:
            return ""
