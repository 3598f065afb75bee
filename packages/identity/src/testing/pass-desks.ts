import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Identity, silentLog, silentTelemetry } from '@bailiwick/domain';
import { createIdentityVerifier } from '../create-verifier.ts';
import type { ClientOptions } from '../options.ts';
import { createPassDesk, type PassDesk } from '../pass-desk.ts';
import type { PassStore } from '../pass-store.ts';
import { openSqlitePassStore } from '../sqlite-pass-store.ts';
import type { VerifiedClaims } from '../verifier.ts';
import { type ManualClock, type MemoryIssuer, manualClock, memoryIssuer } from './memory-issuer.ts';

/** Eight hours. */
export const LIFETIME_MAX_MS: number = 8 * 3_600_000;

/** Passes in a file of their own, with an issuer in memory and a clock that is moved by hand. For tests. */
export interface PassFixture {
  readonly clock: ManualClock;
  readonly issuer: MemoryIssuer;
  readonly desk: PassDesk;
  readonly store: PassStore;
  readonly key: Buffer;
  readonly file: string;
  /** What a token of these claims says, which lasts ten minutes. */
  claims(claims: Readonly<Record<string, unknown>>): Promise<VerifiedClaims>;
  identity(claims: Readonly<Record<string, unknown>>): Promise<Identity>;
  /** A desk over the same passes, with other clients in its configuration. */
  deskWith(clients: ReadonlyMap<string, ClientOptions>): PassDesk;
  close(): Promise<void>;
}

export async function passFixture(): Promise<PassFixture> {
  const directory = mkdtempSync(join(tmpdir(), 'bailiwick-passes-'));
  const file = join(directory, 'passes.db');
  const clock = manualClock();
  const issuer = await memoryIssuer();
  const key = randomBytes(32);
  const store = openSqlitePassStore(file, key);
  const closers: (() => void)[] = [];
  const verifierWith = (clients: ReadonlyMap<string, ClientOptions>) => {
    const verifier = createIdentityVerifier(
      { issuers: [{ issuer: issuer.issuer, audience: 'bailiwick' }], clients, networks: [] },
      { clock, telemetry: silentTelemetry, log: silentLog, fetch: issuer.fetch },
    );
    closers.push(() => verifier.close());
    return verifier;
  };
  const verifier = verifierWith(new Map());
  const deskOf = (of: typeof verifier): PassDesk =>
    createPassDesk({ store, verifier: of, key, lifetimeMaxMs: LIFETIME_MAX_MS, clock, log: silentLog });
  const tokenOf = (claims: Readonly<Record<string, unknown>>): Promise<string> => {
    const seconds = Math.floor(clock.now() / 1000);
    return issuer.sign({ iss: issuer.issuer, aud: 'bailiwick', iat: seconds, exp: seconds + 600, ...claims });
  };
  return {
    ...{ clock, issuer, store, key, file },
    desk: deskOf(verifier),
    claims: async (claims) => verifier.verifiedClaims(await tokenOf(claims), 'wire'),
    identity: async (claims) => verifier.verify(await tokenOf(claims), 'wire', null),
    deskWith: (clients) => deskOf(verifierWith(clients)),
    close: async () => {
      for (const close of closers) close();
      await store.close();
      rmSync(directory, { recursive: true });
    },
  };
}
