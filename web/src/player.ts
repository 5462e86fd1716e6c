// Lets the time of a figure run.

import type { SockScope } from "./figure.js";
import type { Transport } from "./transport.js";

/** How much of the playback scale passes in a second at speed 1; the scale is in pixels of the ladder. */
const PIXELS_A_SECOND = 90;
/** Readers who asked for less motion see one milestone after another, this far apart. */
const MILLISECONDS_A_JUMP = 1200;

export class Player {
  private frame = 0;
  private last = 0;
  private playing = false;
  private until = 1;

  constructor(private readonly scope: SockScope, private readonly transport: Transport) {}

  toggle(): void {
    if (this.playing) this.pause();
    else this.play();
  }

  /** Plays to the end, or to a place before it: 0 to 1. */
  play(until = 1): void {
    this.scope.setOff();
    this.until = until;
    this.playing = true;
    this.scope.played("play");
    this.transport.playing(true);
    this.last = performance.now();
    this.frame = requestAnimationFrame((now) => this.tick(now));
  }

  pause(): void {
    if (!this.playing) return;
    this.playing = false;
    this.transport.playing(false);
    cancelAnimationFrame(this.frame);
    this.scope.rest();
    this.scope.played("pause");
  }

  get plays(): boolean {
    return this.playing;
  }

  private tick(now: number): void {
    if (!this.playing) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const passed = now - this.last;
    if (!still || passed >= MILLISECONDS_A_JUMP / this.transport.rate) {
      this.last = now;
      // A tab that slept does not jump ahead.
      const by = (Math.min(passed, 100) / 1000) * PIXELS_A_SECOND * this.transport.rate;
      const more = this.scope.advance(by, still);
      const there = this.until < 1 && this.scope.position >= this.until;
      if (there || (!more && !this.again())) {
        this.pause();
        return this.scope.played("end");
      }
    }
    this.frame = requestAnimationFrame((next) => this.tick(next));
  }

  private again(): boolean {
    if (this.transport.loops) this.scope.rewind();
    return this.transport.loops;
  }
}
