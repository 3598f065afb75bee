// Uses node:http: the routes of the development issuer by which people log in.
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Clock } from '@bailiwick/domain';
import { DeviceGrants, GrantError, type Granted, type KnownPerson } from './device-grants.ts';
import { signInPage } from './sign-in-page.ts';

/** The client that `bailiwick login` is to the development issuer. It is public: it has no secret (RFC 8252). */
export const DEVELOPMENT_CLIENT = 'bailiwick-cli';

/** Lets people log in at the development issuer. */
export interface SignInOptions {
  /** Whoever knows it may sign in as any of the people. The page alone would let every account of the machine do that. */
  readonly password: string;
  readonly people: readonly KnownPerson[];
  /** How long the tokens of a login last. */
  readonly tokenSeconds: number;
}

/** What a route answers. */
export interface Answer {
  readonly status: number;
  readonly type: 'application/json' | 'text/html; charset=utf-8';
  readonly body: string;
}

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
const FORM_BYTES_MAX = 16 * 1024;

/** Endpoints of the device flow: device authorization, the page for people, tokens. */
export class SignIn {
  readonly #options: SignInOptions;
  readonly #issuer: () => string;
  readonly #issue: (claims: Readonly<Record<string, unknown>>, seconds: number) => string;
  readonly #grants: DeviceGrants;

  /** @param issuer the issuer's address, once it is known. @param issue signs a token of these claims. */
  constructor(
    options: SignInOptions,
    clock: Clock,
    issuer: () => string,
    issue: (claims: Readonly<Record<string, unknown>>, seconds: number) => string,
  ) {
    this.#options = options;
    this.#issuer = issuer;
    this.#issue = issue;
    this.#grants = new DeviceGrants(clock);
  }

  /** What the discovery document says of them. */
  metadata(): object {
    return {
      device_authorization_endpoint: `${this.#issuer()}/device_authorization`,
      token_endpoint: `${this.#issuer()}/token`,
      token_endpoint_auth_methods_supported: ['none'],
      grant_types_supported: [DEVICE_GRANT, 'refresh_token'],
    };
  }

  /** Null: none of its routes. */
  async answer(request: IncomingMessage): Promise<Answer | null> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.#issuer());
    if (pathname === '/device' && request.method === 'GET') {
      return page(200, this.#page(searchParams.get('user_code') ?? '', ''));
    }
    if (!['/device', '/device_authorization', '/token'].includes(pathname)) return null;
    if (request.method !== 'POST') return json(405, {});
    const form = await readForm(request);
    if (form === null) return json(400, { error: 'invalid_request' });
    if (pathname === '/device') return this.#decide(form);
    if (form.get('client_id') !== DEVELOPMENT_CLIENT) return json(401, { error: 'invalid_client' });
    return pathname === '/token' ? this.#token(form) : this.#begin();
  }

  #begin(): Answer {
    const { deviceCode, userCode, expiresIn, interval } = this.#grants.begin(DEVELOPMENT_CLIENT);
    return json(200, {
      device_code: deviceCode,
      user_code: userCode,
      verification_uri: `${this.#issuer()}/device`,
      verification_uri_complete: `${this.#issuer()}/device?user_code=${userCode}`,
      expires_in: expiresIn,
      interval,
    });
  }

  #decide(form: URLSearchParams): Answer {
    const userCode = form.get('user_code') ?? '';
    if (!isSame(form.get('password') ?? '', this.#options.password)) {
      return page(403, this.#page(userCode, 'That is not the password.'));
    }
    const person = this.#options.people.find(({ name }) => name === form.get('person'));
    const denied = form.get('answer') === 'deny';
    if (person === undefined && !denied) return page(400, this.#page(userCode, 'There is nobody of that name.'));
    if (!this.#grants.decide(userCode, denied ? null : (person ?? null))) {
      return page(404, this.#page(userCode, 'No login waits for that code.'));
    }
    return page(200, signInPage({ done: denied ? 'The login was refused.' : `You are ${person?.name ?? ''} now.` }));
  }

  #token(form: URLSearchParams): Answer {
    try {
      const { person, refreshToken } = this.#exchange(form);
      const { tokenSeconds } = this.#options;
      return json(200, {
        access_token: this.#issue({ client_id: DEVELOPMENT_CLIENT, ...person.claims }, tokenSeconds),
        token_type: 'Bearer',
        expires_in: tokenSeconds,
        refresh_token: refreshToken,
      });
    } catch (error) {
      if (error instanceof GrantError) return json(400, { error: error.code });
      throw error;
    }
  }

  #exchange(form: URLSearchParams): Granted {
    switch (form.get('grant_type')) {
      case DEVICE_GRANT:
        return this.#grants.redeem(form.get('device_code') ?? '', DEVELOPMENT_CLIENT);
      case 'refresh_token':
        return this.#grants.refresh(form.get('refresh_token') ?? '', DEVELOPMENT_CLIENT);
      default:
        throw new GrantError('unsupported_grant_type');
    }
  }

  #page(userCode: string, fault: string): string {
    return signInPage({ userCode, fault, people: this.#options.people.map(({ name }) => name) });
  }
}

const json = (status: number, body: object): Answer => ({
  status,
  type: 'application/json',
  body: JSON.stringify(body),
});
const page = (status: number, body: string): Answer => ({ status, type: 'text/html; charset=utf-8', body });

function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** Null: too large. */
async function readForm(request: IncomingMessage): Promise<URLSearchParams | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > FORM_BYTES_MAX) return null;
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}
