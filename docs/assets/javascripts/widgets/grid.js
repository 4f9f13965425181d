// Grids of numbers, as all widgets show them: painted, as a table to read, and
// as cells to type in. Words come from the caller.

// An element with its attributes; text and elements go into it.
export function element(name, attributes = {}, ...inside) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes))
    if (value === true) made.setAttribute(key, "");
    else if (value !== false && value != null) made.setAttribute(key, value);
  made.append(...inside);
  return made;
}

const SMALLEST = 11; // pixels of a number's font
const FROM = 18; // pixels of a cell that shows its number

// Paint rows of numbers: the stronger a color, the larger the number. Numbers
// are written into their cells if all of them fit.
//   values    rows of numbers; null is no number, and leaves its cell empty
//   limit     the number of the full color; else the largest
//   plus, minus  names of colors in palette.css
//   isPadding (row, column) -> whether a cell is outside of the image
//   upTo      how many cells are painted, row by row; else all
export function paint(canvas, values, options = {}) {
  const { plus = "--figure-blue", minus = "--minus" } = options;
  const { isPadding = () => false, upTo = Infinity, write = written } = options;
  const columns = values[0].length;
  const numbers = values.flat().filter((value) => value !== null);
  const limit = options.limit ?? (Math.max(...numbers.map(Math.abs)) || 1);
  const width = canvas.clientWidth, height = canvas.clientHeight;
  if (!width || !height) return;
  const dots = Math.min(3, devicePixelRatio || 1);
  canvas.width = Math.round(width * dots);
  canvas.height = Math.round(height * dots);
  const context = canvas.getContext("2d");
  context.scale(dots, dots);
  const style = getComputedStyle(canvas);
  const color = (name) => style.getPropertyValue(name);
  const across = width / columns, down = height / values.length;
  const size = Math.min(16, across * 0.5);
  context.font = `${size}px ${style.fontFamily}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const isWritten = across >= FROM && size >= SMALLEST - 2 && fits();
  if (isWritten && size < SMALLEST)
    context.font = `${SMALLEST}px ${style.fontFamily}`;
  // A number has to stand out from its cell.
  const strength = isWritten ? 0.28 : 1;
  const [ink, quiet, line] = ["--ink", "--quiet", "--line"].map(color);
  const [above, below] = [color(plus), color(minus)];
  values.forEach((row, i) => row.forEach((value, j) => {
    if (i * columns + j >= upTo) return;
    const [x, y] = [j * across, i * down];
    if (value !== null) {
      context.globalAlpha = strength * Math.min(1, Math.abs(value) / limit);
      context.fillStyle = value < 0 ? below : above;
      const [right, bottom] = [(j + 1) * across, (i + 1) * down];
      if (isWritten) context.fillRect(x, y, across, down);
      else { // whole dots, or a seam shows between two cells
        const [left, top] = [snap(x), snap(y)];
        context.fillRect(left, top, snap(right) - left, snap(bottom) - top);
      }
    }
    context.globalAlpha = 1;
    if (across >= 16) {
      context.strokeStyle = line;
      context.setLineDash(isPadding(i, j) ? [2, 2] : []);
      context.strokeRect(x + 0.5, y + 0.5, across - 1, down - 1);
    }
    if (!isWritten || value === null) return;
    context.fillStyle = isPadding(i, j) ? quiet : ink;
    context.fillText(write(value), x + across / 2, y + down / 2 + 1);
  }));

  function snap(length) {
    return Math.round(length * dots) / dots;
  }
  function fits() {
    context.font = `${Math.max(size, SMALLEST)}px ${style.fontFamily}`;
    const widths = new Map();
    return numbers.length < 120 && numbers.every((value) => {
      const text = write(value);
      if (!widths.has(text))
        widths.set(text, context.measureText(text).width);
      return widths.get(text) < across - 1;
    });
  }
}

// Rows of numbers as a table, for those who read or hear it.
export function table(caption, values, write = written) {
  const made = element("table", { class: "grid-table" },
    element("caption", {}, caption));
  for (const row of values) {
    const line = element("tr");
    for (const value of row)
      line.append(element("td", {}, value === null ? "" : write(value)));
    made.append(line);
  }
  return made;
}

// Cells to type in. The arrow keys lead from one to the next.
//   label    of all; name(row, column) of one
//   read     text -> number, or null if it is none
//   write    number -> text
//   changed  (rows) after each number that is one
//   refused  (text, last) after each text that is none, null when all are well
// Returns the element, and show(rows), which changes what it holds.
export function editable(options) {
  const { label, name, read, write, changed, refused } = options;
  const box = element("div",
    { class: "grid-cells", role: "group", "aria-label": label });
  let rows = [];

  function show(values) {
    const isOther = values.length !== rows.length;
    rows = values.map((row) => [...row]);
    if (isOther) {
      box.style.setProperty("--side", rows.length);
      box.replaceChildren(...rows.flatMap((row, i) => row.map((_, j) =>
        element("input", { "aria-label": name(i, j), autocomplete: "off",
          inputmode: options.inputmode ?? "text", enterkeyhint: "next" }))));
    }
    [...box.children].forEach((input, n) => {
      if (input !== document.activeElement || isOther) fill(input, n);
    });
  }
  const at = (n) => [Math.floor(n / rows.length), n % rows.length];
  const numberOf = (input) => [...box.children].indexOf(input);
  function fill(input, n) {
    const [i, j] = at(n);
    input.value = write(rows[i][j]);
    input.removeAttribute("aria-invalid");
  }
  box.addEventListener("input", ({ target }) => {
    const [i, j] = at(numberOf(target));
    const value = read(target.value);
    if (value === null) {
      target.setAttribute("aria-invalid", "true");
      refused(target.value, write(rows[i][j]));
      return;
    }
    target.removeAttribute("aria-invalid");
    refused(null);
    rows[i][j] = value;
    changed(rows.map((row) => [...row]));
  });
  box.addEventListener("focusin", ({ target }) => target.select());
  // What is no number gives way to the last one; what was said of it stays.
  box.addEventListener("focusout", ({ target }) =>
    fill(target, numberOf(target)));
  box.addEventListener("keydown", (event) => {
    const { target, key, shiftKey } = event;
    const isAll = target.selectionEnd - target.selectionStart ===
      target.value.length;
    const atStart = target.selectionEnd === 0 || isAll;
    const atEnd = target.selectionStart === target.value.length || isAll;
    const steps = { ArrowUp: -rows.length, ArrowDown: rows.length,
      Enter: 1, ArrowLeft: atStart ? -1 : 0, ArrowRight: atEnd ? 1 : 0 };
    const next = box.children[numberOf(target) + (steps[key] || NaN)];
    if (!next || shiftKey || event.isComposing) return;
    event.preventDefault();
    next.focus();
  });
  return { element: box, show };
}
