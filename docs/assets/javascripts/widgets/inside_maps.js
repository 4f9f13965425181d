// What layers give, as pictures: all maps of a layer, or one; and the panes
// that hold them, which follow the pointer and the keys.
import { element } from "./grid.js";

// Maps side by side, a dot for each cell and one between two maps: the larger
// a number, the stronger the color.
//   columns   how many maps make a row
//   limit     the number of the full color
//   color     its name in palette.css
//   only      the one map to paint; else all
export function paint(canvas, { shape, data }, options) {
  const [height, width, channels] = shape;
  const { columns = 1, limit, color, only } = options;
  const maps = only === undefined ? [...Array(channels).keys()] : [only];
  const rows = Math.ceil(maps.length / columns);
  canvas.width = columns * (width + 1) - 1;
  canvas.height = rows * (height + 1) - 1;
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  const corner = (n) => [Math.floor(n / columns) * (height + 1),
    n % columns * (width + 1)];
  maps.forEach((map, n) => {
    const [top, left] = corner(n);
    for (let i = 0; i < height; i += 1)
      for (let j = 0; j < width; j += 1) {
        const value = data[(i * width + j) * channels + map];
        image.data[4 * ((top + i) * canvas.width + left + j) + 3] =
          Math.max(0, Math.min(255, 255 * value / limit));
      }
  });
  const style = getComputedStyle(canvas);
  context.putImageData(image, 0, 0);
  context.globalCompositeOperation = "source-in";
  context.fillStyle = style.getPropertyValue(color);
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.globalCompositeOperation = "destination-over";
  context.fillStyle = style.getPropertyValue("--ground");
  maps.forEach((_, n) => {
    const [top, left] = corner(n);
    context.fillRect(left, top, width, height);
  });
  const [top, left] = corner(maps.length); // no map: the rest of the last row
  context.fillStyle = style.getPropertyValue("--paper");
  context.fillRect(left, top, canvas.width, height);
}

// A picture that can be moved over; the frame marks a part of it.
export function pane(name, hint) {
  const canvas = element("canvas");
  const frame = element("span", { class: "inside__frame" });
  const box = element("div", { class: `inside__pane inside__${name}`,
    tabindex: 0, role: "application", "aria-describedby": hint },
  canvas, frame);
  return { box, canvas, frame };
}

// Place a frame on a picture of so many rows and columns.
export function mark(frame, { top, left, bottom, right }, [rows, columns]) {
  const parts = { top: top / rows, left: left / columns,
    height: (bottom + 1 - top) / rows, width: (right + 1 - left) / columns };
  for (const [name, part] of Object.entries(parts))
    frame.style.setProperty(name, `${100 * part}%`);
}

const STEPS = {
  ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1],
  Home: [0, -Infinity], End: [0, Infinity],
  PageUp: [-Infinity, 0], PageDown: [Infinity, 0],
};

// step(down, across) for each key; point(down, across) in parts of the pane
// for each place that the pointer comes to while it is down, begin() before;
// settle() when a move has ended.
export function steer(box, { step, point, begin = () => {}, settle }) {
  box.addEventListener("keydown", (event) => {
    const by = STEPS[event.key];
    if (!by || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    step(...by);
    settle();
  });
  const to = ({ clientX, clientY }) => {
    const { left, top, width, height } = box.getBoundingClientRect();
    point((clientY - top) / height, (clientX - left) / width);
  };
  box.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    box.setPointerCapture(event.pointerId);
    begin();
    to(event);
  });
  box.addEventListener("pointermove", (event) => {
    if (box.hasPointerCapture(event.pointerId)) to(event);
  });
  box.addEventListener("pointerup", settle);
}
