// The headers and bytes of one packet.

import type { PacketCard } from "../wasm/sockscope_web.js";

export class Card {
  constructor(private readonly root: HTMLElement) {
    root.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
  }
  close(): void {
    this.root.hidden = true;
  }
  show(card: PacketCard | undefined): void {
    this.root.hidden = card === undefined;
  }
}
