// What goes into the network: a test digit, a drawing, a digit that moves.
import { element } from "./grid.js";
import { say } from "./words.js";

const button = (text, label, press) => {
  const made = element("button", { type: "button", "aria-label": label }, text);
  made.addEventListener("click", press);
  return made;
};

// choose(digit) for a digit of the samples; draw(isOn), where one can draw.
export function chooser(samples, { choose, draw }) {
  const group = (name, wanted) => element("optgroup", { label: name },
    ...samples.flatMap((digit, n) => digit.isMisread === wanted
      ? [element("option", { value: n },
        say("# (test digit #)", digit.label, digit.index))] : []));
  const select = element("select", { "aria-label": say("Test digit") },
    group(say("The first of the test digits"), false),
    group(say("Misread, and with most confidence"), true));
  const go = (n) => {
    select.value = (n + samples.length) % samples.length;
    choose(samples[select.value]);
  };
  select.addEventListener("change", () => go(+select.value));
  const test = element("span", { class: "widget__controls" },
    button("‹", say("The digit before"), () => go(+select.value - 1)), select,
    button("›", say("The next digit"), () => go(+select.value + 1)));
  const box = element("div", { class: "widget__controls" });
  if (draw) {
    const ways = [say("A test digit"), say("Draw a digit")].map((name, n) =>
      button(name, null, () => turn(n === 1)));
    const turn = (isDrawn) => {
      ways.forEach((way, n) =>
        way.setAttribute("aria-pressed", (n === 1) === isDrawn));
      test.hidden = !isDrawn ? false : true;
      draw(isDrawn);
      if (!isDrawn) go(+select.value);
    };
    ways.forEach((way, n) => way.setAttribute("aria-pressed", n === 0));
    box.append(element("span", { class: "widget__controls", role: "group",
      "aria-label": say("Input") }, ...ways));
  }
  box.append(test);
  return { element: box };
}

// Buttons that move the digit by a pixel; settle(text) after each.
export function mover(move, settle) {
  const way = (text, name, down, across) => button(text, name, () => {
    move(down, across);
    settle();
  });
  return element("div", { class: "widget__controls", role: "group",
    "aria-label": say("Move the digit") },
  say("Move the digit"),
  way("←", say("Left"), 0, -1), way("→", say("Right"), 0, 1),
  way("↑", say("Up"), -1, 0), way("↓", say("Down"), 1, 0),
  way(say("Back"), null, 0, 0));
}
