/** Cancel requests on their way to the database: one that comes late would hit what the client sends next. */
export class UpstreamCancels {
  readonly #send: () => Promise<void>;
  readonly #changed: () => void;
  #underWay = 0;

  /** @param send sends one, and resolves when it is over. @param changed `pending` may have changed. */
  constructor(send: () => Promise<void>, changed: () => void) {
    this.#send = send;
    this.#changed = changed;
  }

  /** Nothing may be sent behind one. */
  get pending(): boolean {
    return this.#underWay > 0;
  }

  send(): void {
    this.#underWay++;
    void this.#send().finally(() => {
      this.#underWay--;
      this.#changed();
    });
    this.#changed();
  }

  /** Sends one, unless one is on its way already. */
  sendOne(): void {
    if (!this.pending) this.send();
  }
}
