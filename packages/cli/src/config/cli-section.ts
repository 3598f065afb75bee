import type { FaultList } from './fault.ts';
import { Mapping } from './mapping.ts';
import { scopeFault } from './oauth-section.ts';
import { checked, choice, text } from './read-values.ts';

/** How the commands of people log in (`bailiwick login`). */
export interface CliLogin {
  readonly issuer: string;
  /** A public client of the issuer that may use the device flow. */
  readonly clientId: string;
  /** Null: the command's own default. */
  readonly scope: string | null;
}

/** `identity.cli: { client_id, issuer, scope }`; the only issuer need not be named. Null: it is not there. */
export function readCli(identity: Mapping, issuers: readonly string[], faults: FaultList): CliLogin | null {
  const [first, ...others] = issuers;
  const cli = identity.optional(
    'cli',
    (node) => {
      const mapping = Mapping.open(node, { known: ['client_id', 'issuer', 'scope'] }, faults);
      const named = first === undefined ? text : choice([first, ...others]);
      return {
        clientId: mapping.required('client_id', text, ''),
        issuer: mapping.optional('issuer', named, null),
        scope: mapping.optional('scope', checked(text, scopeFault), null),
      };
    },
    null,
  );
  if (cli === null) return null;
  if (cli.issuer === null && others.length > 0) {
    faults.add(identity.placeOf('cli'), 'needs issuer to say where people log in: there are several issuers');
  }
  return { ...cli, issuer: cli.issuer ?? first ?? '' };
}
