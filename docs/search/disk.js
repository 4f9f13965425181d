// Opened from a disk, a page may start no worker and fetch nothing, but it may
// run scripts. docs/book/offline.py makes such of the worker and of what it
// searches, and puts this before docs/assets/javascripts/search.js.
window.Worker = class extends EventTarget {
  static isOfDisk = true;
  constructor(url) {
    super();
    this.started = this.start(new URL(url, location));
  }
  async start(url) {
    for (const file of ["../../../search/sections.js", ""])
      await new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = new URL(file, url);
        script.onload = resolve;
        script.onerror = reject;
        document.head.append(script);
      });
    let hear;
    globalThis.startSearch(
      (_, listener) => (hear = listener),
      (data) => this.dispatchEvent(new MessageEvent("message", { data })),
      async () => ({ ok: true, json: () => globalThis.searchSections }),
    );
    return hear;
  }
  postMessage(data) {
    this.started.then((hear) => hear({ data }));
  }
};

