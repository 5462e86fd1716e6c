// An engine's code comes taken apart, since that compresses better by a seventh: all opcodes, all numbers of locals, all offsets,
// each kind in a stream of its own. `xtask/src/split/pack.rs` does that, and describes the form.

/** What has meaning here: all others are copied with what follows them, whatever they are. */
const enum Opcode { Block = 0x02, If = 0x04, End = 0x0b, BrTable = 0x0e, Const = 0x41, Float = 0x43, Double = 0x44, Prefix = 0xfc, LongConst = 0xff }
/** Streams that have meaning; the first is that of the opcodes. */
const enum Stream { Declared = 3, Labels = 4 }

const STREAMS = 12;
/** The section of code. */
const CODE = 10;
/** Numbers that are written before they are known have as many bytes as there may be. */
const FULL = 5;

/** Puts a module's code together again, where it is taken apart. */
export function unpack(file: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  for (let begin = 8; begin < file.length;) {
    const [length, at] = number(file, begin + 1);
    // A custom section, and one without a name.
    if (file[begin] === 0 && file[at] === 0) return together(file, begin, at + 1, at + length);
    begin = at + length;
  }
  return file;
}

/** A number, and where it ends. */
function number(file: Uint8Array, at: number): [number, number] {
  for (let number = 0, shift = 0; ; shift += 7) {
    const byte = file[at++]!;
    number |= (byte & 127) << shift;
    if (byte < 128) return [number, at];
  }
}

/** The module with its code in the place of the section between `begin` and `end`; the code is from `at` on. */
function together(file: Uint8Array, begin: number, at: number, end: number): Uint8Array<ArrayBuffer> {
  const read = () => {
    const [value, behind] = number(file, at);
    at = behind;
    return value;
  };
  const [functions, length] = [read(), read()];
  const follow = file.subarray(at, (at += 512));
  const next = Uint32Array.from(Array.from({ length: STREAMS }, read), (length) => (at += length) - length);
  const out = new Uint8Array(begin + 1 + FULL + length + file.length - end);
  const full = (at: number, number: number) => {
    for (let n = 0; n < FULL; n++) out[at + n] = (number >>> (7 * n)) & 127 | (n < FULL - 1 ? 128 : 0);
  };
  out.set(file.subarray(0, begin));
  out.set(file.subarray(end), out.length - file.length + end);
  out[begin] = CODE;
  full(begin + 1, length);
  full(begin + 1 + FULL, functions);
  let to = begin + 1 + 2 * FULL;
  for (let n = 0; n < functions; n++) {
    const body = to + FULL;
    const end = write(file, follow, next, out, body);
    full(to, end - body);
    to = end;
  }
  return out;
}

/** Writes the next function; where it ends. `follow` has of each opcode the streams of what follows it, `next` how far each is read. */
function write(file: Uint8Array, follow: Uint8Array, next: Uint32Array, out: Uint8Array, at: number): number {
  /** Copies a number; which one. */
  const copy = (stream: Stream) => {
    const [value, end] = number(file, next[stream]!);
    while (next[stream]! < end) out[at++] = file[next[stream]!++]!;
    return value;
  };
  for (let more = 2 * copy(Stream.Declared); more > 0; more--) copy(Stream.Declared);
  for (let depth = 1; depth > 0;) {
    let opcode = file[next[0]!++]!;
    out[at++] = opcode === Opcode.LongConst ? Opcode.Const : opcode;
    if (opcode >= Opcode.Block && opcode <= Opcode.If) depth += 1;
    else if (opcode === Opcode.End) depth -= 1;
    else if (opcode === Opcode.Prefix) opcode = 256 + (out[at++] = file[next[0]!++]!);
    else if (opcode === Opcode.BrTable) for (let more = copy(Stream.Labels); more > 0; more--) copy(Stream.Labels);
    for (let streams = follow[opcode]!; streams > 0; streams >>= 4) {
      const stream = streams & 15;
      let bytes = opcode === Opcode.Float ? 4 : opcode === Opcode.Double ? 8 : 0;
      if (bytes > 0) while (bytes-- > 0) out[at++] = file[next[stream]!++]!;
      else while ((out[at++] = file[next[stream]!++]!) > 127);
    }
  }
  return at;
}
