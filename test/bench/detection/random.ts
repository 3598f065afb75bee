/** Numbers that are the same in every run: xorshift32. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** A whole number from 0 up to but not including `limit`. */
  below(limit: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % limit;
  }

  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.below(items.length)] ?? items[0];
  }

  /** `#` becomes a digit, `%` one from 1 to 9, `A` stays: for numbers of a shape. */
  shaped(shape: string): string {
    return shape.replace(/[#%]/g, (mark) => String(mark === '#' ? this.below(10) : this.between(1, 9)));
  }

  letters(count: number, alphabet: string): string {
    return Array.from({ length: count }, () => alphabet.charAt(this.below(alphabet.length))).join('');
  }
}
