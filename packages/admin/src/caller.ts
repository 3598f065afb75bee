import type { Identity } from '@bailiwick/domain';
import type { Authority, RoleName, RoleScope } from './options.ts';

/** Roles that may read what is not the caller's own. */
const READERS: readonly RoleName[] = ['reviewer', 'auditor'];

/**
 * The identity behind a request, with its rights. A token with an actor, or of a client without a person, has none,
 * whatever groups it names: it reads its own and nothing else (CONTRACT section 7).
 */
export class Caller {
  readonly identity: Identity;
  readonly #authority: Authority;

  constructor(identity: Identity, authority: Authority) {
    this.identity = identity;
    this.#authority = authority;
  }

  /** A person who acts directly, so that what they do is their own decision. */
  get isPerson(): boolean {
    return this.identity.agent === null && this.identity.human !== null && this.identity.chain.length <= 1;
  }

  owns(identityKey: string): boolean {
    return this.identity.key === identityKey;
  }

  /** Whether the caller has the role for this datasource; a null datasource asks for the role without limits. */
  has(role: RoleName, datasource: string | null): boolean {
    return this.#scopes(role).some((scope) => this.#covers(scope, datasource));
  }

  mayRead(identityKey: string, datasource: string): boolean {
    return this.owns(identityKey) || READERS.some((role) => this.has(role, datasource));
  }

  /** `all`: everything; `scoped`: others' too, each to be checked with `mayRead`; `own`: nothing of others. */
  get reach(): 'all' | 'scoped' | 'own' {
    if (READERS.some((role) => this.has(role, null))) return 'all';
    return READERS.some((role) => this.#scopes(role).length > 0) ? 'scoped' : 'own';
  }

  #scopes(role: RoleName): readonly RoleScope[] {
    if (!this.isPerson) return [];
    return this.#authority.roles[role].filter((scope) =>
      scope.groups.some((group) => this.identity.groups.includes(group)),
    );
  }

  #covers(scope: RoleScope, datasource: string | null): boolean {
    const unlimited = scope.datasources.length === 0 && scope.regions.length === 0;
    if (unlimited) return true;
    if (datasource === null) return false;
    if (scope.datasources.length > 0 && !scope.datasources.includes(datasource)) return false;
    if (scope.regions.length === 0) return true;
    const place = this.#authority.datasources.get(datasource);
    return place !== undefined && scope.regions.some((region) => this.#authority.inside(place, region));
  }
}
