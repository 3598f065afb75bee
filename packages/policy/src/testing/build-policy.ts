import type { Decision, Identity, OutputTreatment, StatementFacts } from '@bailiwick/domain';
import type { Catalog } from '@bailiwick/sql';
import { loadPolicies } from '../load/load-policies.ts';
import type { DatasourcePolicy, Policy, PolicySession } from '../policy.ts';
import { buildCatalog, CRM } from './build-catalog.ts';
import { type FactsSketch, factsBuilder } from './build-facts.ts';

/** Loads policy text that must be valid. */
export function policyOf(...texts: readonly string[]): Policy {
  const loaded = loadPolicies(
    texts.map((_, index) => `${index}.yaml`),
    (path) => texts[Number.parseInt(path, 10)] ?? '',
  );
  if ('faults' in loaded) throw new Error(loaded.faults.map((fault) => `${fault.line}: ${fault.message}`).join('\n'));
  return loaded.policy;
}

export const SESSION: PolicySession = { datasource: 'crm', role: 'app', ip: '10.0.0.1', application: 'psql' };

/** A person in Germany, read by no model; fields replace its own. */
export function identityOf(changes: Partial<Identity> = {}): Identity {
  const groups = changes.groups ?? ['agents'];
  return {
    key: 'k',
    issuer: 'https://issuer.example',
    human: { subject: 'alice', groups },
    agent: null,
    groups,
    clientId: 'cli',
    chain: ['alice'],
    region: 'DE',
    modelRegion: 'none',
    missingClaims: [],
    grants: [],
    expiresAt: 0,
    displayName: 'alice',
    ...changes,
  };
}

/** A bound policy with a way to ask it. */
export interface Bench {
  readonly policy: DatasourcePolicy;
  readonly facts: (sketch: FactsSketch) => StatementFacts;
  readonly decide: (
    sketch: FactsSketch | readonly FactsSketch[],
    identity?: Partial<Identity>,
    now?: number,
  ) => Decision;
}

/** Binds policy text to a catalog as the datasource `crm` in Germany. */
export function bench(text: string, catalog: Catalog | null = buildCatalog(CRM), region = 'DE'): Bench {
  const policy = policyOf(text).bind({ name: 'crm', region }, catalog, null);
  const facts = factsBuilder(catalog ?? buildCatalog({}));
  return {
    policy,
    facts,
    decide: (sketch, identity = {}, now = 0) =>
      policy.decide({
        identity: identityOf(identity),
        session: SESSION,
        now,
        facts: (isList(sketch) ? sketch : [sketch]).map(facts),
      }),
  };
}

const isList = (value: FactsSketch | readonly FactsSketch[]): value is readonly FactsSketch[] => Array.isArray(value);

/** A treatment in a few words. */
export function word(treatment: OutputTreatment | undefined): string {
  if (treatment === undefined) return 'none';
  if (treatment.kind === 'pass') return 'pass';
  return `${treatment.kind === 'mask' ? treatment.mask.name : treatment.kind} by ${treatment.rule}`;
}

/** The data map that most tests use. */
export const DATA = `
version: 1
data:
  crm:
    public.customers:
      columns: { email: [pii.contact], ssn: [pii.national_id], notes: [pii.free_text] }
    public.patients:
      region: IN
      columns: { aadhaar: [pii.national_id] }
`;
