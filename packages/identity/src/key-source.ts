import type { Clock } from '@bailiwick/domain';
import { createLocalJWKSet, type JWTVerifyGetKey } from 'jose';
import { isJsonObject, type JsonObject } from './claim-path.ts';
import { type Fetch, fetchJson } from './fetch-json.ts';
import { discoveryUrl, isLoopback, issuerUrlFault } from './issuer-url.ts';
import type { IssuerOptions } from './options.ts';

/** Most keys of one issuer: a token without `kid` is tried against each that fits. */
export const KEYS_MAX = 64;

/**
 * Asks an issuer for its present keys: discovery, unless `jwksUri` is configured, then the key set. Private and
 * symmetric keys in the set are never used.
 * @throws Error saying what went wrong.
 */
export async function fetchKeys(issuer: IssuerOptions, fetch: Fetch, clock: Clock): Promise<JWTVerifyGetKey> {
  const address = issuer.jwksUri ?? (await discoverKeys(issuer.issuer, fetch, clock));
  return keySetOf(await fetchJson(fetch, clock, address));
}

async function discoverKeys(issuer: string, fetch: Fetch, clock: Clock): Promise<string> {
  const metadata = await fetchJson(fetch, clock, discoveryUrl(issuer));
  // OpenID Connect Discovery 1.0 section 4.3: identical, or somebody answers for somebody else.
  if (metadata.issuer !== issuer) throw new Error('the metadata names a different issuer');
  const address = metadata.jwks_uri;
  if (typeof address !== 'string') throw new Error('the metadata names no jwks_uri');
  const fault = issuerUrlFault(address, isLoopback(new URL(issuer)));
  if (fault !== null) throw new Error(`the jwks_uri of the metadata ${fault}`);
  return address;
}

function keySetOf(document: JsonObject): JWTVerifyGetKey {
  const { keys } = document;
  if (!Array.isArray(keys) || !keys.every(isJsonObject)) throw new Error('the key set has no array of keys');
  if (keys.length > KEYS_MAX) throw new Error(`the key set has more than ${KEYS_MAX} keys`);
  // A key that no signature here could use must not make the whole set unusable.
  const usable = keys.filter(({ kty }) => kty === 'RSA' || kty === 'EC' || kty === 'OKP');
  return createLocalJWKSet({ keys: usable.map((key) => ({ ...key, kty: String(key.kty) })) });
}
