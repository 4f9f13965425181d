// The theme starts its search with the page: 200 kB that most readers never
// need. Here its worker, which fetches the index, waits until the search is
// opened, with a click, a key or ?q= in the address. What is typed meanwhile
// waits, too, and the dialog says that the search is being made ready.
const opened = new Promise((resolve) =>
  document
    .querySelector("[data-md-toggle=search]")
    .addEventListener("change", resolve, { once: true }),
);
const Begun = window.Worker;
class LateWorker extends EventTarget {
  constructor(url) {
    super();
    this.begun = opened.then(() => {
      const worker = new Begun(url);
      worker.addEventListener("message", ({ data }) =>
        this.dispatchEvent(new MessageEvent("message", { data })),
      );
      return worker;
    });
  }
  postMessage(message) {
    this.begun.then((worker) => worker.postMessage(message));
  }
}
// From a disk there is none, and the theme hides its search, unless the page is
// of the edition that is made for it, see docs/search/disk.js.
if (location.protocol !== "file:" || Begun.isOfDisk)
  window.Worker = LateWorker;

// Words also come by mouse, by voice and from a menu, without a key.
document.querySelector(".md-search__input").addEventListener("input", (event) =>
  event.target.dispatchEvent(new KeyboardEvent("keyup", { bubbles: true })),
);
