import type { Socket } from 'node:net';
import { GatewayError, type Identity, type SessionDirectory, type SessionInfo } from '@bailiwick/domain';
import type { Policy } from '@bailiwick/policy';
import { loadPostgresParser } from '@bailiwick/sql';
import { BudgetLedger } from './budget-ledger.ts';
import { type AcceptedClient, acceptClient } from './client/accept.ts';
import { CancelRegistry } from './client/cancel-registry.ts';
import { TlsTerminator } from './client/tls-terminator.ts';
import { TrustedProxies } from './client/trusted-proxies.ts';
import { Datasource } from './datasource/datasource.ts';
import { explain } from './explain.ts';
import { Listener } from './listener.ts';
import type { ExplainRequest, Explanation, GatewayOptions, ListenerOptions, SocketAddress } from './options.ts';
import { admits, mayTakeRole, openSession } from './session/open-session.ts';
import type { Session } from './session/session.ts';

/** The running data path. */
export interface Gateway {
  /** Where each listener listens, in the order of the options; ports that were 0 are the real ones. */
  readonly addresses: readonly { readonly protocol: 'postgres'; readonly address: SocketAddress }[];
  readonly sessions: SessionDirectory;
  /** Why the gateway is not ready for traffic: `the catalog of crm is not known`. Empty: it is. */
  notReady(): readonly string[];
  /** New statements are judged by this policy from now on. */
  usePolicy(policy: Policy): void;
  explain(request: ExplainRequest): Promise<Explanation>;
  /** Whether an identity may connect to a datasource under this user name, rules about places apart. */
  admits(identity: Identity, datasource: string, user: string): boolean;
  /** Stops accepting, ends idle sessions with 57P01, waits for the others at most `graceMs`, then ends them too. */
  drain(graceMs: number): Promise<void>;
}

/** Starts listening. Rejects when an address cannot be bound; upstreams that are down make it not ready instead. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  await loadPostgresParser();
  const gateway = new RunningGateway(options);
  await gateway.start();
  return gateway;
}

/** Between looks at whether the last session has ended. */
const DRAIN_POLL_MS = 50;

class RunningGateway implements Gateway {
  readonly addresses: { readonly protocol: 'postgres'; readonly address: SocketAddress }[] = [];
  readonly sessions: SessionDirectory;
  readonly #options: GatewayOptions;
  readonly #datasources: ReadonlyMap<string, Datasource>;
  readonly #cancels = new CancelRegistry();
  readonly #live = new Map<string, Session>();
  readonly #perIdentity = new Map<string, number>();
  readonly #listeners: Listener[] = [];
  /** Sessions that an access pass let in, by their id. */
  readonly #byPass = new Map<string, string>();
  #stopListening: () => void = () => {};
  #draining = false;

  constructor(options: GatewayOptions) {
    this.#options = options;
    const budgets = new BudgetLedger(options.clock);
    this.#datasources = new Map(
      options.datasources.map((datasource) => [
        datasource.name,
        new Datasource(datasource, options.policy, budgets, options),
      ]),
    );
    for (const { name, mode } of options.datasources)
      if (mode === 'observe')
        options.log.warn({ datasource: name }, 'mode observe: nothing is held, refused or masked on this datasource');
    this.sessions = {
      live: () => [...this.#live.values()].map((session) => session.core.info),
      kill: (id, by) => this.#kill(id, by),
    };
  }

  async start(): Promise<void> {
    this.#stopListening = this.#options.passes?.onRevoked((id) => this.#cutPass(id)) ?? this.#stopListening;
    this.#initialiseResidencySeries(this.#options.policy);
    await Promise.all([...this.#datasources.values()].map((datasource) => datasource.start()));
    for (const listener of this.#options.listeners) await this.#listen(listener);
  }

  notReady(): readonly string[] {
    const reasons = [...this.#datasources.values()]
      .filter((datasource) => datasource.catalog === null)
      .map((datasource) => `the catalog of ${datasource.options.name} is not known`);
    return this.#draining ? ['draining', ...reasons] : reasons;
  }

  usePolicy(policy: Policy): void {
    for (const datasource of this.#datasources.values()) datasource.usePolicy(policy);
    this.#initialiseResidencySeries(policy);
  }

  explain(request: ExplainRequest): Promise<Explanation> {
    const datasource = this.#datasources.get(request.datasource);
    if (datasource === undefined)
      return Promise.reject(new GatewayError('datasource-unknown', 'there is no such datasource'));
    return explain(datasource, request, this.#options.clock.now());
  }

  admits(identity: Identity, datasource: string, user: string): boolean {
    const options = this.#datasources.get(datasource)?.options;
    return options !== undefined && admits(options, identity) && mayTakeRole(options, identity, user);
  }

  async drain(graceMs: number): Promise<void> {
    this.#draining = true;
    for (const listener of this.#listeners) listener.close();
    for (const session of this.#live.values()) session.drain();
    const { clock } = this.#options;
    const deadline = clock.now() + graceMs;
    while (this.#live.size > 0 && clock.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS));
    for (const session of this.#live.values())
      session.end('draining', new GatewayError('draining', 'the gateway is shutting down', 'connect again'));
    this.#stopListening();
    for (const datasource of this.#datasources.values()) datasource.close();
    for (const listener of this.#listeners) listener.destroyConnections();
  }

  async #listen(options: ListenerOptions): Promise<void> {
    const tls = options.tls === null ? null : new TlsTerminator(options.tls, options.handshakeTimeoutMs);
    const proxies = new TrustedProxies(options.trustedProxies);
    const accept = (socket: Socket, full: boolean): void => {
      void acceptClient(socket, {
        options: this.#options,
        listener: options,
        tls,
        cancels: this.#cancels,
        proxies,
        full,
        begin: (client) => this.#begin(client),
      });
    };
    const refused = (): void =>
      this.#options.telemetry.count('connections_total', { protocol: 'postgres', outcome: 'too-many-connections' });
    const listener = new Listener(options.maxConnections, accept, refused);
    this.#listeners.push(listener);
    this.addresses.push({ protocol: options.protocol, address: await listener.listen(options.address) });
  }

  async #begin(client: AcceptedClient): Promise<void> {
    if (this.#draining) throw new GatewayError('draining', 'the gateway is shutting down', 'connect again');
    const { key } = client.identity;
    const already = this.#perIdentity.get(key) ?? 0;
    if (already >= this.#options.limits.sessionsPerIdentityMax)
      throw new GatewayError('quota', `you have ${already} sessions open already`, 'close some, or use a pool');
    this.#perIdentity.set(key, already + 1);
    try {
      const datasource = this.#datasources.get(client.request.database);
      const session = await openSession(client, datasource, this.#options, this.#cancels, (ended) =>
        this.#ended(ended),
      );
      // A session may end while it is being started: then it was never live.
      if (session.ended) return;
      this.#live.set(session.core.info.id, session);
      this.#active(session.core.info, 1);
      await this.#watchPass(session.core.info.id, client.passId);
    } catch (error) {
      this.#release(key);
      throw error;
    }
  }

  #ended(session: Session): void {
    const { info } = session.core;
    if (this.#live.delete(info.id)) this.#active(info, -1);
    this.#byPass.delete(info.id);
    this.#release(info.identity.key);
  }

  #release(key: string): void {
    const left = (this.#perIdentity.get(key) ?? 1) - 1;
    if (left > 0) this.#perIdentity.set(key, left);
    else this.#perIdentity.delete(key);
  }

  #active(info: SessionInfo, by: number): void {
    this.#options.telemetry.add('connections_active', { protocol: 'postgres', datasource: info.datasource }, by);
  }

  #kill(id: string, by: string): boolean {
    const session = this.#live.get(id);
    if (session === undefined) return false;
    this.#options.log.info({ session: id, by }, 'a session is ended by an operator');
    session.cut('killed by an operator', new GatewayError('session-killed', 'an operator ended this session'));
    return true;
  }

  /** A pass may have been revoked while its session was being opened: it is looked at again once the session is known. */
  async #watchPass(session: string, pass: string | null): Promise<void> {
    if (pass === null) return;
    this.#byPass.set(session, pass);
    // Whether it may still be used cannot be told: then it may not.
    const active = await this.#options.passes?.isActive(pass).catch(() => false);
    if (active !== true) this.#cutPass(pass);
  }

  #cutPass(pass: string): void {
    for (const [id, session] of this.#live)
      if (this.#byPass.get(id) === pass)
        session.cut('its pass was revoked', new GatewayError('session-killed', 'the access pass was revoked'));
  }

  #initialiseResidencySeries(policy: Policy): void {
    const places = [...this.#datasources.values()].map(({ options: { name, region } }) => ({ name, region }));
    for (const { datasource, rule, dataRegion, consumerRegion } of policy.residencySeries(places))
      this.#options.telemetry.count(
        'residency_blocks_total',
        { datasource, rule, data_region: dataRegion, consumer_region: consumerRegion },
        0,
      );
  }
}
