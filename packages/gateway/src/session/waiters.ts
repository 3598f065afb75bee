/** Those who wait until something about the session holds. */
export class Waiters {
  #waiting: { readonly condition: () => boolean; readonly wake: () => void }[] = [];

  /** Resolves when the condition holds; it is looked at now and at every `look`. */
  until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((wake) => {
      this.#waiting.push({ condition, wake });
    });
  }

  /** Something has happened that may have made a condition hold. */
  look(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const waiter of waiting)
      if (waiter.condition()) waiter.wake();
      else this.#waiting.push(waiter);
  }
}
