import type { Clock, EpochMs, Identity, Log } from '@bailiwick/domain';
import { AddressRange } from './address-range.ts';
import { AttemptLimiter } from './attempt-limiter.ts';
import { type Pass, passStatus, type StoredPass } from './pass.ts';
import { derivePassKey } from './pass-seal.ts';
import { isPassId, newPassSecret, passIdOf } from './pass-secret.ts';
import type { PassFilter, PassStore } from './pass-store.ts';
import { isSecretOf, type PassVerifier, PassVerifierMaker } from './pass-verifier.ts';
import { type IdentityVerifier, TokenRejected, type VerifiedClaims } from './verifier.ts';

/** Most active passes of one identity. */
export const PASSES_PER_IDENTITY_MAX = 100;
/** Most networks of one pass. */
const NETWORKS_MAX = 32;
/** How long an expired pass is still listed. */
const REMEMBERED_MS = 30 * 86_400_000;

/**
 * Why a pass was not accepted: stable, safe to log and to use as a metric label. `unknown`: the secret was not proven;
 * `throttled`: it was not looked at.
 */
export type PassFailure = 'unknown' | 'expired' | 'revoked' | 'network' | 'identity' | 'throttled';

/** A pass was not accepted. What `message` says of it is for whoever has proven to know the secret. */
export class PassRejected extends Error {
  readonly failure: PassFailure;

  constructor(failure: PassFailure, message: string) {
    super(message);
    this.name = 'PassRejected';
    this.failure = failure;
  }
}

/** A pass was not made. */
export class PassNotIssued extends Error {
  readonly reason: 'not-valid' | 'quota';

  constructor(reason: 'not-valid' | 'quota', message: string) {
    super(message);
    this.name = 'PassNotIssued';
    this.reason = reason;
  }
}

/** What somebody asks for. Whether they may connect there is for the caller to have judged. */
export interface PassRequest {
  /** What the token of whoever asks said: the pass stands for the same identity. */
  readonly claims: VerifiedClaims;
  readonly datasource: string;
  readonly role: string;
  readonly networks: readonly string[];
  /** Null: for as long as it may be. */
  readonly lifetimeMs: number | null;
}

/** Who a pass lets in, and to where. */
export interface AdmittedPass {
  readonly pass: Pass;
  readonly identity: Identity;
}

/** What makes, shows, recognises and revokes passes. */
export interface PassDesk {
  /** The secret is in no other place than this answer. Throws `PassNotIssued` or `TokenRejected`. */
  issue(request: PassRequest): Promise<{ readonly pass: Pass; readonly secret: string }>;
  get(id: string): Promise<Pass | null>;
  list(filter: PassFilter): Promise<readonly Pass[]>;
  /** From when it resolves nobody gets in by the pass, and who listens has been told. Null: there is none. */
  revoke(id: string): Promise<Pass | null>;
  /** For SCRAM: the verifier of a pass, or of nobody, which looks alike. Says nothing on whether the pass may be used. */
  verifierOf(id: string): Promise<PassVerifier>;
  /**
   * Before the secret of `id` is asked for, whether there is such a pass or not. Throws `PassRejected('throttled')` where
   * it was not proven from this network too often of late.
   */
  checkAttempts(id: string, address: string | null): void;
  /** The secret of `id` was asked for by SCRAM and not proven. */
  unproven(id: string, address: string | null): void;
  /** After the secret of `id` has been proven: who it is. Throws `PassRejected`. */
  admit(id: string, address: string | null): Promise<AdmittedPass>;
  /** Proves the secret itself, then admits. Throws `PassRejected`. */
  admitSecret(secret: string, address: string | null): Promise<AdmittedPass>;
  /** Whether the pass is neither revoked nor over. */
  isActive(id: string): Promise<boolean>;
  /** Called with the id of each pass that is revoked in this process. @returns a function that ends it. */
  onRevoked(listener: (id: string) => void): () => void;
}

export interface PassDeskOptions {
  readonly store: PassStore;
  readonly verifier: IdentityVerifier;
  /** 32 bytes; the store's own will do. Not kept. */
  readonly key: Buffer;
  /** The longest that a pass lasts. */
  readonly lifetimeMaxMs: number;
  readonly clock: Clock;
  readonly log: Log;
}

export function createPassDesk(options: PassDeskOptions): PassDesk {
  return new StoredPasses(options);
}

class StoredPasses implements PassDesk {
  readonly #options: Omit<PassDeskOptions, 'key'>;
  readonly #verifiers: PassVerifierMaker;
  readonly #listeners = new Set<(id: string) => void>();
  readonly #attempts: AttemptLimiter;

  constructor(options: PassDeskOptions) {
    const { key, ...others } = options;
    this.#options = others;
    this.#verifiers = new PassVerifierMaker(derivePassKey(key, 'salts'));
    this.#attempts = new AttemptLimiter(options.clock);
  }

  async issue(request: PassRequest): Promise<{ readonly pass: Pass; readonly secret: string }> {
    const { store, verifier, clock } = this.#options;
    checkNetworks(request.networks);
    const now = clock.now();
    const identity = verifier.identityOfClaims(request.claims, request.claims.expiresAt, null);
    const expiresAt = this.#expiry(request, identity, now);
    await store.forgetExpired(now - REMEMBERED_MS);
    if ((await store.countActive(identity.key, now)) >= PASSES_PER_IDENTITY_MAX)
      throw new PassNotIssued('quota', `There are ${PASSES_PER_IDENTITY_MAX} active passes of this identity already.`);
    const { id, secret } = newPassSecret();
    const pass: Pass = {
      id,
      identityKey: identity.key,
      human: identity.human?.subject ?? null,
      agent: identity.agent?.subject ?? null,
      datasource: request.datasource,
      role: request.role,
      networks: request.networks,
      createdAt: now,
      expiresAt,
      revokedAt: null,
    };
    await store.insert({ pass, verifier: await this.#verifiers.of(id, secret), claims: request.claims });
    return { pass, secret };
  }

  async get(id: string): Promise<Pass | null> {
    return (await this.#options.store.get(id))?.pass ?? null;
  }

  list(filter: PassFilter): Promise<readonly Pass[]> {
    return this.#options.store.list(filter);
  }

  async revoke(id: string): Promise<Pass | null> {
    const { store, clock } = this.#options;
    const pass = await store.revoke(id, clock.now());
    if (pass !== null) for (const listener of [...this.#listeners]) listener(id);
    return pass;
  }

  async verifierOf(id: string): Promise<PassVerifier> {
    return (await this.#options.store.get(id))?.verifier ?? this.#verifiers.ofNobody(id);
  }

  checkAttempts(id: string, address: string | null): void {
    const seconds = isPassId(id) ? this.#attempts.retryAfterSeconds(address ?? '', id) : 0;
    if (seconds > 0)
      throw new PassRejected(
        'throttled',
        `too many failed attempts with this pass from where you are: wait ${seconds} s`,
      );
  }

  /** What can be no id is not remembered: no secret fits it however often it is tried. */
  unproven(id: string, address: string | null): void {
    if (isPassId(id)) this.#attempts.failed(address ?? '', id);
  }

  async admit(id: string, address: string | null): Promise<AdmittedPass> {
    const stored = await this.#options.store.get(id);
    if (stored === null) throw unknownPass();
    return this.#judge(stored, address);
  }

  async admitSecret(secret: string, address: string | null): Promise<AdmittedPass> {
    const id = passIdOf(secret);
    if (id === null) throw unknownPass();
    this.checkAttempts(id, address);
    if (await isSecretOf(await this.verifierOf(id), secret)) return this.admit(id, address);
    this.unproven(id, address);
    throw unknownPass();
  }

  async isActive(id: string): Promise<boolean> {
    const { store, clock } = this.#options;
    const stored = await store.get(id);
    return stored !== null && passStatus(stored.pass, clock.now()) === 'active';
  }

  onRevoked(listener: (id: string) => void): () => void {
    // Each call is a subscription of its own, also for the same function.
    const own = (id: string): void => listener(id);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  /** A person's pass may outlive the token: that is what it is for. What a machine was lent ends when the loan does. */
  #expiry({ lifetimeMs, claims }: PassRequest, identity: Identity, now: EpochMs): EpochMs {
    const { lifetimeMaxMs } = this.#options;
    if (lifetimeMs !== null && !(lifetimeMs >= 1000 && lifetimeMs <= lifetimeMaxMs))
      throw new PassNotIssued('not-valid', `A pass lasts from 1 second to ${lifetimeMaxMs / 1000} seconds.`);
    const wanted = now + (lifetimeMs ?? lifetimeMaxMs);
    const isPerson = identity.human !== null && identity.agent === null && identity.chain.length <= 1;
    return isPerson ? wanted : Math.min(wanted, claims.expiresAt);
  }

  /** The identity is that of the token under today's configuration and at this address; it is not lent to another one. */
  #judge({ pass, claims }: StoredPass, address: string | null): AdmittedPass {
    const status = passStatus(pass, this.#options.clock.now());
    if (status === 'revoked') throw new PassRejected('revoked', 'the pass has been revoked');
    if (status === 'expired') throw new PassRejected('expired', 'the pass has expired');
    if (!isWithin(pass.networks, address))
      throw new PassRejected('network', 'the pass may not be used from where you connect');
    const identity = this.#identityOf(pass, claims, address);
    if (identity.key !== pass.identityKey)
      throw new PassRejected('identity', 'whom the pass stands for has changed in the configuration');
    return { pass, identity };
  }

  #identityOf(pass: Pass, claims: VerifiedClaims, address: string | null): Identity {
    const { verifier, log } = this.#options;
    try {
      return verifier.identityOfClaims(claims, pass.expiresAt, address);
    } catch (error) {
      if (!(error instanceof TokenRejected)) throw error;
      log.info({ pass: pass.id, failure: error.failure, reason: error.message }, 'a pass stands for nobody any more');
      throw new PassRejected('identity', 'what the pass was made from is not accepted any more');
    }
  }
}

const unknownPass = (): PassRejected => new PassRejected('unknown', 'the pass was not accepted');

function checkNetworks(networks: readonly string[]): void {
  if (networks.length > NETWORKS_MAX)
    throw new PassNotIssued('not-valid', `A pass has at most ${NETWORKS_MAX} networks.`);
  for (const cidr of networks)
    if (AddressRange.parse(cidr) === null)
      throw new PassNotIssued('not-valid', 'A network is written as 10.1.0.0/16 or 2001:db8::/32.');
}

/** A client without an address is in no network. */
function isWithin(networks: readonly string[], address: string | null): boolean {
  if (networks.length === 0) return true;
  return address !== null && networks.some((cidr) => AddressRange.parse(cidr)?.holds(address) === true);
}
