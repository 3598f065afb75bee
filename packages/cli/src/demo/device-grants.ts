import { randomBytes, randomInt } from 'node:crypto';
import type { Clock } from '@bailiwick/domain';

/** Somebody whom the development issuer knows: a name to choose, and what their tokens say. */
export interface KnownPerson {
  readonly name: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** RFC 8628 section 3.2: how long a code can be used, and how often may be asked. */
const DEVICE_CODE_SECONDS = 600;
const INTERVAL_SECONDS = 1;
/** RFC 8628 section 6.1: no vowels, so that no words come out, and nothing that looks like something else. */
const USER_CODE_LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';
const USER_CODE_LENGTH = 8;
/** Requests that wait, and logins that can be refreshed, at a time; the oldest goes first. */
const ENTRIES_MAX = 1000;

/** An error of RFC 6749 section 5.2 and RFC 8628 section 3.5, as the token endpoint sends it. */
export class GrantError extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.name = 'GrantError';
    this.code = code;
  }
}

interface WaitingDevice {
  readonly userCode: string;
  readonly clientId: string;
  readonly expiresAt: number;
  askedAt: number;
  person: KnownPerson | null;
  denied: boolean;
}

interface Login {
  readonly clientId: string;
  readonly person: KnownPerson;
  /** All that were ever given for this login but the last are spent. */
  readonly spent: Set<string>;
}

/** What a grant was exchanged for. */
export interface Granted {
  readonly person: KnownPerson;
  readonly refreshToken: string;
}

/** Device codes (RFC 8628) and refresh tokens that rotate (RFC 9700 section 4.14.2). Holds no keys and signs nothing. */
export class DeviceGrants {
  readonly #clock: Clock;
  readonly #devices = new Map<string, WaitingDevice>();
  readonly #logins = new Map<string, Login>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A device wants somebody to log in. */
  begin(clientId: string): {
    readonly deviceCode: string;
    readonly userCode: string;
    readonly expiresIn: number;
    readonly interval: number;
  } {
    const deviceCode = secret();
    const userCode = makeUserCode();
    const expiresAt = this.#clock.now() + DEVICE_CODE_SECONDS * 1000;
    this.#devices.set(deviceCode, { userCode, clientId, expiresAt, askedAt: 0, person: null, denied: false });
    dropOldest(this.#devices);
    return { deviceCode, userCode, expiresIn: DEVICE_CODE_SECONDS, interval: INTERVAL_SECONDS };
  }

  /** Somebody has typed a code and said who they are; null: they say no. False: no such code waits. */
  decide(userCode: string, person: KnownPerson | null): boolean {
    const letters = userCode.toUpperCase().replaceAll(/[^A-Z]/g, '');
    const now = this.#clock.now();
    const device = [...this.#devices.values()].find(
      (one) => one.userCode.replace('-', '') === letters && one.expiresAt > now && one.person === null && !one.denied,
    );
    if (device === undefined) return false;
    device.person = person;
    device.denied = person === null;
    return true;
  }

  /** The device asks. @throws GrantError */
  redeem(deviceCode: string, clientId: string): Granted {
    const device = this.#devices.get(deviceCode);
    if (device === undefined || device.clientId !== clientId) throw new GrantError('invalid_grant');
    const now = this.#clock.now();
    const tooSoon = now - device.askedAt < INTERVAL_SECONDS * 500;
    device.askedAt = now;
    if (device.expiresAt <= now) throw new GrantError('expired_token');
    if (device.denied) throw new GrantError('access_denied');
    if (device.person === null) throw new GrantError(tooSoon ? 'slow_down' : 'authorization_pending');
    this.#devices.delete(deviceCode);
    return this.#granted({ clientId, person: device.person, spent: new Set() });
  }

  /** @throws GrantError, and whoever uses a token a second time ends the login: one of the two has stolen it. */
  refresh(refreshToken: string, clientId: string): Granted {
    const login = this.#logins.get(refreshToken);
    if (login === undefined || login.clientId !== clientId) {
      for (const [token, { spent }] of this.#logins) if (spent.has(refreshToken)) this.#logins.delete(token);
      throw new GrantError('invalid_grant');
    }
    this.#logins.delete(refreshToken);
    login.spent.add(refreshToken);
    return this.#granted(login);
  }

  #granted(login: Login): Granted {
    const refreshToken = secret();
    this.#logins.set(refreshToken, login);
    dropOldest(this.#logins);
    return { person: login.person, refreshToken };
  }
}

const secret = (): string => randomBytes(32).toString('base64url');

function makeUserCode(): string {
  const letters = Array.from({ length: USER_CODE_LENGTH }, () =>
    USER_CODE_LETTERS.charAt(randomInt(USER_CODE_LETTERS.length)),
  ).join('');
  return `${letters.slice(0, USER_CODE_LENGTH / 2)}-${letters.slice(USER_CODE_LENGTH / 2)}`;
}

/** Entries of a Map are in the order in which they came. */
function dropOldest(entries: Map<string, unknown>): void {
  const [oldest] = entries.keys();
  if (entries.size > ENTRIES_MAX && oldest !== undefined) entries.delete(oldest);
}
