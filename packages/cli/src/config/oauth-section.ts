import type { ListenerOptions } from '@bailiwick/gateway';
import type { FaultList } from './fault.ts';
import { Mapping } from './mapping.ts';
import { checked, choice, text } from './read-values.ts';

/** RFC 6749 section 3.3, which a client sends on as it is. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/;
const WELL_KNOWN = '/.well-known/openid-configuration';

/**
 * What a listener that takes OAUTHBEARER tells clients without a good token: `oauth: { issuer, scope }` of the listener,
 * or the only issuer that there is. Null: its methods do not name it. The address of the discovery document is made as
 * PostgreSQL 18 makes it, by appending, so that libpq finds the issuer's own name in it again.
 */
export function readOauth(
  listener: Mapping,
  offered: boolean,
  issuers: readonly string[],
  faults: FaultList,
): ListenerOptions['oauth'] {
  const [first, ...others] = issuers;
  if (!offered) {
    if (listener.has('oauth')) faults.add(listener.placeOf('oauth'), 'is of no use: methods do not name oauthbearer');
    return null;
  }
  const read = listener.optional(
    'oauth',
    (node) => {
      const mapping = Mapping.open(node, { known: ['issuer', 'scope'] }, faults);
      const named = first === undefined ? text : choice([first, ...others]);
      return {
        issuer: mapping.optional('issuer', named, null),
        scope: mapping.optional('scope', checked(text, scopeFault), null),
      };
    },
    { issuer: null, scope: null },
  );
  if (read.issuer === null && others.length > 0)
    faults.add(
      listener.placeOf('oauth'),
      'oauthbearer needs oauth: { issuer } to say who gives tokens: there are several issuers',
    );
  // No issuer at all is a fault of its own.
  return { openidConfiguration: `${read.issuer ?? first ?? ''}${WELL_KNOWN}`, scope: read.scope };
}

/** What is wrong with a list of scopes. Null: nothing. */
export const scopeFault = (scope: string): string | null =>
  SCOPE.test(scope) ? null : 'must be one or more scopes with a space between them';
