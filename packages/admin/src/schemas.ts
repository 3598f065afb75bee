/** JSON Schemas of what the API takes and gives. Fastify validates and serialises by them, and the OpenAPI document
 * shows them, so the three cannot differ. */

export type JsonSchema = { readonly [key: string]: unknown };

const text: JsonSchema = { type: 'string' };
const textOrNull: JsonSchema = { type: ['string', 'null'] };
const texts: JsonSchema = { type: 'array', items: text };
const count: JsonSchema = { type: 'integer' };
const countOrNull: JsonSchema = { type: ['integer', 'null'] };
const flag: JsonSchema = { type: 'boolean' };
const time: JsonSchema = { type: 'string', description: 'ISO 8601, UTC' };
const timeOrNull: JsonSchema = { type: ['string', 'null'], description: 'ISO 8601, UTC' };

function object(properties: Readonly<Record<string, JsonSchema>>, more: JsonSchema = {}): JsonSchema {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false, ...more };
}

/** `{items, next}`. */
export function listOf(items: JsonSchema): JsonSchema {
  return object({ items: { type: 'array', items }, next: textOrNull });
}

const who = object({
  key: text,
  human: textOrNull,
  agent: textOrNull,
  client_id: textOrNull,
  region: text,
  model_region: text,
});

export const SESSION: JsonSchema = object({
  id: text,
  protocol: text,
  datasource: text,
  identity: who,
  role: text,
  address: text,
  application: text,
  live: flag,
  started: time,
  ended: timeOrNull,
  end_reason: textOrNull,
  statements: count,
  refused: count,
});

export const STATEMENT: JsonSchema = object({
  session: text,
  ordinal: count,
  at: time,
  sql: { type: 'string', description: 'normalised: no literals' },
  class: { type: 'string', description: 'several are separated by commas' },
  tables: texts,
  tags: texts,
  effect: text,
  rule: text,
  code: textOrNull,
  request: textOrNull,
  outcome: textOrNull,
  rows: countOrNull,
});

export const APPROVAL: JsonSchema = object({
  id: text,
  digest: text,
  status: { type: 'string', enum: ['pending', 'approved', 'rejected', 'expired', 'used', 'cancelled'] },
  identity: object({ human: textOrNull, agent: textOrNull }),
  datasource: text,
  sql: text,
  parameters: { type: 'array', items: textOrNull },
  class: { type: 'string', description: 'several are separated by commas' },
  tables: texts,
  tags: texts,
  estimate: { type: 'null' },
  created: time,
  expires: time,
  decisions: {
    type: 'array',
    items: object({ by: text, verdict: { type: 'string', enum: ['approve', 'reject'] }, reason: text, at: time }),
  },
  role: text,
  settings: { type: 'object', additionalProperties: text },
  session: text,
  terms: object({ rule: text, groups: texts, min: count, mode: text }),
  in_doubt: flag,
});

const passFields = {
  id: text,
  user: { type: 'string', description: 'what clients connect as to be asked by SCRAM' },
  status: { type: 'string', enum: ['active', 'expired', 'revoked'] },
  identity: object({ human: textOrNull, agent: textOrNull }),
  datasource: text,
  role: text,
  networks: texts,
  created: time,
  expires: time,
  revoked: timeOrNull,
};

export const PASS: JsonSchema = object(passFields);

export const PASS_WITH_SECRET: JsonSchema = object({
  ...passFields,
  secret: { type: 'string', description: 'the password; it is shown here and nowhere else' },
});

export const POLICY: JsonSchema = object({
  version: text,
  files: texts,
  rules: { type: 'array', items: object({ id: text, effect: text, file: text, line: count }) },
});

/** Members beyond RFC 9457's own are listed where a route has them. */
export const PROBLEM: JsonSchema = {
  type: 'object',
  properties: { type: text, title: text, status: count, detail: text, code: text, instance: text },
  required: ['type', 'title', 'status', 'detail', 'code', 'instance'],
  additionalProperties: true,
};

export const RELOAD: JsonSchema = object({ changed: texts, weaker: texts });
export const KILLED: JsonSchema = object({ id: text, killed: flag });
export const HEALTH: JsonSchema = object({ status: text });

/** What `explain` answers is the gateway's to shape; it is sent as it is. */
export const EXPLANATION: JsonSchema = { type: 'object', additionalProperties: true };

/** `items` is streamed; `fault` is set, and the list short, where the record does not verify from there on. */
export const TRANSCRIPT: JsonSchema = object({
  items: {
    type: 'array',
    items: object({
      sequence: count,
      at: time,
      kind: { type: 'string', enum: ['event', 'client', 'upstream'] },
      event: { type: ['object', 'null'], additionalProperties: true },
      messages: { type: 'array', items: object({ name: text, bytes: count, text: textOrNull }) },
    }),
  },
  next: { type: 'null' },
  fault: textOrNull,
});

export const DECIDE_BODY: JsonSchema = {
  type: 'object',
  properties: {
    digest: { type: 'string', pattern: '^[0-9a-f]{64}$' },
    reason: { type: 'string', maxLength: 2000, description: 'required to reject' },
  },
  required: ['digest'],
  additionalProperties: false,
};

export const EXPLAIN_BODY: JsonSchema = {
  type: 'object',
  properties: {
    datasource: { type: 'string', minLength: 1, maxLength: 200 },
    sql: { type: 'string', minLength: 1 },
    as: { type: 'object', description: 'claims of the identity to explain for; absent: the caller' },
    ip: { type: 'string', maxLength: 45, description: 'where that identity would come from; absent: the caller' },
  },
  required: ['datasource', 'sql'],
  additionalProperties: false,
};

export const ID_PARAMS: JsonSchema = object({ id: { type: 'string', minLength: 1, maxLength: 100 } });

/** `ID_PARAMS` as a query. */
export const PASS_ID_QUERY: JsonSchema = ID_PARAMS;

const LIMIT: JsonSchema = {
  type: 'string',
  pattern: '^[1-9][0-9]{0,2}$',
  description: 'entries a page; 100 if absent',
};
const CURSOR: JsonSchema = { type: 'string', maxLength: 1000 };
const SINCE: JsonSchema = { type: 'string', maxLength: 40, description: 'ISO 8601, or milliseconds since the epoch' };

function query(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: 'object', properties: { ...properties, limit: LIMIT, cursor: CURSOR }, additionalProperties: false };
}

export const SESSIONS_QUERY: JsonSchema = query({
  live: { type: 'string', enum: ['true', 'false'] },
  identity: { type: 'string', maxLength: 200, description: 'an identity key, or the subject of a human or agent' },
  datasource: { type: 'string', maxLength: 200 },
  since: SINCE,
});

export const STATEMENTS_QUERY: JsonSchema = query({ session: { type: 'string', maxLength: 100 }, since: SINCE });

export const PAGE_QUERY: JsonSchema = query({});

export const APPROVALS_QUERY: JsonSchema = query({
  status: { type: 'string', enum: ['pending', 'approved', 'rejected', 'expired', 'used', 'cancelled'] },
});

export const NEW_PASS_BODY: JsonSchema = {
  type: 'object',
  properties: {
    datasource: { type: 'string', minLength: 1, maxLength: 63 },
    role: { type: 'string', maxLength: 63, description: 'the user name to connect as, where the datasource has roles' },
    networks: {
      type: 'array',
      items: { type: 'string', maxLength: 49 },
      maxItems: 32,
      description: 'CIDR: where it may be used from; anywhere if absent',
    },
    ttl_s: { type: 'integer', minimum: 1, description: 'seconds; as long as is allowed if absent' },
  },
  required: ['datasource'],
  additionalProperties: false,
};
