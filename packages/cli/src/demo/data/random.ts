/** A stream of numbers that is the same for the same seed, on every machine. Not for secrets. */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** In [0, 1). Mulberry32: 32 bits of state, passes gjrand; more than sample data needs. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of the members, each as likely as it is often in the list. Throws a `RangeError` on an empty list. */
  pick<Member>(members: readonly Member[]): Member {
    const index = this.integer(0, members.length - 1);
    if (index < 0 || index >= members.length) throw new RangeError('nothing to pick from');
    return members[index] as Member;
  }

  /** `length` decimal digits; the first may be 0. */
  digits(length: number): string {
    let text = '';
    for (let index = 0; index < length; index++) text += this.integer(0, 9);
    return text;
  }

  /** Lower-case hexadecimal digits. */
  hex(length: number): string {
    let text = '';
    for (let index = 0; index < length; index++) text += this.integer(0, 15).toString(16);
    return text;
  }
}
