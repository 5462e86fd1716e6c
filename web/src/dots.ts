// The packets that are but points. They may be thousands: the engine leaves their numbers in its memory, and they are drawn
// on a canvas over the wires.

/** The kinds of packets, in the order of the engine's numbers. */
export const KINDS = ["syn", "data", "ack", "fin", "rst", "udp", "icmp"];

const RADIUS = 5;

export class Dots {
  private colors: string[] = [];
  private drawn = false;

  private readonly canvas: HTMLCanvasElement;
  private readonly picture: SVGElement;
  /** Elements that have the colours of the kinds. */
  private readonly samples: Element[];

  constructor(root: HTMLElement) {
    this.canvas = root.querySelector(".dots") as HTMLCanvasElement;
    this.picture = root.querySelector(".network") as SVGElement;
    this.samples = [...root.querySelectorAll(".samples circle")];
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => (this.colors = []));
  }

  /** Fits the canvas to the picture that it lies over. */
  resize(): void {
    const [width, height] = [Number(this.picture.getAttribute("width")), Number(this.picture.getAttribute("height"))];
    const scale = devicePixelRatio;
    if (this.canvas.width === Math.round(width * scale) && this.canvas.height === Math.round(height * scale)) return;
    this.canvas.width = Math.round(width * scale);
    this.canvas.height = Math.round(height * scale);
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
    this.colors = [];
  }

  /** Draws the points whose numbers lie at a place of the memory: x, y and kind of each. */
  show(memory: WebAssembly.Memory, [place = 0, length = 0]: Uint32Array | number[]): void {
    if (length === 0 && !this.drawn) return;
    const context = this.canvas.getContext("2d");
    if (!context) return;
    this.resize();
    if (this.colors.length === 0) this.colors = this.samples.map((sample) => getComputedStyle(sample).fill);
    const numbers = new Float32Array(memory.buffer, place, length);
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    for (const [kind, color] of this.colors.entries()) {
      context.fillStyle = color;
      context.beginPath();
      for (let i = 0; i < length; i += 3) {
        if (numbers[i + 2] !== kind) continue;
        const [x, y] = [numbers[i] as number, numbers[i + 1] as number];
        context.moveTo(x + RADIUS, y);
        context.arc(x, y, RADIUS, 0, 2 * Math.PI);
      }
      context.fill();
    }
    this.drawn = length > 0;
  }
}
