// Files that widgets read. The edition that opens from a disk, where nothing
// can be fetched, brings them as text.
import { trouble } from "./words.js";

export async function file(name) {
  const inside = globalThis.widgetFiles?.[name];
  if (inside !== undefined)
    return Uint8Array.from(atob(inside), (byte) => byte.charCodeAt(0)).buffer;
  const address = new URL(`../../widgets/${name}`, import.meta.url);
  try {
    const answer = await fetch(address);
    if (answer.ok) return await answer.arrayBuffer();
  } catch {
    // No network, or it broke off: said below.
  }
  throw trouble(
    "The file # did not arrive. Check the connection, and load the page again.",
    name,
  );
}
