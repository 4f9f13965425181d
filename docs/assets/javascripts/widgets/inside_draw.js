// A sheet to draw a digit on, by mouse, finger or keyboard, and the steps that
// make it ready for the network.
import { SHEET, draw, prepared, sheet } from "./drawn.js";
import { element } from "./grid.js";
import { mark, paint, pane, steer } from "./inside_maps.js";
import { say } from "./words.js";

const STRIDE = 4; // cells of the sheet that a key moves the pen by
const whole = { columns: 1, limit: 1, color: "--ink" };

// drawn(pixels, trouble) after each change; tell(text) for those who hear.
export function drawing(drawn, tell) {
  const { box, canvas, frame } = pane("sheet", "inside-pen");
  box.setAttribute("aria-label", say("A sheet to draw a digit on"));
  const pen = element("span", { class: "inside__pen" });
  box.append(pen);
  const clear = element("button", { type: "button" }, say("Clear the sheet"));
  const steps = element("ol", { class: "inside__steps" });
  const [small, placed] = [element("canvas"), element("canvas")];
  const texts = [0, 1, 2].map(() => element("span"));
  steps.append(element("li", {}, texts[0]),
    element("li", {}, texts[1], small), element("li", {}, texts[2], placed));
  let ink = sheet(), at = { x: SHEET / 2, y: SHEET / 4 }, last = null;
  let isDown = false, isWaiting = false;

  function change() {
    if (isWaiting) return; // one picture is as much as a screen can show
    isWaiting = true;
    requestAnimationFrame(() => {
      isWaiting = false;
      show();
    });
  }
  function show() {
    paint(canvas, { shape: [SHEET, SHEET, 1], data: ink }, whole);
    pen.style.setProperty("left", `${100 * at.x / SHEET}%`);
    pen.style.setProperty("top", `${100 * at.y / SHEET}%`);
    pen.classList.toggle("is-down", isDown);
    try {
      const ready = prepared(ink);
      steps.hidden = frame.hidden = false;
      showSteps(ready);
      drawn(ready.pixels);
    } catch (error) {
      steps.hidden = frame.hidden = true;
      drawn(null, error);
    }
  }
  function showSteps({ box: at, small: cut, center, pixels }) {
    mark(frame, at, [SHEET, SHEET]);
    const [height, width] = cut.shape;
    paint(small, { shape: [height, width, 1], data: cut.data }, whole);
    paint(placed, { shape: [28, 28, 1], data: pixels }, whole);
    const said = [
      say("The ink is cut out: rows # to #, columns # to #.",
        at.top, at.bottom, at.left, at.right),
      say("Its longer side becomes 20 pixels: # × #.", height, width),
      say("Its center of mass, row # and column #, moves to row 14, " +
        "column 14 of 28 × 28 pixels.", +center[0].toFixed(1),
      +center[1].toFixed(1)),
    ];
    texts.forEach((text, n) => text.replaceChildren(said[n]));
  }
  function line(to) {
    draw(ink, last ?? to, to);
    last = at = to;
    change();
  }
  const inside = (value) => Math.max(0, Math.min(SHEET, value));
  steer(box, {
    step: (down, across) => {
      const to = { x: inside(at.x + STRIDE * across),
        y: inside(at.y + STRIDE * down) };
      if (isDown) line(to);
      else at = to;
      change();
    },
    begin: () => { last = null; },
    point: (down, across) => line({ x: inside(SHEET * across),
      y: inside(SHEET * down) }),
    settle: () => tell(),
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    isDown = !isDown;
    last = null;
    if (isDown) line(at);
    change();
    tell(isDown ? say("The pen is down.") : say("The pen is up."));
  });
  clear.addEventListener("click", () => {
    ink = sheet();
    isDown = false;
    change();
    tell(say("The sheet is empty."));
  });
  const part = element("div", { class: "inside__drawing" }, box,
    element("div", { class: "inside__ready" }, clear,
      element("p", { class: "widget__hint", id: "inside-pen" }, say("By " +
        "keyboard, arrows move the pen, Space puts it down and lifts it.")),
      steps, element("p", { class: "widget__hint" }, say("How many test " +
        "digits the network reads says nothing about drawings, which come " +
        "from another hand and another pen."))));
  return { element: part, show };
}
