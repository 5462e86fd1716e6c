// What the scripts of a page can do with a figure.

/** Where a figure is, when that changes. */
export interface Change {
  /** From 0, the start of the run, to 1, its end. */
  position: number;
  /** The time in the run, in words, such as `120 ms`. */
  time: string;
  /** What happened last, in a sentence. */
  story: string;
}

/** What a figure could not do. */
export interface Trouble {
  /** In words, with the place. */
  message: string;
}

/** Events of a figure. As those of a video they do not bubble. */
export interface ScopeEvents {
  /** The run is made and drawn. */
  ready: CustomEvent<undefined>;
  /** Another moment of the run is shown. */
  change: CustomEvent<Change>;
  /** It begins to play. */
  play: CustomEvent<undefined>;
  /** It comes to rest. */
  pause: CustomEvent<undefined>;
  /** It has played to its end. */
  end: CustomEvent<undefined>;
  /** Something is wrong with what it was asked for, or with itself. */
  error: CustomEvent<Trouble>;
}

/** A figure, `<sock-scope>`. */
export interface Scope extends HTMLElement {
  addEventListener<E extends keyof ScopeEvents>(
    type: E, listener: (this: Scope, event: ScopeEvents[E]) => unknown, options?: boolean | AddEventListenerOptions): void;
  addEventListener(
    type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
  /** Where in the run it is: from 0 to 1, as it is drawn. */
  position: number;
  /** The same as a place, exactly: a time such as `120ms`, or `e57` for the moment after event 57. */
  readonly place: string;
  /** Whether it plays. */
  readonly playing: boolean;
  /** The fingerprint of the run: the same run has the same on every machine. */
  readonly fingerprint: string;
  /** Plays on; from the attribute `start` where it is at its end. */
  play(): void;
  /** Comes to rest. */
  pause(): void;
  /** Goes to a part of the run from 0 to 1, a time such as `"120ms"`, or an event such as `"e57"`. */
  seek(place: number | string): void;
  /** Goes so many events on, or back where it is negative. */
  stepEvent(by?: number): void;
  /** Goes to the next milestone, or to the last where it is negative. */
  stepMilestone(by?: number): void;
  /**
   * The scenario of the run with everything that was changed about it, as JSON; nothing where it was recorded. To set it sets the
   * attribute.
   */
  get scenario(): string | undefined;
  set scenario(text: string);
  /** An address that shows this figure, and in it this run at this place. */
  link(): Promise<string>;
  /** The picture that is seen as an SVG document, or the ladder as one that plays by itself. */
  toSVG(animated?: boolean): Promise<string>;
  /** Makes the run anew as the attributes have it: what the reader changed is gone. */
  reset(): void;
}

declare global {
  interface HTMLElementTagNameMap {
    "sock-scope": Scope;
  }
}
