import { randomBytes } from 'node:crypto';
import { GatewayError, type Identity, type SessionInfo } from '@bailiwick/domain';
import {
  encodeAuthenticationRequest,
  encodeBackendKeyData,
  encodeParameterStatus,
  encodeReadyForQuery,
} from '@bailiwick/postgres';
import { STARTUP_BODY_LENGTH_MAX } from '@bailiwick/wire';
import type { AcceptedClient } from '../client/accept.ts';
import type { CancelKey, CancelRegistry } from '../client/cancel-registry.ts';
import { escapeOption } from '../client/startup-settings.ts';
import type { Datasource } from '../datasource/datasource.ts';
import type { DatasourceOptions, GatewayOptions } from '../options.ts';
import { cancelUpstream } from '../upstream/cancel.ts';
import { connectUpstream, type UpstreamConnection } from '../upstream/connect.ts';
import { showSetting } from '../upstream/show-setting.ts';
import { errorOf } from './refusal-frames.ts';
import { checkReportedSetting } from './reported-settings.ts';
import { parseSearchPath } from './search-path.ts';
import { Session } from './session.ts';
import { SessionCore } from './session-core.ts';
import { tracedTranscript } from './traced-transcript.ts';

/** What `user`, `database` and the version take up of a startup message, with names of 63 bytes. */
const NAMES_BYTES_MAX = 256;
/** NAMEDATALEN - 1: the server cuts application_name there. */
const APPLICATION_NAME_BYTES_MAX = 63;

/**
 * Judges the connection, logs in to the database as the datasource's own user, and starts the session. Throws
 * `GatewayError`, which the client is told.
 */
export async function openSession(
  client: AcceptedClient,
  datasource: Datasource | undefined,
  options: GatewayOptions,
  cancels: CancelRegistry,
  onEnd: (session: Session) => void,
): Promise<Session> {
  const { identity, request } = client;
  if (datasource === undefined || !admits(datasource.options, identity))
    throw new GatewayError(
      'datasource-unknown',
      `there is no datasource ${printable(request.database)} that you may use`,
      'check the database name, and that one of your groups has access to it',
    );
  const role = chooseRole(datasource.options, identity, request.user);
  const info: SessionInfo = {
    id: `ses_${sessionCode()}`,
    protocol: 'postgres',
    datasource: datasource.options.name,
    identity,
    role,
    clientAddress: client.address ?? '',
    application: printable(request.application),
    credential: client.credential,
    startedAt: options.clock.now(),
  };
  decideConnect(datasource, info, options);
  const connectStarted = options.clock.now();
  const upstream = await connectUpstream(datasource.options, upstreamParameters(client, info), options.limits);
  options.telemetry.observe('upstream_connect_seconds', {}, (options.clock.now() - connectStarted) / 1000);
  try {
    for (const [name, value] of upstream.parameters) checkReportedSetting(name, value);
    const reported = upstream.parameters.get('search_path');
    const path = reported ?? (await showSetting(upstream, 'search_path', options.limits.connectTimeMs));
    return start(client, info, datasource, options, upstream, parseSearchPath(path), cancels, onEnd);
  } catch (error) {
    upstream.socket.destroy();
    throw error;
  }
}

function start(
  client: AcceptedClient,
  info: SessionInfo,
  datasource: Datasource,
  options: GatewayOptions,
  upstream: UpstreamConnection,
  path: readonly string[],
  cancels: CancelRegistry,
  onEnd: (session: Session) => void,
): Session {
  const recorded = options.recorder.open(info);
  const transcript = options.trace === undefined ? recorded : tracedTranscript(recorded, info.id, options.trace);
  let session: Session | null = null;
  const key = cancels.issue(client.protocolMinor, () => session?.cancel());
  const core = new SessionCore(info, options, datasource, transcript, upstream.parameters, path, (error) =>
    session?.fail(error),
  );
  session = new Session(
    core,
    client.socket,
    upstream,
    () => cancelUpstream(datasource.options, upstream),
    () => {
      cancels.release(key);
      if (session !== null) onEnd(session);
    },
  );
  session.start(greeting(upstream, key));
  return session;
}

/** Everything from AuthenticationOk to the first ReadyForQuery. The key is the gateway's own. */
function greeting(upstream: UpstreamConnection, key: CancelKey): Buffer {
  const frames = [encodeAuthenticationRequest({ kind: 'Ok' })];
  for (const [name, value] of upstream.parameters) frames.push(encodeParameterStatus({ name, value }));
  frames.push(encodeBackendKeyData({ processId: key.processId, secretKey: key.secret }));
  frames.push(encodeReadyForQuery({ status: 'I' }));
  return Buffer.concat(frames);
}

/** Whether one of the datasource's lists lets an identity in. */
export function admits(datasource: DatasourceOptions, identity: Identity): boolean {
  const { groups, clients } = datasource.access;
  return (
    identity.groups.some((group) => groups.includes(group)) ||
    (identity.clientId !== null && clients.includes(identity.clientId))
  );
}

/** The database role that the user name asks for. Empty: the datasource has no roles, and the name is a mere label. */
function chooseRole(datasource: DatasourceOptions, identity: Identity, user: string): string {
  if (datasource.roles.size === 0) return '';
  const role = datasource.roles.get(user);
  if (role !== undefined && mayTakeRole(datasource, identity, user)) return role.setRole;
  throw new GatewayError(
    'role-denied',
    `you may not connect as ${printable(user)}`,
    'connect as one of the roles that the datasource configures for your groups',
  );
}

/** Whether an identity may connect under a user name: as a mere label, or as a role of one of its groups. */
export function mayTakeRole(datasource: DatasourceOptions, identity: Identity, user: string): boolean {
  if (datasource.roles.size === 0) return true;
  return datasource.roles.get(user)?.groups.some((group) => identity.groups.includes(group)) === true;
}

function decideConnect(datasource: Datasource, info: SessionInfo, options: GatewayOptions): void {
  const session = {
    datasource: info.datasource,
    role: info.role,
    ip: info.clientAddress,
    application: info.application,
  };
  const { refusal, verdicts } = datasource.policy.decideConnect(info.identity, session, options.clock.now());
  for (const { rule, effect, excepted, dryRun, residency } of verdicts) {
    if (residency === null || excepted || dryRun) continue;
    options.telemetry.count('residency_decisions_total', { datasource: info.datasource, effect });
    if (effect === 'block')
      options.telemetry.count('residency_blocks_total', {
        datasource: info.datasource,
        rule,
        data_region: residency.dataRegion,
        consumer_region: residency.consumerRegion,
      });
  }
  if (refusal !== null && datasource.options.mode === 'enforce') throw errorOf(refusal);
}

/**
 * What the database learns of who is behind the connection. All of it are startup parameters, so that RESET ALL and
 * DISCARD ALL restore it.
 */
function upstreamParameters(client: AcceptedClient, info: SessionInfo): ReadonlyMap<string, string> {
  const parameters = new Map(client.request.settings);
  const words = [`bailiwick.session=${info.id}`, `bailiwick.identity=${info.identity.key}`];
  if (info.role !== '') words.push(`role=${info.role}`);
  parameters.set('options', words.flatMap((word) => ['-c', escapeOption(word)]).join(' '));
  parameters.set('application_name', attribution(info));
  for (const [name, value] of PINNED) if (!parameters.has(name)) parameters.set(name, value);
  const length = [...parameters].flat().reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0);
  if (length > STARTUP_BODY_LENGTH_MAX - NAMES_BYTES_MAX)
    throw new GatewayError(
      'startup-refused',
      'the settings are longer than what fits into a startup message beside who you are',
      'set some of them after connecting',
    );
  return parameters;
}

/** Text is read and masked under these; a client's own value has been checked to mean the same. */
const PINNED: ReadonlyMap<string, string> = new Map([
  ['client_encoding', 'UTF8'],
  ['datestyle', 'ISO'],
  ['intervalstyle', 'postgres'],
  ['standard_conforming_strings', 'on'],
  ['bytea_output', 'hex'],
]);

function attribution(info: SessionInfo): string {
  const name = `bailiwick: ${printable(info.identity.displayName)}`;
  let cut = name;
  while (Buffer.byteLength(cut) > APPLICATION_NAME_BYTES_MAX) cut = cut.slice(0, -1);
  return cut;
}

const printable = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 128);

const sessionCode = (): string =>
  [...randomBytes(12)].map((byte) => 'abcdefghijkmnpqrstuvwxyz23456789'.charAt(byte & 31)).join('');
