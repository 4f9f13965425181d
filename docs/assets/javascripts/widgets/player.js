// Step, play, scrub and speed, for whatever has places in a row. Nothing moves
// by itself but what the reader has set going; for those who want no motion,
// there are steps and no playing.
import { element } from "./grid.js";
import { say } from "./words.js";

const SPEEDS = [1, 4, 16]; // steps a second

export function player({ go, settle, started, stopped }) {
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const button = (attributes, ...inside) =>
    element("button", { type: "button", ...attributes }, ...inside);
  const back = button({ "aria-label": say("Step back") }, "‹");
  const step = button({ class: "play__step" }, `${say("Step")} ›`);
  const play = button({}, say("Play"));
  const scrub = element("input",
    { type: "range", min: 0, "aria-label": say("Place of the window") });
  const speed = element("select", { "aria-label": say("Speed") },
    ...[say("slow"), say("medium"), say("fast")].map((word, n) =>
      element("option", { value: SPEEDS[n] }, word)));
  speed.value = SPEEDS[1];
  const bar = element("div", { class: "play__bar" },
    back, step, play, speed, scrub);
  let at = 0, count = 1, timer = null;

  function stop() {
    if (timer === null) return;
    clearInterval(timer);
    timer = null;
    play.textContent = say("Play");
    stopped();
    settle();
  }
  function start() {
    if (at === count - 1) go(0);
    play.textContent = say("Pause");
    run();
    started();
  }
  function run() {
    clearInterval(timer);
    timer = setInterval(() => {
      if (at < count - 1) go(at + 1);
      if (at >= count - 1) stop();
    }, 1000 / speed.value);
  }
  function toggle() {
    if (still.matches) by(1);
    else if (timer === null) start();
    else stop();
  }
  function by(steps) {
    stop();
    go((at + steps + count) % count);
    settle();
  }
  back.addEventListener("click", () => by(-1));
  step.addEventListener("click", () => by(1));
  play.addEventListener("click", toggle);
  speed.addEventListener("change", () => { if (timer !== null) run(); });
  scrub.addEventListener("input", () => { stop(); go(+scrub.value); });
  scrub.addEventListener("change", settle);
  const obey = () => {
    if (still.matches) stop();
    play.hidden = speed.hidden = still.matches;
  };
  still.addEventListener("change", obey);
  obey();

  return {
    element: bar, stop, toggle,
    show(newAt, newCount, text) {
      [at, count] = [newAt, newCount];
      scrub.max = count - 1;
      scrub.value = at;
      scrub.setAttribute("aria-valuetext", text);
    },
  };
}
