/** Claims of a token, as the development issuer signs them. */
export type Claims = Readonly<Record<string, unknown>>;

const MARIA: Claims = { sub: 'maria@bank.example', groups: ['support', 'agents'], region: 'DE' };
const DANA: Claims = { sub: 'dana@bank.example', groups: ['analysts', 'agents'], region: 'US' };

/** An agent in Germany, with a German model, for a person of support in Germany. */
export const EU_AGENT: Claims = {
  ...MARIA,
  client_id: 'copilot',
  act: { sub: 'copilot', groups: ['support', 'agents'], region: 'DE', model_region: 'DE' },
};

/** An agent in the United States for a person there. */
export const US_AGENT: Claims = {
  ...DANA,
  client_id: 'analyst-bot',
  act: { sub: 'analyst-bot', groups: ['analysts', 'agents'], region: 'US', model_region: 'US' },
};

/** The person of support herself. */
export const EU_PERSON: Claims = MARIA;

/** Who decides about held statements. */
export const REVIEWER: Claims = { sub: 'jonas@bank.example', groups: ['reviewers', 'agents'], region: 'DE' };

/** Somebody whose groups no datasource lets in. */
export const STRANGER: Claims = { sub: 'eve@elsewhere.example', groups: ['visitors'], region: 'DE' };
