// The page's part of gluino.notebook.DrawingBoard. It sends {kind: "classify", width, height} with
// a byte of ink for each pixel, and shows {kind: "answer", text, scores} or {error}; with it come
// the 28 x 28 bytes that the network was given.

const SIDE = 280;
const PEN = 22;
const SEEN = 28;

function make(tag, parent, properties = {}) {
  const element = Object.assign(document.createElement(tag), properties);
  parent.append(element);
  return element;
}

// Ink is what is not transparent, so that the board may have any colours.
function inkOf(context, side) {
  const pixels = context.getImageData(0, 0, side, side).data;
  return Uint8Array.from({ length: side * side }, (_, i) => pixels[4 * i + 3]);
}

function makePen(canvas, context) {
  let last = null;
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * SIDE) / box.width,
            ((event.clientY - box.top) * SIDE) / box.height];
  };
  const drawTo = (point) => {
    context.beginPath();
    context.moveTo(...last);
    context.lineTo(...point);
    context.stroke();
    last = point;
  };
  const lift = () => { last = null; };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    // A pointer that is gone already cannot be held.
    try { canvas.setPointerCapture(event.pointerId); } catch { /* drawn as far as it goes */ }
    last = place(event);
    drawTo(last);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (last === null) return;
    const between = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
    for (const part of between.length > 0 ? between : [event]) drawTo(place(part));
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, lift);
}

function showSeen(canvas, bytes) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(SEEN, SEEN);
  bytes.forEach((ink, i) => image.data.set([ink, ink, ink, 255], 4 * i));
  context.putImageData(image, 0, 0);
}

function showScores(list, scores) {
  list.replaceChildren();
  scores.forEach((score, i) => {
    const row = make("li", list, { title: score.toFixed(4) });
    make("span", row, { textContent: i });
    make("i", row).style.width = `${100 * Math.min(Math.max(score, 0), 1)}%`;
  });
}

function render({ model, el }) {
  const board = make("div", el, { className: "gluino-board" });
  const left = make("div", board);
  const canvas = make("canvas", left, { width: SIDE, height: SIDE });
  canvas.setAttribute("aria-label", "Draw a digit here");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  Object.assign(context, { lineWidth: PEN, lineCap: "round", lineJoin: "round",
                           strokeStyle: "#1a237e" });
  const buttons = make("div", left, { className: "gluino-buttons" });
  const clear = make("button", buttons, { type: "button", textContent: "Clear" });
  const classify = make("button", buttons, { type: "button", textContent: "Classify" });
  const right = make("div", board, { className: "gluino-answer" });
  const text = make("output", right);
  text.setAttribute("aria-live", "polite");
  const scores = make("ol", right);
  const seen = make("canvas", right, { width: SEEN, height: SEEN, hidden: true,
                                       title: "What the network was given" });

  const forget = () => {
    text.textContent = "";
    text.className = "";
    scores.replaceChildren();
    seen.hidden = true;
  };
  makePen(canvas, context);
  clear.addEventListener("click", () => {
    context.clearRect(0, 0, SIDE, SIDE);
    forget();
  });
  classify.addEventListener("click", () => {
    const ink = inkOf(context, SIDE);
    if (!ink.some((value) => value > 0)) {
      forget();
      text.textContent = "Draw a digit first.";
      text.className = "gluino-hint";
      return;
    }
    model.send({ kind: "classify", width: SIDE, height: SIDE }, undefined, [ink.buffer]);
  });
  const answered = (message, buffers) => {
    if (message.kind !== "answer") return;
    forget();
    text.textContent = message.error ?? message.text;
    text.className = message.error === undefined ? "" : "gluino-hint";
    showScores(scores, message.scores ?? []);
    if (buffers?.length > 0) {
      const view = buffers[0];
      showSeen(seen, new Uint8Array(view.buffer ?? view, view.byteOffset ?? 0, SEEN * SEEN));
      seen.hidden = false;
    }
  };
  model.on("msg:custom", answered);
  return () => model.off("msg:custom", answered);
}

export default { render };
