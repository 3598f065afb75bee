const LIMIT = 2 ** 16;

/** The largest number that a list of choices may hold. */
export const CHOICE_MAX: number = LIMIT - 1;

/**
 * Decisions read off a list of numbers. Zero is the simplest decision everywhere, and a list that has run out goes on with
 * zeros: a shorter list of smaller numbers makes a simpler statement, which is how a find is shrunk.
 */
export class Choices {
  readonly #numbers: readonly number[];
  #next = 0;

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  /** 0 … count - 1. */
  below(count: number): number {
    const number = this.#numbers[this.#next++] ?? 0;
    return Math.floor((number / LIMIT) * count);
  }

  /** True in so many of a hundred cases, and never once the list has run out. */
  chance(percent: number): boolean {
    return this.below(LIMIT) >= LIMIT - (LIMIT * percent) / 100;
  }

  /** One of several, the simplest first. Throws for an empty list. */
  pick<T>(items: readonly T[]): T {
    return this.pickOr(items, () => {
      throw new RangeError('nothing to choose from');
    });
  }

  /** One of several, or what to do when there is none. */
  pickOr<T>(items: readonly T[], otherwise: () => T): T {
    const index = this.below(Math.max(1, items.length));
    return index < items.length ? (items[index] as T) : otherwise();
  }

  /** One of several by weight, the simplest first. */
  weighted<T>(items: readonly (readonly [weight: number, item: T])[]): T {
    let at = this.below(items.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, item] of items) {
      if (at < weight) return item;
      at -= weight;
    }
    throw new RangeError('nothing to choose from');
  }

  /** So many results of a function, `least` at least. */
  several<T>(least: number, most: number, make: (index: number) => T): T[] {
    const count = least + this.below(most - least + 1);
    return Array.from({ length: count }, (_, index) => make(index));
  }
}

/** A list of choices from a seed (mulberry32): for what is made before any property runs. */
export function choicesFromSeed(seed: number, length: number): Choices {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  return new Choices(Array.from({ length }, () => next() % LIMIT));
}
