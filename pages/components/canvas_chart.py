"""A line chart on a canvas, for values that change several times a second; the JavaScript for other components.

``drawCurves(canvas, chart)``: ``chart`` has ``x``, ``lines`` of ``name``, ``colour`` and ``y``, where null is a gap,
``range``, the lowest and the highest of the vertical axis, ``xTitle`` and ``yTitle``. ``sized(canvas)`` fits a canvas
to its place on the page and clears it: its context, width and height.
"""

JS = """
function sized(canvas) {
  const scale = window.devicePixelRatio || 1
  const width = Math.round(canvas.clientWidth * scale), height = Math.round(canvas.clientHeight * scale)
  if (width && height && (canvas.width !== width || canvas.height !== height)) {
    canvas.width = width
    canvas.height = height
  }
  const context = canvas.getContext("2d")
  context.setTransform(scale, 0, 0, scale, 0, 0)
  context.clearRect(0, 0, canvas.width, canvas.height)
  return [context, canvas.width / scale, canvas.height / scale]
}

function tidy(low, high, wanted) {
  const step = 10 ** Math.floor(Math.log10((high - low) / wanted || 1))
  const steps = [1, 2, 5, 10].map((factor) => factor * step)
  const chosen = steps.find((each) => (high - low) / each <= wanted) ?? steps[3], ticks = []
  for (let tick = Math.ceil(low / chosen) * chosen; tick <= high + chosen / 1e6; tick += chosen) ticks.push(tick)
  return ticks
}

function written(value) {
  const rounded = Number(value.toPrecision(3)), size = Math.abs(rounded)
  if (size && (size >= 1e5 || size < 1e-3)) return rounded.toExponential().replace("+", "")
  return rounded.toLocaleString("en", { maximumSignificantDigits: 3 })
}

function drawCurves(canvas, chart) {
  const [context, width, height] = sized(canvas)
  if (!width) return
  context.font = `12px ${getComputedStyle(canvas).fontFamily}`
  const top = 20, bottom = height - 34, right = width - 10, [low, high] = chart.range
  const labels = tidy(low, high, Math.max(2, Math.min(5, (bottom - top) / 26))).map((tick) => [tick, written(tick)])
  const widest = Math.max(0, ...labels.map(([, label]) => context.measureText(label).width))
  const left = Math.max(52, 28 + widest), last = Math.max(1, ...chart.x)  // beside the title
  const x = (value) => left + (right - left) * value / last
  const y = (value) => bottom - (bottom - top) * (Math.min(high, Math.max(low, value)) - low) / (high - low || 1)
  context.fillStyle = context.strokeStyle = getComputedStyle(canvas).color
  context.lineWidth = 1
  context.textBaseline = "middle"
  context.textAlign = "right"
  for (const [tick, label] of labels) {
    context.fillText(label, left - 6, y(tick))
    context.globalAlpha = 0.15
    context.fillRect(left, y(tick), right - left, 1)
    context.globalAlpha = 1
  }
  context.textAlign = "center"
  context.textBaseline = "top"
  for (const tick of tidy(0, last, Math.max(2, (right - left) / 90))) {
    context.fillText(tick.toLocaleString("en"), Math.min(x(tick), right - 14), bottom + 4)
  }
  context.fillText(chart.xTitle, (left + right) / 2, bottom + 18)
  context.save()
  context.translate(11, (top + bottom) / 2)
  context.rotate(-Math.PI / 2)
  context.textBaseline = "middle"
  context.fillText(chart.yTitle, 0, 0)
  context.restore()
  context.textAlign = "left"
  let place = left
  for (const line of chart.lines) {
    context.fillStyle = context.strokeStyle = line.colour
    context.fillRect(place, 8, 14, 3)
    context.fillStyle = getComputedStyle(canvas).color
    context.textBaseline = "middle"
    context.fillText(line.name, place + 19, 10)
    place += 34 + context.measureText(line.name).width
    context.lineWidth = 1.6
    context.beginPath()
    let before = false
    line.y.forEach((value, index) => {
      if (value === null) return before = false
      context[before ? "lineTo" : "moveTo"](x(chart.x[index]), y(value))
      before = true
    })
    context.stroke()
  }
}
"""
