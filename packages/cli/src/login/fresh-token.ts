import type { Clock } from '@bailiwick/domain';
import { LoginFailed, refreshLogin } from './device-login.ts';
import type { LoginStore, StoredLogin } from './login-store.ts';

/** A token that lasts no longer than this is refreshed first: logging in takes time, and clocks differ. */
const REMAINING_MS_MIN = 60_000;
/** Where the issuer does not answer, a token is used up to this. */
const REMAINING_MS_LAST = 5_000;

/** Gives tokens of the stored login that have not expired, and refreshes it where one is about to. */
export class FreshToken {
  readonly #store: LoginStore;
  readonly #clock: Clock;
  #refreshing: Promise<string> | null = null;

  constructor(store: LoginStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Rejects with words for people, which say when they have to log in again. Callers at the same time share a refresh. */
  async get(): Promise<string> {
    const login = await this.#read();
    if (this.#lasts(login, REMAINING_MS_MIN)) return login.accessToken;
    this.#refreshing ??= this.#store
      .exclusively(() => this.#refresh())
      .finally(() => {
        this.#refreshing = null;
      });
    return this.#refreshing;
  }

  async #refresh(): Promise<string> {
    // Another process may have done it meanwhile.
    const login = await this.#read();
    if (this.#lasts(login, REMAINING_MS_MIN)) return login.accessToken;
    try {
      const fresh = await refreshLogin(login, this.#clock);
      await this.#store.write(fresh);
      return fresh.accessToken;
    } catch (error) {
      if (!(error instanceof LoginFailed)) throw error;
      if (this.#lasts(login, REMAINING_MS_LAST)) return login.accessToken;
      throw new Error(error.final ? `${error.message}; log in again: bailiwick login` : error.message);
    }
  }

  async #read(): Promise<StoredLogin> {
    const login = await this.#store.read();
    if (login === null) throw new Error('nobody is logged in; first: bailiwick login');
    return login;
  }

  #lasts(login: StoredLogin, remainingMs: number): boolean {
    return login.expiresAt - this.#clock.now() > remainingMs;
  }
}
