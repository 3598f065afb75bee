import type { Clock } from '@bailiwick/domain';
import { issuerUrlFault } from '@bailiwick/identity';
import * as oidc from 'openid-client';
import type { StoredLogin } from './login-store.ts';

/** Who gives tokens, and which client of it this command is. */
export interface LoginClient {
  readonly issuer: string;
  /** A public client (RFC 8252): it has no secret. */
  readonly clientId: string;
  readonly scope: string;
}

/** Asked for unless told otherwise: most issuers give refresh tokens for `offline_access`. */
export const LOGIN_SCOPE = 'openid offline_access';

/** The longest token that the gateway takes as a password (CONTRACT section 5). */
const TOKEN_BYTES_MAX = 60 * 1024;
/** For tokens whose issuer does not say how long they last: they are refreshed for each use. */
const LIFETIME_UNKNOWN_SECONDS = 0;

/** A login that waits for a person with a browser (RFC 8628). */
export interface DeviceLogin {
  /** Where the person is to go; `complete` already holds the code. */
  readonly verificationUri: string;
  readonly complete: string | null;
  readonly userCode: string;
  /** Resolves once they have logged in. Rejects when they refuse, the code expires, or `signal` is aborted. */
  finished(signal: AbortSignal): Promise<StoredLogin>;
}

/** The issuer has said no, or something that cannot be believed. The message is for people and holds no token. */
export class LoginFailed extends Error {
  /** False: it may work another time, with what is stored. */
  readonly final: boolean;

  constructor(message: string, final: boolean) {
    super(message);
    this.name = 'LoginFailed';
    this.final = final;
  }
}

/** Asks the issuer for a code. @throws LoginFailed */
export async function beginDeviceLogin(client: LoginClient, clock: Clock): Promise<DeviceLogin> {
  return told(client.issuer, async () => {
    const configuration = await discover(client);
    if (configuration.serverMetadata().device_authorization_endpoint === undefined) {
      throw new LoginFailed(`${client.issuer} does not offer the device flow`, true);
    }
    const device = await oidc.initiateDeviceAuthorization(configuration, { scope: client.scope });
    for (const uri of [device.verification_uri, device.verification_uri_complete]) {
      if (uri !== undefined && !/^https?:\/\/[^\s]+$/.test(uri)) {
        throw new LoginFailed(`${client.issuer} names a page that is none`, true);
      }
    }
    return {
      verificationUri: device.verification_uri,
      complete: device.verification_uri_complete ?? null,
      userCode: device.user_code,
      finished: (signal) =>
        told(client.issuer, async () => {
          const answer = await oidc.pollDeviceAuthorizationGrant(configuration, device, undefined, { signal });
          return stored(client, answer, null, clock);
        }),
    };
  });
}

/** A new token for one that expires. @throws LoginFailed */
export async function refreshLogin(login: StoredLogin, clock: Clock): Promise<StoredLogin> {
  const { refreshToken, issuer } = login;
  if (refreshToken === null) throw new LoginFailed('the login has expired', true);
  return told(issuer, async () => {
    const answer = await oidc.refreshTokenGrant(await discover(login), refreshToken);
    return stored(login, answer, refreshToken, clock);
  });
}

async function discover({ issuer, clientId }: LoginClient): Promise<oidc.Configuration> {
  const fault = issuerUrlFault(issuer, true);
  if (fault !== null) throw new LoginFailed(`the issuer's address ${fault}`, true);
  const insecure = new URL(issuer).protocol === 'http:';
  const options = insecure ? { execute: [oidc.allowInsecureRequests] } : {};
  const configuration = await oidc.discovery(new URL(issuer), clientId, undefined, oidc.None(), options);
  const { token_endpoint: token, device_authorization_endpoint: device } = configuration.serverMetadata();
  for (const endpoint of [token, device]) {
    // An issuer without TLS is on loopback; that must not send secrets elsewhere without TLS.
    if (endpoint !== undefined && issuerUrlFault(endpoint, true) !== null) {
      throw new LoginFailed(`${issuer} names an address that takes secrets off TLS`, true);
    }
  }
  return configuration;
}

/** @param before the refresh token so far, which stays good where the issuer gives no other (RFC 6749 section 6). */
function stored(
  { issuer, clientId, scope }: LoginClient,
  answer: Awaited<ReturnType<typeof oidc.refreshTokenGrant>>,
  before: string | null,
  clock: Clock,
): StoredLogin {
  const accessToken = answer.access_token;
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(accessToken)) {
    throw new LoginFailed(
      `the access tokens of ${issuer} are no JWTs: ask for a scope that belongs to the gateway's audience`,
      true,
    );
  }
  if (accessToken.length > TOKEN_BYTES_MAX) throw new LoginFailed(`the access token of ${issuer} is too long`, true);
  return {
    version: 1,
    issuer,
    clientId,
    scope,
    accessToken,
    expiresAt: clock.now() + (answer.expiresIn() ?? LIFETIME_UNKNOWN_SECONDS) * 1000,
    refreshToken: answer.refresh_token ?? before,
  };
}

/** Errors of the library in words: what the issuer said, never what was sent to it. */
async function told<Result>(issuer: string, ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof LoginFailed) throw error;
    if (error instanceof oidc.ResponseBodyError) throw new LoginFailed(wordsOf(error.error, issuer), true);
    const cause = error instanceof Error ? (error.cause ?? error) : null;
    if (cause instanceof Error && cause.name === 'AbortError') throw new LoginFailed('interrupted', true);
    const reason = cause instanceof Error ? ('code' in cause ? String(cause.code) : cause.message) : 'unknown';
    throw new LoginFailed(`${issuer} does not answer as an issuer should: ${reason}`, false);
  }
}

/** Error codes of RFC 6749 section 5.2 and RFC 8628 section 3.5. */
function wordsOf(code: string, issuer: string): string {
  switch (code) {
    case 'access_denied':
      return 'the login was refused';
    case 'expired_token':
      return 'nobody logged in in time';
    case 'invalid_grant':
      return 'the login has expired';
    case 'invalid_client':
    case 'unauthorized_client':
      return `${issuer} does not know this client, or does not let it use the device flow`;
    default:
      return `${issuer} says ${code}`;
  }
}
