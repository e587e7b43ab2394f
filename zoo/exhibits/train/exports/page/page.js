"use strict";
// Classifies pictures with ONNX Runtime Web. The model resizes them itself, as the model's preprocessing says.
(() => {
  const SHOWN = 5; // classes
  const MAX_PIXELS = 4e6; // of a picture: larger ones would take seconds
  const byId = (id) => document.getElementById(id);
  const [picture, status, answers, facts, file, camera, drop] = [
    "picture", "status", "answers", "facts", "file", "camera", "drop",
  ].map(byId);
  const config = JSON.parse(byId("config").textContent);
  const context = picture.getContext("2d", { willReadFrequently: true });
  let session, stream, busy = false;

  // The bytes of a part: in the page itself, as base64 of gzip, or in a file beside it.
  async function part(name) {
    const inside = byId(name);
    if (!inside) return new Uint8Array(await (await fetch(name)).arrayBuffer());
    const packed = Uint8Array.from(atob(inside.textContent), (letter) => letter.charCodeAt(0));
    inside.remove();
    const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(unpacked).arrayBuffer());
  }

  async function load() {
    if (!("WebAssembly" in window) || !("DecompressionStream" in window)) {
      throw new Error("This browser is too old: it needs Chrome 91, Firefox 113 or Safari 16.4, or newer.");
    }
    const wasm = new Blob([await part("ort-wasm-simd.wasm")], { type: "application/wasm" });
    ort.env.logLevel = "error";
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmPaths = { "ort-wasm-simd.wasm": URL.createObjectURL(wasm) };
    session = await ort.InferenceSession.create(await part("model.onnx"));
    // The first run takes many times as long as the others: on a grey picture, nobody waits for it.
    await session.run({ picture: new ort.Tensor("uint8", new Uint8Array(64 * 64 * 3).fill(128), [64, 64, 3]) });
    file.disabled = camera.disabled = false;
    status.textContent = "Ready: choose a picture, or start the camera.";
  }

  // The pixels on the canvas, without alpha.
  function pixels() {
    const { width, height } = picture;
    const rgba = context.getImageData(0, 0, width, height).data;
    const rgb = new Uint8Array(width * height * 3);
    for (let from = 0, to = 0; from < rgba.length; from += 4) {
      rgb[to++] = rgba[from];
      rgb[to++] = rgba[from + 1];
      rgb[to++] = rgba[from + 2];
    }
    return new ort.Tensor("uint8", rgb, [height, width, 3]);
  }

  // Draws a source of width x height pixels; its note where it was reduced.
  function draw(source, width, height) {
    const scale = Math.min(1, Math.sqrt(MAX_PIXELS / (width * height)));
    picture.width = Math.max(1, Math.round(width * scale));
    picture.height = Math.max(1, Math.round(height * scale));
    context.fillStyle = "#fff"; // under transparent pixels
    context.fillRect(0, 0, picture.width, picture.height);
    context.imageSmoothingQuality = "high";
    context.drawImage(source, 0, 0, picture.width, picture.height);
    picture.hidden = false;
    return scale < 1 ? ` It was reduced from ${width} × ${height} pixels first.` : "";
  }

  async function classify(note) {
    const start = performance.now();
    const { probabilities } = await session.run({ picture: pixels() });
    const milliseconds = performance.now() - start;
    show(Array.from(probabilities.data), note);
    facts.textContent = `${picture.width} × ${picture.height} pixels, ${milliseconds.toFixed(0)} ms.${note}`;
    window.lastAnswer = { probabilities: Array.from(probabilities.data), milliseconds };
  }

  function show(probabilities) {
    const order = probabilities.map((_, index) => index).sort((a, b) => probabilities[b] - probabilities[a]);
    answers.replaceChildren(...order.slice(0, SHOWN).map((index) => {
      const percent = `${(100 * probabilities[index]).toFixed(1)}%`;
      const row = document.createElement("li");
      const text = row.appendChild(document.createElement("div"));
      for (const word of [config.classes[index], percent]) {
        text.appendChild(document.createElement("span")).textContent = word;
      }
      const bar = row.appendChild(document.createElement("progress"));
      bar.value = probabilities[index];
      bar.setAttribute("aria-label", `${config.classes[index]}: ${percent}`);
      return row;
    }));
    const side = Math.min(picture.width, picture.height);
    const view = config.views.find((each) => each.up_to == null || side <= each.up_to) ?? config.views.at(-1);
    const best = probabilities[order[0]];
    status.textContent = best < (view.unsure_below ?? 0)
      ? "Low confidence: this may be none of the classes."
      : `${config.classes[order[0]]}, ${(100 * best).toFixed(0)}%`;
  }

  async function open(blob) {
    if (!session || !blob || busy) return;
    stop();
    busy = true;
    try {
      const bitmap = await createImageBitmap(blob);
      await classify(draw(bitmap, bitmap.width, bitmap.height));
      bitmap.close();
    } catch (error) {
      status.textContent = "This file cannot be read as a picture: choose a JPEG, PNG or WebP.";
      answers.replaceChildren();
      facts.textContent = "";
      picture.hidden = true;
    } finally {
      busy = false;
    }
  }

  async function start() {
    if (!navigator.mediaDevices) {
      status.textContent = "This browser gives this page no camera: choose a picture instead.";
      return;
    }
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch (error) {
      status.textContent = "The camera cannot be used: allow it in the browser, or choose a picture.";
      return;
    }
    camera.textContent = "Stop the camera";
    status.setAttribute("aria-live", "off"); // many answers a second are not to be read out
    const video = document.createElement("video");
    Object.assign(video, { srcObject: stream, muted: true, playsInline: true });
    await video.play();
    const own = stream;
    while (stream === own) {
      draw(video, video.videoWidth, video.videoHeight);
      await classify("");
      await new Promise(requestAnimationFrame); // which waits while the page is not visible
    }
  }

  function stop() {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = undefined;
    camera.textContent = "Start the camera";
    status.setAttribute("aria-live", "polite");
  }

  file.addEventListener("change", () => open(file.files[0]));
  camera.addEventListener("click", () => (stream ? stop() : start()));
  document.addEventListener("paste", (event) => open(event.clipboardData.files[0]));
  for (const name of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", name === "dragover");
      if (name === "drop") open(event.dataTransfer.files[0]);
    });
  }
  load().catch((error) => {
    status.textContent = `The model cannot be loaded. ${error.message}`;
  });
})();
