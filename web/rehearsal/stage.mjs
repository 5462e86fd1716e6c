// A stage of cardboard: as much of a document as an engine paints into.

export class Element {
  ownerDocument = { createElementNS: () => new Element() };
  children = [];
  parent = null;
  #attributes = new Map();

  getAttribute(name) {
    return this.#attributes.get(name) ?? null;
  }
  setAttribute(name, value) {
    this.#attributes.set(name, value);
  }
  removeAttribute(name) {
    this.#attributes.delete(name);
  }
  set textContent(_) {
    this.children = [];
  }
  get firstElementChild() {
    return this.children[0] ?? null;
  }
  get lastElementChild() {
    return this.children.at(-1) ?? null;
  }
  get nextElementSibling() {
    return this.#beside(1);
  }
  get previousElementSibling() {
    return this.#beside(-1);
  }
  #beside(by) {
    return this.parent?.children[this.parent.children.indexOf(this) + by] ?? null;
  }
  remove() {
    this.parent?.children.splice(this.parent.children.indexOf(this), 1);
    this.parent = null;
  }
  appendChild(child) {
    return this.insertBefore(child, null);
  }
  insertBefore(child, next) {
    child.remove();
    this.children.splice(next ? this.children.indexOf(next) : this.children.length, 0, child);
    child.parent = this;
    return child;
  }
  /** Of the elements in a text, only those that are in no other are made. */
  insertAdjacentHTML(where, text) {
    const [parent, next] = where === "beforebegin" ? [this.parent, this] : [this, null];
    let depth = 0;
    for (const [tag] of text.matchAll(/<(?:"[^"]*"|[^">])*>/g)) {
      if (tag.startsWith("</")) {
        depth -= 1;
        continue;
      }
      if (depth === 0) parent.insertBefore(new Element(), next);
      if (!tag.endsWith("/>")) depth += 1;
    }
  }
}
