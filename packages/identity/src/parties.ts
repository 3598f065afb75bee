import type { Principal } from '@bailiwick/domain';
import { type JsonObject, readClaim } from './claim-path.ts';
import type { ClaimsContext } from './claims-context.ts';
import { readDelegation, readNames } from './delegation.ts';
import type { ChainLink } from './identity-key.ts';
import type { ClaimPaths, ClientOptions } from './options.ts';
import { TokenRejected } from './verifier.ts';

/** Who the claims speak of: a person, an agent on a person's behalf, or a machine. */
export interface Parties {
  readonly human: Principal | null;
  readonly agent: Principal | null;
  readonly groups: readonly string[];
  /** Outermost actor first. */
  readonly links: readonly ChainLink[];
  /** The claims of the actor, which may say where it is; null where nobody acts for another. */
  readonly actor: JsonObject | null;
  /** The configured clients that the session is of. */
  readonly entries: readonly ClientOptions[];
}

/**
 * Sorts out who speaks. A session is a person's own only when nothing says otherwise.
 * @throws TokenRejected('claims') where `act`, groups or grants are not of their type.
 */
export function readParties(
  claims: JsonObject,
  subject: string,
  clientId: string | null,
  paths: ClaimPaths,
  context: ClaimsContext,
): Parties {
  const groups = readAllowed(claims, 'groups', paths.groups, context);
  const self: ChainLink = { subject, issuer: null };
  const delegation = readDelegation(claims, paths.subject);
  const client = clientId === null ? undefined : context.clients.get(clientId);
  const delegated = (agent: string, agentGroups: readonly string[], links: readonly ChainLink[]): Parties => {
    const entries = clientEntries([clientId, agent], context);
    const held = agentGroups.length > 0 ? agentGroups : entries.flatMap((entry) => entry.groups ?? []);
    return {
      human: { subject, groups },
      agent: { subject: agent, groups: held },
      groups: groups.filter((group) => held.includes(group)),
      links: [...links, self, ...owners(entries, [...links, self])],
      actor: delegation?.actor ?? null,
      entries,
    };
  };

  if (delegation !== null) {
    const [now] = delegation.links;
    if (now === undefined) throw new TokenRejected('claims', 'claim act names nobody');
    return delegated(now.subject, readAllowed(delegation.actor, 'groups', paths.groups, context), delegation.links);
  }
  if (clientId !== null && isMachine(claims, subject, clientId)) {
    const entries = clientEntries([clientId, subject], context);
    const links = subject === clientId ? [self] : [{ subject: clientId, issuer: null }, self];
    return {
      human: null,
      agent: { subject: clientId, groups },
      groups,
      links: [...links, ...owners(entries, links)],
      actor: null,
      entries,
    };
  }
  // A person's token in the hands of a client that is known to be an agent: it acts for that person.
  if (clientId !== null && client !== undefined) return delegated(clientId, [], [{ subject: clientId, issuer: null }]);
  return { human: { subject, groups }, agent: null, groups, links: [self], actor: null, entries: [] };
}

/** Whether the token was given to the client itself: RFC 9068 section 2.2 and the habits of Auth0 and Entra. */
function isMachine(claims: JsonObject, subject: string, clientId: string): boolean {
  return (
    subject === clientId ||
    claims.gty === 'client-credentials' ||
    claims.gty === 'client_credentials' ||
    claims.idtyp === 'app'
  );
}

function clientEntries(names: readonly (string | null)[], context: ClaimsContext): readonly ClientOptions[] {
  const entries = names.flatMap((name) => (name === null ? [] : [context.clients.get(name)]));
  return [...new Set(entries)].filter((entry) => entry !== undefined);
}

function owners(entries: readonly ClientOptions[], links: readonly ChainLink[]): readonly ChainLink[] {
  const known = new Set(links.map((link) => link.subject));
  const named = new Set(entries.flatMap(({ owner }) => (owner === undefined || known.has(owner) ? [] : [owner])));
  return [...named].map((subject) => ({ subject, issuer: null }));
}

/** Groups or grants that the issuer may assert; what it may not is dropped and told to `onOddity`. */
export function readAllowed(
  claims: JsonObject,
  claim: 'groups' | 'grants',
  path: string,
  context: ClaimsContext,
): readonly string[] {
  const said = readNames(readClaim(claims, path), path);
  const { mayAssert } = context.issuer;
  if (mayAssert === undefined) return said;
  const allowed = mayAssert[claim] ?? [];
  const heard = said.filter((name) => allowed.includes(name));
  if (heard.length < said.length) context.onOddity({ kind: 'dropped', claim, count: said.length - heard.length });
  return heard;
}
