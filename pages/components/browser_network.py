"""Small networks that compute in the browser, by ONNX Runtime Web, which this server sends with them.

A component that needs one puts ``JS`` before its own code and calls ``await network(data.runtime, data.model, shape)``:
what it gets is an asynchronous function from a ``Float32Array`` of inputs to one of outputs, in the order of their
memory. The component's data have ``RUNTIME`` as ``runtime`` and what ``publish`` returned as ``model``. A file of
``zoo.core.onnx.networks.network_file`` fits. Calls are computed one after another.
"""

import hashlib
import threading
from collections import OrderedDict
from functools import cache

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from zoo.core import checksums
from zoo.core.assets import ASSETS

ROUTE = "/browser/{name:path}"  # of app.py
VERSION = "1.17.3"  # of ONNX Runtime Web, which assets/onnxruntime-web has
RUNTIME = f"/browser/{VERSION}"
SCRIPT, WASM = "ort.wasm-core.min.js", "ort-wasm-simd.wasm"
TYPES = {SCRIPT: "text/javascript; charset=utf-8", WASM: "application/wasm"}
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}  # an address never changes its content
PRIVATE = {"Cache-Control": "private, max-age=31536000, immutable"}  # a network may be a visitor's own
BUDGET = 64 * 2**20  # bytes of all published networks; those that were not asked for the longest make room

JS = """
function onnxRuntime(runtime) {
  return globalThis.zooRuntime ||= new Promise((resolve, reject) => {
    const script = document.createElement("script")
    script.src = `${runtime}/ort.wasm-core.min.js`
    script.onload = () => {
      const ort = globalThis.ort
      ort.env.logLevel = "error"
      ort.env.wasm.numThreads = 1
      ort.env.wasm.wasmPaths = `${runtime}/`
      resolve(ort)
    }
    script.onerror = () => {
      globalThis.zooRuntime = undefined  // so that a later call tries again
      reject(new Error("ONNX Runtime Web did not load"))
    }
    document.head.append(script)
  })
}

async function network(runtime, model, shape) {
  const ort = await onnxRuntime(runtime)
  const answer = await fetch(model)
  if (!answer.ok) throw new Error(`the network did not load (${answer.status})`)
  const session = await ort.InferenceSession.create(await answer.arrayBuffer())
  let before = Promise.resolve()  // a session computes one thing at a time
  return (inputs) => {
    const run = async () => (await session.run({ inputs: new ort.Tensor("float32", inputs, shape) })).outputs.data
    return before = before.then(run, run)
  }
}
"""

_models: OrderedDict[str, bytes] = OrderedDict()
_lock = threading.Lock()


def publish(model: bytes) -> str:
    """The path under which browsers fetch an ONNX file: a digest of it, that nobody guesses who has not the file."""
    name = f"{hashlib.sha256(model).hexdigest()[:40]}.onnx"
    with _lock:
        _models[name] = model
        _models.move_to_end(name)
        while len(_models) > 1 and sum(map(len, _models.values())) > BUDGET:
            _models.popitem(last=False)
    return f"/browser/{name}"


async def send_file(request: Request) -> Response:
    """The script and the program of ONNX Runtime Web, and the published networks."""
    folder, _, name = request.path_params["name"].rpartition("/")
    if folder == VERSION and name in TYPES:
        packed = {"Content-Encoding": "gzip", "Content-Type": TYPES[name]}
        return Response(_compressed(name), headers={**FOREVER, **packed})
    with _lock:
        model = _models.get(name) if not folder else None
        if model is not None:
            _models.move_to_end(name)
    if model is None:
        return PlainTextResponse("There is no such file here: reload the page.", 404)
    return Response(model, headers=PRIVATE, media_type="application/octet-stream")


@cache
def _compressed(name: str) -> bytes:
    """A file of ONNX Runtime Web as it is stored; every browser that it runs in takes gzip."""
    return checksums.checked_bytes(ASSETS / "onnxruntime-web" / f"{name}.gz")
