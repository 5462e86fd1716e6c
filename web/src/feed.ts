// A trace that is written while it is watched: its lines come over a stream of events and are handed on once a frame.

import type { Words } from "./texts/index.js";

/** What becomes of the stream. */
export interface Listener {
  /** Whole lines, the header first. */
  lines(text: string): void;
  /** How far the programs have come, as JSON. */
  state(text: string): void;
  /** The connection is lost, and tried again; or there again. */
  lost(yes: boolean): void;
  /** Nothing more will come, with the reason where that is a trouble. */
  over(why?: string): void;
}

/** Of the time that passes, drawing takes one part in so many at most: the rest is the reader's. */
const SHARE = 4;

export class Feed {
  private readonly source: EventSource;
  private pending: string[] = [];
  private frame = 0;
  /** When the next lines may be drawn. */
  private next = 0;

  constructor(address: string | URL, words: Words, private readonly listener: Listener) {
    // The browser connects again by itself, and says where it was.
    const source = (this.source = new EventSource(address));
    source.addEventListener("open", () => listener.lost(false));
    source.addEventListener("lines", (event) => this.take((event as MessageEvent<string>).data));
    source.addEventListener("state", (event) => listener.state((event as MessageEvent<string>).data));
    source.addEventListener("over", () => this.end());
    source.addEventListener("trouble", (event) => this.end((event as MessageEvent<string>).data));
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) this.end(words.unknownRun);
      else listener.lost(true);
    });
  }

  close(): void {
    this.source.close();
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }

  private take(lines: string): void {
    this.pending.push(lines);
    if (this.frame === 0) this.frame = requestAnimationFrame((now) => this.draw(now));
  }

  private draw(now: number): void {
    if (now < this.next) {
      this.frame = requestAnimationFrame((later) => this.draw(later));
      return;
    }
    this.frame = 0;
    this.flush();
    this.next = now + SHARE * (performance.now() - now);
  }

  private flush(): void {
    const lines = this.pending.join("\n");
    this.pending = [];
    if (lines) this.listener.lines(lines);
  }

  private end(why?: string): void {
    this.close();
    this.flush();
    this.listener.over(why);
  }
}

/** What a figure does with a run that is recorded while it is shown. */
export interface Watcher {
  begin(trace: string): void;
  grow(lines: string): void;
  fail(error: unknown): void;
  tell(name: "live-state" | "live-lost", detail: unknown): void;
}

/** Hands a run that is being recorded on to a figure. */
export function watch(address: URL, words: Words, watcher: Watcher): Feed {
  let begun = false;
  const feed: Feed = new Feed(address, words, {
    lines: (text) => {
      try {
        if (begun) watcher.grow(text);
        else watcher.begin(text);
        begun = true;
      } catch (error) {
        feed.close();
        watcher.fail(error);
      }
    },
    state: (text) => watcher.tell("live-state", JSON.parse(text)),
    lost: (yes) => watcher.tell("live-lost", yes),
    over: (why) => {
      watcher.tell("live-lost", false);
      if (why) watcher.fail(new Error(why));
    },
  });
  return feed;
}
