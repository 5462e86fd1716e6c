// The row of tabs that chooses the picture. One of them is in the tab order; the arrow keys go from one to the next.

export class Tabs {
  private readonly tabs: HTMLButtonElement[];

  constructor(root: HTMLElement, private readonly panel: HTMLElement, choose: (view: string) => void) {
    this.tabs = [...root.querySelectorAll<HTMLButtonElement>("[role=tab]")];
    for (const tab of this.tabs) tab.addEventListener("click", () => choose(tab.dataset["view"] ?? ""));
    root.addEventListener("keydown", (event) => {
      const here = this.tabs.indexOf(event.target as HTMLButtonElement);
      const next = this.next(event.key, here);
      if (here < 0 || !next) return;
      event.preventDefault();
      event.stopPropagation();
      next.focus();
      next.click();
    });
  }

  private next(key: string, here: number): HTMLButtonElement | undefined {
    switch (key) {
      case "ArrowRight": return this.tabs[(here + 1) % this.tabs.length];
      case "ArrowLeft": return this.tabs.at(here - 1);
      case "Home": return this.tabs[0];
      case "End": return this.tabs.at(-1);
      default: return undefined;
    }
  }

  show(view: string): void {
    for (const tab of this.tabs) {
      const chosen = tab.dataset["view"] === view;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      if (!chosen) continue;
      this.panel.setAttribute("aria-labelledby", tab.id);
      // Only the row scrolls, not the page.
      const row = tab.parentElement;
      if (row) row.scrollLeft = tab.offsetLeft - row.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
    }
  }
}
