import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { Pass, StoredPass } from './pass.ts';

/** Bytes of the key that a store is opened with. */
export const PASS_KEY_BYTES = 32;

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A row of the table: what stands in clear, and what is sealed. */
export interface PassRow {
  readonly id: string;
  readonly identity_key: string;
  readonly human: string | null;
  readonly agent: string | null;
  readonly datasource: string;
  readonly role: string;
  readonly networks: string;
  readonly created_at: number;
  readonly expires_at: number;
  readonly revoked_at: number | null;
  readonly sealed: Buffer;
}

/** What is sealed of a pass: claims may hold what nobody else is to read. */
interface SealedParts {
  readonly salt: string;
  readonly iterations: number;
  readonly storedKey: string;
  readonly serverKey: string;
  readonly issuer: string;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly tokenExpiresAt: number;
}

/**
 * Keeps claims and verifier unreadable (AES-256-GCM), and binds to them what stands in clear: whoever can write the file
 * but has no key can neither make a pass, nor move one to somebody else, nor lengthen or revive it.
 */
export class PassSeal {
  readonly #key: Buffer;

  /** @throws TypeError unless `key` has `PASS_KEY_BYTES` bytes. The key is not kept. */
  constructor(key: Buffer) {
    if (key.length !== PASS_KEY_BYTES)
      throw new TypeError(`the key of the passes has ${key.length} bytes, not ${PASS_KEY_BYTES}`);
    this.#key = derivePassKey(key, 'rows');
  }

  close({ pass, verifier, claims }: StoredPass): PassRow {
    const clear = clearColumns(pass);
    const parts: SealedParts = {
      salt: verifier.salt.toString('base64'),
      iterations: verifier.iterations,
      storedKey: verifier.storedKey.toString('base64'),
      serverKey: verifier.serverKey.toString('base64'),
      issuer: claims.issuer,
      claims: claims.claims,
      tokenExpiresAt: claims.expiresAt,
    };
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce);
    cipher.setAAD(bound(clear));
    const body = [cipher.update(JSON.stringify(parts), 'utf8'), cipher.final()];
    return { ...clear, sealed: Buffer.concat([nonce, ...body, cipher.getAuthTag()]) };
  }

  /** @throws Error naming the pass unless the row is what `close` gave. */
  open(row: PassRow): StoredPass {
    const { sealed, ...clear } = row;
    const parts = this.#unsealed(sealed, clear);
    const { id, identity_key, human, agent, datasource, role, created_at, expires_at, revoked_at } = clear;
    return {
      pass: {
        ...{ id, human, agent, datasource, role },
        identityKey: identity_key,
        networks: JSON.parse(clear.networks) as readonly string[],
        createdAt: created_at,
        expiresAt: expires_at,
        revokedAt: revoked_at,
      },
      verifier: {
        salt: Buffer.from(parts.salt, 'base64'),
        iterations: parts.iterations,
        storedKey: Buffer.from(parts.storedKey, 'base64'),
        serverKey: Buffer.from(parts.serverKey, 'base64'),
      },
      claims: { issuer: parts.issuer, claims: parts.claims, expiresAt: parts.tokenExpiresAt },
    };
  }

  #unsealed(sealed: Buffer, clear: Omit<PassRow, 'sealed'>): SealedParts {
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, sealed.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(bound(clear));
      decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
      const body = Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
      return JSON.parse(body.toString('utf8')) as SealedParts;
    } catch {
      throw new Error(
        `pass ${clear.id} does not verify: it was changed outside the gateway, or the key is another one`,
      );
    }
  }
}

/** A key of its own for each purpose. */
export function derivePassKey(key: Buffer, purpose: 'rows' | 'salts' | 'proof'): Buffer {
  return Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), `bailiwick passes 1 ${purpose}`, 32));
}

function clearColumns(pass: Pass): Omit<PassRow, 'sealed'> {
  return {
    id: pass.id,
    identity_key: pass.identityKey,
    human: pass.human,
    agent: pass.agent,
    datasource: pass.datasource,
    role: pass.role,
    networks: JSON.stringify(pass.networks),
    created_at: pass.createdAt,
    expires_at: pass.expiresAt,
    revoked_at: pass.revokedAt,
  };
}

/** JSON tells null from an empty text and where each column ends. */
function bound(row: Omit<PassRow, 'sealed'>): Buffer {
  const { id, identity_key, human, agent, datasource, role, networks, created_at, expires_at, revoked_at } = row;
  const columns = [id, identity_key, human, agent, datasource, role, networks, created_at, expires_at, revoked_at];
  return Buffer.from(JSON.stringify(columns), 'utf8');
}
