import { createHash } from 'node:crypto';

/** One link of a delegation chain: a subject and, where the token names one for it, the issuer that knows it. */
export interface ChainLink {
  readonly subject: string;
  readonly issuer: string | null;
}

/**
 * The stable key of an identity: SHA-256 (hex) over issuer, subject, client and chain. Each part is preceded by its
 * length and absent parts differ from empty ones, so that no two identities share an encoding.
 */
export function identityKey(
  issuer: string,
  subject: string,
  clientId: string | null,
  chain: readonly ChainLink[],
): string {
  const hash = createHash('sha256');
  const add = (part: string | null): void => {
    const bytes = Buffer.from(part ?? '', 'utf8');
    hash.update(part === null ? 'n' : `s${bytes.length}:`);
    hash.update(bytes);
  };
  add('bailiwick identity 1');
  add(issuer);
  add(subject);
  add(clientId);
  hash.update(`c${chain.length}:`);
  for (const link of chain) {
    add(link.issuer);
    add(link.subject);
  }
  return hash.digest('hex');
}
