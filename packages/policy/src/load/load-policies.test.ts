import { describe, expect, test } from 'vitest';
import { loadPolicies } from './load-policies.ts';

/** Faults of one file as `line:column message`. */
function faultsOf(text: string, options = {}): readonly string[] {
  const loaded = loadPolicies(['site.yaml'], () => text, options);
  if (!('faults' in loaded)) return [];
  expect(loaded.faults.every((fault) => fault.file === 'site.yaml')).toBe(true);
  return loaded.faults.map((fault) => `${fault.line}:${fault.column} ${fault.message}`);
}

const rule = (body: string) => `version: 1\nrules:\n  - ${body}\n`;

describe('one fault, at its place', () => {
  const cases: readonly (readonly [name: string, text: string, fault: string])[] = [
    ['no version', 'rules: []\n', '1:1 the key "version" is missing'],
    ['another version', 'version: 2\n', '1:10 must be 1'],
    ['an empty file', '', '1:1 must be a mapping'],
    ['a list', '- a\n', '1:1 must be a mapping'],
    ['an unknown key', 'version: 1\nrule: []\n', '2:1 unknown key "rule"; did you mean rules?'],
    ['a key far from any', 'version: 1\nxyzzy: 1\n', '2:1 unknown key "xyzzy"'],
    [
      'rows of a budget',
      'version: 1\nbudgets: [{ id: b, per: identity, window: 1h, max: { probes: 1, rows: 5 }, do: block }]\n',
      '2:65 rows is not in this version; probes can be limited',
    ],
    [
      'a window',
      'version: 1\nbudgets: [{ id: b, per: identity, window: hour, max: { probes: 5 }, do: block }]\n',
      '2:43 must be a duration such as 90s, 5m, 1h or 7d',
    ],
    [
      'a long window',
      'version: 1\nbudgets: [{ id: b, per: identity, window: 32d, max: { probes: 5 }, do: block }]\n',
      '2:43 must be at most 31d',
    ],
    [
      'an effect of a budget',
      'version: 1\nbudgets: [{ id: b, per: identity, window: 1h, max: { probes: 5 }, do: hold }]\n',
      '2:71 "hold" is not one of block',
    ],
    [
      'a budget that is called as a rule',
      'version: 1\nrules: [{ id: b, do: block }]\nbudgets: [{ id: b, per: identity, window: 1h, max: { probes: 5 }, do: block }]\n',
      '3:17 "b" is already defined at site.yaml:2:15',
    ],
    [
      'paths',
      'version: 1\ndata:\n  crm:\n    public.t: { paths: {} }\n',
      '4:17 paths is not in this version; tag the whole column instead',
    ],
    [
      'region_column',
      'version: 1\ndata:\n  crm:\n    public.t: { region_column: c }\n',
      '4:17 region_column is not in this version; give the table a region instead',
    ],
    ['trial', rule('{ id: a, do: hold, trial: true }'), '3:24 trial is not in this version'],
    ['notify', rule('{ id: a, do: hold, notify: [ops] }'), '3:24 notify is not in this version'],
    [
      'scan',
      rule('{ id: a, do: block, at: scan }'),
      '3:29 at: scan is not in this version; masks are applied to results',
    ],
    ['reroute', rule('{ id: a, do: reroute }'), '3:18 do: reroute is not in this version; block refuses the statement'],
    [
      'drop_rows',
      rule('{ id: a, do: drop_rows }'),
      '3:18 do: drop_rows is not in this version; block refuses the statement',
    ],
    [
      'a detector',
      rule('{ id: a, on: { tags: [a] }, do: { detect: [emial] } }'),
      '3:48 "emial" is not one of private_key, jwt, access_key, email, iban, card, passport, national_id, phone, mac, ip; did you mean email?',
    ],
    ['untagged', 'version: 1\ndefaults: { untagged: hide }\n', '2:23 "hide" is not one of block, mask, allow'],
    [
      'unknown rows',
      'version: 1\ndefaults: { unknown_row_region: allow }\n',
      '2:33 unknown_row_region: allow is not in this version',
    ],
    ['a rule without an id', rule('{ do: block }'), '3:5 the key "id" is missing'],
    ['a rule without an effect', rule('{ id: a }'), '3:5 the key "do" is missing'],
    [
      'a misspelt effect',
      rule('{ id: a, do: blok }'),
      '3:18 "blok" is not one of block, hold, allow; did you mean block?',
    ],
    ['a list as effect', rule('{ id: a, do: [block] }'), '3:18 must be one of block, hold, allow'],
    [
      'two effects',
      rule('{ id: a, on: { tags: [a] }, do: { mask: email, hold: {} } }'),
      '3:37 must hold one thing only',
    ],
    ['no effect', rule('{ id: a, do: {} }'), '3:18 must say something'],
    [
      'a misspelt class',
      rule('{ id: a, on: { does: [WRIT] }, do: block }'),
      '3:27 "WRIT" is not one of READ, WRITE, FUNCTION, ROLE, DDL, MISC; did you mean WRITE?',
    ],
    ['an empty list', rule('{ id: a, on: { tags: [] }, do: block }'), '3:26 must not be an empty list'],
    ['a text for a list', rule('{ id: a, on: { tags: pii }, do: block }'), '3:26 must be a list'],
    [
      'a bad tag',
      'version: 1\ndata:\n  crm:\n    public.t: { columns: { a: ["p i"] } }\n',
      '4:32 "p i" is not a name here',
    ],
    ['a bad id', rule('{ id: "a b", do: block }'), '3:11 "a b" is not a name here'],
    ['a reserved id', rule('{ id: defaults.writes, do: block }'), '3:11 "defaults.writes" is not a name here'],
    [
      'a misspelt key of a rule',
      rule('{ id: a, excpet: "true", do: block }'),
      '3:14 unknown key "excpet"; did you mean except?',
    ],
    ['a key of on', rule('{ id: a, on: { tag: [x] }, do: block }'), '3:20 unknown key "tag"; did you mean tags?'],
    ['an empty reader', rule('{ id: a, reader: {}, do: block }'), '3:22 must say something'],
    [
      'a table without schema',
      'version: 1\ndata:\n  crm:\n    customers: {}\n',
      '4:5 "customers" is not of the form schema.table',
    ],
    [
      'a table pattern without schema',
      rule('{ id: a, on: { tables: [customers] }, do: block }'),
      '3:29 "customers" is not of the form schema.table',
    ],
    [
      'an unknown region',
      'version: 1\ndata:\n  crm:\n    public.t: { region: XX }\n',
      '4:25 "XX" is neither an ISO 3166 alpha-2 code nor a jurisdiction',
    ],
    [
      'UK',
      rule('{ id: a, on: { data: [UK] }, do: block }'),
      '3:27 "UK" is neither an ISO 3166 alpha-2 code nor a jurisdiction; did you mean GB?',
    ],
    [
      'an unknown reader',
      rule('{ id: a, reader: { outside: [ADEQUTE] }, do: block }'),
      '3:34 "ADEQUTE" is neither an ISO 3166 alpha-2 code nor a jurisdiction',
    ],
    [
      'an unknown member',
      'version: 1\njurisdictions: { A: [DE, QQ] }\n',
      '2:26 "QQ" is neither an ISO 3166 alpha-2 code nor a jurisdiction',
    ],
    [
      'a redefined built-in',
      'version: 1\njurisdictions: { eea: [DE] }\n',
      '2:18 jurisdiction EEA is built in and cannot be redefined',
    ],
    [
      'a country as jurisdiction',
      'version: 1\njurisdictions: { IN: [IN] }\n',
      '2:18 IN is a country code and cannot name a jurisdiction',
    ],
    [
      'a reserved jurisdiction',
      'version: 1\njurisdictions: { Unknown: [DE] }\n',
      '2:18 UNKNOWN is reserved and cannot name a jurisdiction',
    ],
    [
      'an unknown mask',
      rule('{ id: a, on: { tags: [x] }, do: { mask: emial } }'),
      '3:45 "emial" is not one of null, redact, constant, token, hash, fpe, fake, bucket, date, partial, email; did you mean email?',
    ],
    [
      'an unknown mask with options',
      rule('{ id: a, on: { tags: [x] }, do: { mask: { partal: {} } } }'),
      '3:47 there is no mask "partal"; did you mean partial?; masks are null, redact, constant, token, hash, fpe, fake, bucket, date, partial, email',
    ],
    [
      'an unknown option',
      rule('{ id: a, on: { tags: [x] }, do: { mask: { partial: { keep: 4 } } } }'),
      '3:45 mask partial has no option "keep"; it takes keep_first, keep_last, character, keep_length',
    ],
    [
      'a bad option',
      rule('{ id: a, on: { tags: [x] }, do: { mask: { partial: { keep_last: -1 } } } }'),
      '3:45 option keep_last of mask partial must be a whole number from 0 to 64',
    ],
    [
      'a mask without columns',
      rule('{ id: a, on: { does: [READ] }, do: { mask: email } }'),
      '3:40 a mask needs tags, tables or data in `on`: it masks columns',
    ],
    ['mode without hold', rule('{ id: a, do: block, mode: hold }'), '3:31 `mode` belongs to rules that hold'],
    [
      'inference without columns',
      rule('{ id: a, do: block, inference: deny }'),
      '3:36 `inference` belongs to rules that mask, allow or block tags, tables or data',
    ],
    ['too few approvals', rule('{ id: a, do: { hold: { min: 0 } } }'), '3:33 must be >= 1'],
    [
      'broken YAML',
      'version: 1\nrules: [\n',
      '3:1 Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    ['a key twice', 'version: 1\nversion: 1\n', '2:1 Map keys must be unique'],
    [
      'a second document',
      'version: 1\n---\nversion: 1\n',
      '2:1 Source contains multiple documents; please use YAML.parseAllDocuments()',
    ],
    ['an alias that contains itself', 'version: 1\ndata: &a { crm: *a }\n', '2:17 an alias may not contain itself'],
    ['CEL syntax', rule("{ id: a, do: block, when: '1 +' }"), '3:35 in CEL: Unexpected token: EOF'],
    [
      'an unknown CEL variable',
      rule("{ id: a, do: block, except: 'agnt == null' }"),
      '3:34 in CEL: unknown variable "agnt"; did you mean agent?',
    ],
    [
      'an unknown CEL field',
      rule('{ id: a, do: block, except: \'"x" in human.group\' }'),
      '3:41 in CEL: unknown field "human.group"; did you mean human.groups?',
    ],
    [
      'an unknown CEL class',
      rule('{ id: a, do: block, except: \'does("WRTE")\' }'),
      '3:39 in CEL: unknown class "WRTE"; did you mean WRITE?',
    ],
    [
      'a computed CEL class',
      rule("{ id: a, do: block, except: 'does(region)' }"),
      '3:39 in CEL: does() takes the name of a class in quotes',
    ],
    [
      'a CEL type error',
      rule("{ id: a, do: block, when: 'region == 1' }"),
      '3:32 in CEL: no such overload: string == int',
    ],
    [
      'CEL that is no condition',
      rule("{ id: a, do: block, when: 'region' }"),
      '3:32 a condition must be true or false, this one is string',
    ],
    [
      'CEL that may be no condition',
      rule("{ id: a, do: block, when: 'human.groups' }"),
      '3:32 a condition must be true or false, this one is dyn',
    ],
    ['a boolean for CEL', rule('{ id: a, do: block, when: true }'), '3:31 must be a text'],
  ];
  test.each(cases)('%s', (_name, text, fault) => {
    expect(faultsOf(text)).toEqual([fault]);
  });
});

describe('more than one file and fault', () => {
  test('every fault at once, sorted by file, line and column', () => {
    const files: Record<string, string> = {
      'b.yaml': 'version: 1\nrulez: []\ndefaults: { writes: never }\n',
      'a.yaml': 'version: 1\nrules:\n  - { id: x, do: block }\n  - { id: x, do: blck }\n  - { id: x, do: allow }\n',
    };
    const loaded = loadPolicies(['b.yaml', 'a.yaml', 'missing.yaml'], (path) => {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
      return text;
    });
    expect('faults' in loaded && loaded.faults).toEqual([
      { file: 'a.yaml', line: 4, column: 18, message: '"blck" is not one of block, hold, allow; did you mean block?' },
      { file: 'a.yaml', line: 5, column: 11, message: 'rule "x" is already defined at a.yaml:3:11' },
      { file: 'b.yaml', line: 2, column: 1, message: 'unknown key "rulez"; did you mean rules?' },
      { file: 'b.yaml', line: 3, column: 21, message: '"never" is not one of block, hold, allow' },
      { file: 'missing.yaml', line: 1, column: 1, message: 'the policy file cannot be read (ENOENT)' },
    ]);
  });

  test('the example of the contract is refused where it asks for what is not built, and nowhere else', () => {
    const text = `version: 1
jurisdictions: { ADEQUATE: [EEA, GB, CH, JP, KR] }
data:
  crm:
    public.customers:
      region: DE
      columns: { email: [pii.contact], ssn: [pii.national_id], notes: [pii.free_text] }
      paths: { profile: { "$.pii": [pii.contact] } }
      region_column: home_country
rules:
  - { id: contact, on: { tags: [pii.contact] },     do: { mask: email },                              except: '"support" in human.groups && agent == null' }
  - { id: ids,     on: { tags: [pii.national_id] }, do: { mask: { partial: { keep_last: 4 } } }, inference: deny }
  - { id: notes,   on: { tags: [pii.free_text] },   do: { detect: [email, card, iban, national_id, phone] } }
  - { id: eu-pii,  on: { tags: ["pii.*"], data: [EEA] }, reader: { outside: [ADEQUATE] }, do: block,  except: 'granted("transfer.scc")', notify: [ops] }
  - { id: rows,    on: { data: [IN] }, reader: { outside: [IN] }, do: drop_rows }
  - { id: ask,     on: { does: [WRITE, FUNCTION, DDL] }, do: { hold: { by: [dba], min: 1 } },         except: '"dba" in human.groups && agent == null && does("WRITE")' }
  - { id: roles,   on: { does: [ROLE] }, do: block }
budgets:
  - { id: drip, per: identity, window: 1h, max: { rows: 10000, regulated_values: 1000, probes: 100 }, do: block }
defaults: { unparsed: block, unknown_reader: block, unknown_row_region: block, writes: hold, inference: equality, launder: block, untagged: allow }
`;
    expect(faultsOf(text).map((fault) => fault.replace(/;.*/, ''))).toEqual([
      '8:7 paths is not in this version',
      '9:7 region_column is not in this version',
      '14:138 notify is not in this version',
      '15:71 do: drop_rows is not in this version',
      '19:51 rows is not in this version',
      '19:64 regulated_values is not in this version',
    ]);
  });

  test('a rule id is taken across files', () => {
    const loaded = loadPolicies(['a.yaml', 'b.yaml'], () => 'version: 1\nrules: [{ id: x, do: block }]\n');
    expect('faults' in loaded && loaded.faults.map(({ file, message }) => `${file} ${message}`)).toEqual([
      'b.yaml rule "x" is already defined at a.yaml:2:15',
    ]);
  });

  test('defaults of two files may not disagree', () => {
    const texts = ['version: 1\ndefaults: { writes: block }\n', 'version: 1\ndefaults: { writes: allow }\n'];
    const loaded = loadPolicies(['0.yaml', '1.yaml'], (path) => texts[Number.parseInt(path, 10)] ?? '');
    expect('faults' in loaded && loaded.faults.map(({ file, message }) => `${file} ${message}`)).toEqual([
      '1.yaml defaults.writes is already block in another file',
    ]);
  });

  test('two regions of one table', () => {
    const texts = ['DE', 'FR'].map((region) => `version: 1\ndata: { crm: { public.t: { region: ${region} } } }\n`);
    const loaded = loadPolicies(['0.yaml', '1.yaml'], (path) => texts[Number.parseInt(path, 10)] ?? '');
    expect(
      'faults' in loaded && loaded.faults.map(({ line, column, message }) => `${line}:${column} ${message}`),
    ).toEqual(['2:36 public.t has two regions: DE and FR']);
  });

  test('a cycle of jurisdictions', () => {
    expect(faultsOf('version: 1\njurisdictions:\n  A: [B]\n  B: [C]\n  C: [A, DE]\n')).toEqual([
      '5:7 jurisdiction A contains itself: A → B → C → A',
    ]);
  });

  test('datasources that the configuration does not have', () => {
    const text = 'version: 1\ndata: { crn: {} }\nrules:\n  - { id: a, on: { datasources: [crm, hr] }, do: block }\n';
    expect(faultsOf(text, { datasources: ['crm'] })).toEqual([
      '2:9 there is no datasource "crn"; did you mean crm?',
      '4:39 there is no datasource "hr"',
    ]);
    expect(faultsOf(text)).toEqual([]);
  });

  test('a pack is a folder, read once however often it is named', () => {
    const read: string[] = [];
    const loaded = loadPolicies(['packs/gdpr/', 'packs/gdpr', 'site.yml'], (path) => {
      read.push(path);
      return `version: 1\nrules: [{ id: ${path.length}-x, do: block }]\n`;
    });
    expect(read).toEqual(['packs/gdpr/policy.yaml', 'site.yml']);
    expect('policy' in loaded).toBe(true);
  });
});

describe('what loads', () => {
  test.each([
    ['the null mask as YAML null', rule('{ id: a, on: { tags: [x] }, do: { mask: null } }')],
    ['the null mask as a key', rule('{ id: a, on: { tags: [x] }, do: { mask: { null: {} } } }')],
    ['a mask with empty options', rule('{ id: a, on: { tags: [x] }, do: { mask: { email: } } }')],
    ['Norway', rule('{ id: a, on: { data: [NO] }, do: block }')],
    ['regions in lower case', rule('{ id: a, on: { data: [eea, de] }, reader: { outside: [eu] }, do: block }')],
    ['a rule without on', rule('{ id: a, do: allow }')],
    ['sets of sets', 'version: 1\njurisdictions: { ADEQUATE: [EEA, GB, Friends], FRIENDS: [CH, JP] }\n'],
    ['at: result', rule('{ id: a, do: block, at: result }')],
    [
      'names that JavaScript objects have',
      'version: 1\ndata: { crm: { public.t: { columns: { constructor: [a], __proto__: [b] } } } }\n',
    ],
    ['quoted table names', 'version: 1\ndata: { crm: { \'"My.Schema"."t""x"\': {} } }\n'],
    ['anchors', 'version: 1\ndata: { crm: { public.a: &t { region: DE }, public.b: *t } }\n'],
    ['names bound by macros', rule('{ id: a, do: block, when: \'groups.exists(g, g == "x")\' }')],
    ['JSON', '{"version": 1, "rules": [{"id": "a", "do": "block"}]}'],
  ])('%s', (_name, text) => {
    expect(faultsOf(text)).toEqual([]);
  });

  test('the version of a policy is of its text', () => {
    const version = (text: string) => {
      const loaded = loadPolicies(['a.yaml'], () => text);
      return 'policy' in loaded ? loaded.policy.version : null;
    };
    expect(version('version: 1\n')).toMatch(/^[0-9a-f]{16}$/);
    expect(version('version: 1\n')).toBe(version('version: 1\n'));
    expect(version('version: 1\n')).not.toBe(version('version: 1 \n'));
  });
});
