import { isJsonObject, type JsonObject, readClaim } from './claim-path.ts';
import type { ChainLink } from './identity-key.ts';
import { TokenRejected } from './verifier.ts';

/** Longest delegation chain: an agent that calls agents is plausible, eight of them are an attack or a loop. */
export const ACTORS_MAX = 8;

/** Longest subject, group or client name: what OpenID Connect Core section 2 allows a subject. */
const NAME_LENGTH_MAX = 255;

/** Most groups or grants read from one token. */
const NAMES_MAX = 1000;

/** The actor's own claims, and every actor from the one that acts now to the first. */
export interface Delegation {
  readonly actor: JsonObject;
  readonly links: readonly ChainLink[];
}

/**
 * Reads the `act` claim (RFC 8693 section 4.1): the outermost `act` is who acts now, nested ones acted before it.
 * @returns null where there is none. @throws TokenRejected where it is not what the RFC describes, or too deep.
 */
export function readDelegation(claims: JsonObject, subjectPath: string): Delegation | null {
  if (!Object.hasOwn(claims, 'act')) return null;
  const links: ChainLink[] = [];
  let first: JsonObject | null = null;
  let act: unknown = claims.act;
  while (act !== undefined) {
    if (!isJsonObject(act)) throw new TokenRejected('claims', 'claim act is not an object');
    if (links.length === ACTORS_MAX)
      throw new TokenRejected('claims', `claim act names more than ${ACTORS_MAX} actors`);
    const issuer = Object.hasOwn(act, 'iss') ? readName(act.iss, 'act.iss') : null;
    links.push({ subject: readName(readClaim(act, subjectPath) ?? act.sub, 'act.sub'), issuer });
    first ??= act;
    act = Object.hasOwn(act, 'act') ? act.act : undefined;
  }
  return first === null ? null : { actor: first, links };
}

/**
 * A name from a token: it will stand in logs, lists and a database's session settings, so it is short and printable.
 * @throws TokenRejected naming the claim, never what it says.
 */
export function readName(value: unknown, claim: string): string {
  if (typeof value !== 'string' || value === '')
    throw new TokenRejected('claims', `claim ${claim} is missing or no string`);
  // Cc, Cf, Cs, Zl, Zp: control and formatting characters (bidirectional overrides among them) and line ends.
  if (value.length > NAME_LENGTH_MAX || value.trim() !== value || /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(value)) {
    throw new TokenRejected('claims', `claim ${claim} is too long or holds characters that no name has`);
  }
  return value;
}

/** A list of names; absent is none. @throws TokenRejected for anything but an array of names. */
export function readNames(value: unknown, claim: string): readonly string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new TokenRejected('claims', `claim ${claim} is not an array`);
  if (value.length > NAMES_MAX) throw new TokenRejected('claims', `claim ${claim} has more than ${NAMES_MAX} members`);
  return [...new Set(value.map((member) => readName(member, claim)))];
}
