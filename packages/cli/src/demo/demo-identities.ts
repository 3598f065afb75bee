/** Somebody who can connect to the demo: a name for `token --as`, and what the issuer says of them. */
export interface DemoIdentity {
  readonly name: string;
  /** One line for the screen. */
  readonly description: string;
  readonly claims: Readonly<Record<string, unknown>>;
  /** Statements that show best what this identity may see. */
  readonly tryThis: readonly string[];
}

const MARIA = { sub: 'maria.keller@bank.example', groups: ['support', 'agents'], region: 'DE' };
const DANA = { sub: 'dana.price@bank.example', groups: ['analysts', 'agents'], region: 'US' };

/** An agent in the EU, one in the US, the person whom the first acts for, and whoever decides about writes. */
export const DEMO_IDENTITIES: readonly DemoIdentity[] = [
  {
    name: 'support-agent',
    description: 'an AI agent that works for Maria Keller of support, both in Germany',
    claims: {
      ...MARIA,
      client_id: 'support-copilot',
      act: { sub: 'support-copilot', groups: ['support', 'agents'], region: 'DE', model_region: 'DE' },
    },
    tryThis: ['SELECT name, email, national_id, birth_date, balance, notes FROM customers LIMIT 5'],
  },
  {
    name: 'analytics-agent',
    description: 'an AI agent that works for Dana Price of analytics, with a model in the United States',
    claims: {
      ...DANA,
      client_id: 'sales-analyst',
      act: { sub: 'sales-analyst', groups: ['analysts', 'agents'], region: 'US', model_region: 'US' },
    },
    tryThis: ['SELECT name, email FROM customers LIMIT 5', 'SELECT home_country, count(*) FROM customers GROUP BY 1'],
  },
  {
    name: 'support-person',
    description: 'Maria Keller herself, without an agent: addresses are not masked for her',
    claims: MARIA,
    tryThis: ['SELECT name, email, national_id FROM customers LIMIT 5'],
  },
  {
    name: 'reviewer',
    description: 'Jonas Weber, a person who decides about held writes and reads the transcripts',
    claims: { sub: 'jonas.weber@bank.example', groups: ['reviewers', 'auditors', 'operators'], region: 'DE' },
    tryThis: ['SHOW bailiwick.identity'],
  },
];

/** The identity of this name. Throws an error that lists the names where there is none. */
export function demoIdentity(name: string): DemoIdentity {
  const found = DEMO_IDENTITIES.find((identity) => identity.name === name);
  if (found !== undefined) return found;
  const names = DEMO_IDENTITIES.map((identity) => identity.name).join(', ');
  throw new Error(`the demo has no identity "${name}"; it has ${names}`);
}
