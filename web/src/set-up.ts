// What the script does to a page: it knows the element, makes figures of code fences, and follows links into figures.

import { SockScope } from "./figure.js";
import { upgradeFences } from "./fences.js";

/** Once for a page; where there is none, as on a server, nothing happens. */
export function setUp(): void {
  if (!globalThis.customElements || customElements.get("sock-scope")) return;
  customElements.define("sock-scope", SockScope);
  const begin = () => {
    upgradeFences();
    addEventListener("hashchange", look);
    look();
  };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", begin, { once: true });
  else begin();
}

function look(): void {
  if (/[#&]figure=/.test(location.hash)) void import("./link.js").then(({ follow }) => follow(location.hash));
}
