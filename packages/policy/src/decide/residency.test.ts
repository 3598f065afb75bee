import { describe, expect, test } from 'vitest';
import { bench, DATA, identityOf, policyOf, SESSION } from '../testing/build-policy.ts';

const SITE = `${DATA.replace('version: 1', 'version: 1\njurisdictions: { ADEQUATE: [EEA, GB, CH, JP, KR] }')}rules:
  - { id: see, on: { tags: ["pii.*"] }, do: allow }
  - { id: eu, on: { tags: ["pii.*"], data: [EEA] }, reader: { outside: [ADEQUATE] }, do: block, except: 'granted("scc")' }
  - { id: in, on: { tags: ["pii.*"], data: [IN] }, reader: { outside: [IN] }, do: block }
`;
const EU = 'public.customers.email';
const INDIA = 'public.patients.aadhaar';

/** `pass`, or who blocks. */
function outcome(column: string, region: string, modelRegion: string, text = SITE): string {
  const agent = modelRegion === 'none' ? null : { subject: 'bot', groups: ['agents'] };
  const missingClaims = [
    ...(region === 'unknown' ? ['region'] : []),
    ...(modelRegion === 'unknown' ? ['model_region'] : []),
  ];
  const decision = bench(text).decide({ outputs: [column] }, { region, modelRegion, agent, missingClaims });
  return decision.refusal === null ? 'pass' : `${decision.refusal.code} by ${decision.refusal.rule}`;
}

describe('who may read what, by the places of reader and model', () => {
  const BLOCKED = 'residency-blocked by';
  test.each<readonly [data: string, reader: string, model: string, expected: string]>([
    [EU, 'DE', 'none', 'pass'],
    [EU, 'de', 'none', 'pass'],
    [EU, 'FR', 'IE', 'pass'],
    [EU, 'GB', 'none', 'pass'],
    [EU, 'NO', 'JP', 'pass'],
    [EU, 'EEA', 'eu', 'pass'],
    [EU, 'ADEQUATE', 'adequate', 'pass'],
    [EU, 'DE', 'US', `${BLOCKED} eu`],
    [EU, 'US', 'DE', `${BLOCKED} eu`],
    [EU, 'US', 'none', `${BLOCKED} eu`],
    [EU, 'US', 'US', `${BLOCKED} eu`],
    [EU, 'US', 'unknown', `${BLOCKED} eu`],
    [EU, 'DE', 'unknown', `${BLOCKED} eu`],
    [EU, 'unknown', 'none', `${BLOCKED} eu`],
    [EU, 'unknown', 'DE', `${BLOCKED} eu`],
    [EU, 'unknown', 'unknown', `${BLOCKED} eu`],
    [EU, 'ZZ', 'none', `${BLOCKED} eu`],
    [EU, 'none', 'none', `${BLOCKED} eu`],
    [INDIA, 'IN', 'none', 'pass'],
    [INDIA, 'IN', 'IN', 'pass'],
    [INDIA, 'DE', 'none', `${BLOCKED} in`],
    [INDIA, 'IN', 'US', `${BLOCKED} in`],
    [INDIA, 'ADEQUATE', 'none', `${BLOCKED} in`],
    [INDIA, 'unknown', 'none', `${BLOCKED} in`],
    ['public.customers.city', 'US', 'US', 'pass'],
    ['public.customers.city', 'unknown', 'unknown', 'pass'],
  ])('%s read from %s by a model in %s: %s', (data, reader, model, expected) => {
    expect(outcome(data, reader, model)).toBe(expected);
  });

  test.each<readonly [inside: string, reader: string, model: string, expected: string]>([
    ['IN', 'IN', 'none', `${BLOCKED} r`],
    ['IN', 'IN', 'IN', `${BLOCKED} r`],
    ['IN', 'IN', 'DE', 'pass'],
    ['IN', 'DE', 'none', 'pass'],
    ['IN', 'unknown', 'none', `${BLOCKED} r`],
    ['IN', 'DE', 'unknown', 'pass'],
    ['IN', 'IN', 'unknown', `${BLOCKED} r`],
  ])('a rule for readers inside %s: %s and model %s: %s', (inside, reader, model, expected) => {
    const text = `${DATA}rules:
  - { id: see, on: { tags: ["*"] }, do: allow }
  - { id: r, on: { tags: ["*"] }, reader: { inside: [${inside}] }, do: block }
defaults: { unknown_reader: allow }
`;
    expect(outcome(EU, reader, model, text)).toBe(expected);
  });
});

test.each<readonly [reader: string, model: string, expected: string]>([
  ['DE', 'none', 'pass'],
  ['EU', 'none', 'residency-blocked by r'],
  ['DE', 'EEA', 'residency-blocked by r'],
])('a reader in a place that is only partly inside is outside: %s and model %s: %s', (reader, model, expected) => {
  const text = `${DATA}rules:
  - { id: r, on: { tags: ["*"] }, reader: { outside: [DE] }, do: block }
`;
  expect(outcome(EU, reader, model, text)).toBe(expected);
});

describe('the place of the data', () => {
  test.each<readonly [string, string, string, string]>([
    ['a datasource in the EU as a whole', 'EU', 'US', 'residency-blocked by eu'],
    ['a datasource in an unknown place', 'unknown', 'US', 'residency-blocked by eu'],
    ['a datasource in a place that is none', 'Atlantis', 'US', 'residency-blocked by eu'],
    ['a datasource elsewhere', 'BR', 'US', 'pass'],
  ])('%s', (_name, home, region, expected) => {
    const decision = bench(SITE, undefined, home).decide({ outputs: [EU] }, { region });
    expect(decision.refusal === null ? 'pass' : `${decision.refusal.code} by ${decision.refusal.rule}`).toBe(expected);
  });

  test('a statement touches a column in whatever place', () => {
    const table = bench(SITE);
    for (const sketch of [
      { uses: [`predicate= ${EU}`] },
      { uses: [`join ${EU}`] },
      { uses: [`grouping ${EU}`] },
      { outputs: [`f(${EU})`] },
      { outputs: ['public.customers.*'] },
      { flows: [{ from: [EU], to: { kind: 'new-table', name: 'x' } as const }] },
    ]) {
      expect(table.decide(sketch, { region: 'US' }).refusal?.code).toBe('residency-blocked');
    }
  });

  test('counting rows touches no column', () => {
    expect(bench(SITE).decide({ reads: ['public.customers'], outputs: ['f()'] }, { region: 'US' }).refusal).toBeNull();
  });

  test('a rule on places without tags blocks the tables there', () => {
    const text = `${DATA}rules:\n  - { id: stay, on: { data: [IN] }, reader: { outside: [IN] }, do: block }\n`;
    const count = (table: string) => bench(text).decide({ reads: [table], outputs: ['f()'] }).refusal;
    expect(count('public.patients')).toMatchObject({ code: 'residency-blocked', rule: 'stay' });
    expect(count('public.customers')).toBeNull();
    expect(count('pg_catalog.pg_class')).toBeNull();
  });
});

describe('what the refusal says', () => {
  test('columns, places and a form that would pass', () => {
    const decision = bench(SITE).decide(
      { outputs: ['public.customers.ssn', EU, 'public.customers.city'] },
      { region: 'US', agent: { subject: 'bot', groups: [] }, modelRegion: 'US' },
    );
    expect(decision.refusal).toEqual({
      code: 'residency-blocked',
      rule: 'eu',
      message:
        'SELECT touches public.customers.ssn and public.customers.email, which belong to DE; the reader is in US and its model in US',
      hint: 'leave these columns out everywhere, as in SELECT id, city FROM public.customers',
      columns: ['public.customers.email', 'public.customers.ssn'],
    });
  });

  test('the claim that is missing', () => {
    const identity = { agent: { subject: 'bot', groups: [] }, modelRegion: 'unknown', missingClaims: ['model_region'] };
    const refusal = bench(SITE).decide({ outputs: [EU] }, identity).refusal;
    expect(refusal?.message).toBe(
      'SELECT touches public.customers.email, which belongs to DE; the reader is in DE and its model in an unknown place (the token does not say model_region)',
    );
    expect(refusal?.hint).toMatch(
      /^connect with a token that names its place, or leave it out everywhere, as in SELECT id/,
    );
  });

  test('a place that is none', () => {
    expect(bench(SITE).decide({ outputs: [EU] }, { region: 'Atlantis' }).refusal?.message).toContain(
      "the token's region is not a known place",
    );
  });
});

describe('an unknown reader where no rule about places spoke', () => {
  const MASKED = `${DATA}rules:\n  - { id: m, on: { tags: ["*"] }, do: { mask: email } }\n`;
  test.each<readonly [string, string, string]>([
    ['is refused what is tagged', MASKED, 'residency-blocked by defaults.unknown_reader'],
    ['is let through where the defaults say so', `${MASKED}defaults: { unknown_reader: allow }\n`, 'pass'],
    [
      'is let through where a rule about places excepts',
      `${MASKED}  - { id: r, on: { tags: ["*"] }, reader: { outside: [EU] }, do: block, except: "true" }\n`,
      'pass',
    ],
    [
      'is refused where a rule about places only might speak',
      `${MASKED}  - { id: r, on: { tags: ["*"] }, reader: { outside: [EU] }, do: { mask: null } }\n`,
      'residency-blocked by defaults.unknown_reader',
    ],
    [
      'is refused where the rule about places is a dry run',
      `${MASKED}  - { id: r, on: { tags: ["*"] }, reader: { outside: [EU] }, do: block, except: "true", dry_run: true }\n`,
      'residency-blocked by defaults.unknown_reader',
    ],
  ])('%s', (_name, text, expected) => {
    expect(outcome(EU, 'unknown', 'none', text)).toBe(expected);
  });

  test('may read what is not tagged', () => {
    expect(outcome('public.orders.total', 'unknown', 'none', MASKED)).toBe('pass');
  });
});

describe('verdicts name places as rules do', () => {
  const residency = (identity: Parameters<typeof identityOf>[0], column = EU) =>
    bench(SITE)
      .decide({ outputs: [column] }, identity)
      .verdicts.filter((verdict) => verdict.residency !== null)
      .map(({ rule, effect, excepted, residency: places }) => [
        rule,
        effect,
        excepted,
        places?.dataRegion,
        places?.consumerRegion,
      ]);
  test.each<readonly [string, Parameters<typeof identityOf>[0], string, readonly unknown[][]]>([
    ['a reader elsewhere', { region: 'US' }, EU, [['eu', 'block', false, 'EEA', 'other']]],
    ['a model elsewhere', { region: 'DE', modelRegion: 'IN' }, EU, [['eu', 'block', false, 'EEA', 'IN']]],
    ['a reader in the EEA', { region: 'FR' }, INDIA, [['in', 'block', false, 'IN', 'EEA']]],
    ['a reader in a country of a set', { region: 'JP' }, INDIA, [['in', 'block', false, 'IN', 'ADEQUATE']]],
    ['an excepted reader', { region: 'US', grants: ['scc'] }, EU, [['eu', 'block', true, 'EEA', 'other']]],
    ['a reader that no rule is about', { region: 'FR' }, EU, []],
    [
      'an unknown reader',
      { region: 'unknown' },
      EU,
      [
        ['eu', 'block', false, 'EEA', 'unknown'],
        ['defaults.unknown_reader', 'block', false, 'EEA', 'unknown'],
      ],
    ],
  ])('%s', (_name, identity, column, expected) => {
    expect(residency(identity, column)).toEqual(expected);
  });
});

describe('connecting', () => {
  const connect = (rules: string, identity: Parameters<typeof identityOf>[0], region = 'IN') =>
    bench(`${DATA}rules:\n${rules}`, undefined, region).policy.decideConnect(identityOf(identity), SESSION, 0);
  const HOME = '  - { id: home, on: { data: [IN] }, reader: { outside: [IN] }, do: block }\n';

  test.each<readonly [string, string, Parameters<typeof identityOf>[0], string | null]>([
    ['from elsewhere', HOME, { region: 'DE' }, 'home'],
    ['from there', HOME, { region: 'IN' }, null],
    ['from there with a model elsewhere', HOME, { region: 'IN', modelRegion: 'US' }, 'home'],
    ['from elsewhere with an unknown model', HOME, { region: 'DE', modelRegion: 'unknown' }, 'home'],
    ['from an unknown place', HOME, { region: 'unknown' }, null],
    ['from there with an unknown model', HOME, { region: 'IN', modelRegion: 'unknown' }, null],
    ['under a rule with tags', HOME.replace('data:', 'tags: ["*"], data:'), { region: 'DE' }, null],
    ['under a rule with tables', HOME.replace('data:', 'tables: ["public.*"], data:'), { region: 'DE' }, null],
    ['under a rule with classes', HOME.replace('data:', 'does: [READ], data:'), { region: 'DE' }, null],
    ['under a rule without a place', '  - { id: r, reader: { outside: [IN] }, do: block }\n', { region: 'DE' }, null],
    ['under a rule for other data', HOME.replace('data: [IN]', 'data: [BR]'), { region: 'DE' }, null],
    ['under a dry run', HOME.replace('do:', 'dry_run: true, do:'), { region: 'DE' }, null],
    [
      'under a rule that excepts',
      HOME.replace('do:', 'except: \'granted("x")\', do:'),
      { region: 'DE', grants: ['x'] },
      null,
    ],
    [
      'under a rule whose when fails',
      HOME.replace('do:', 'when: \'agent.subject == "x"\', do:'),
      { region: 'DE' },
      'home',
    ],
    ['under a rule that holds', HOME.replace('block', 'hold'), { region: 'DE' }, null],
  ])('%s', (_name, rules, identity, expected) => {
    expect(connect(rules, identity).refusal?.rule ?? null).toBe(expected);
  });

  test('says where the data belongs and where the reader is', () => {
    const decision = connect(HOME, { region: 'DE', modelRegion: 'US' });
    expect(decision.refusal).toMatchObject({
      code: 'connect-blocked',
      message: 'the data of crm belongs to IN; the reader is in DE and its model in US',
    });
    expect(decision.verdicts).toEqual([
      {
        rule: 'home',
        effect: 'block',
        excepted: false,
        dryRun: false,
        residency: { dataRegion: 'IN', consumerRegion: 'other' },
      },
    ]);
  });

  test('a datasource in an unknown place takes the stricter reading', () => {
    expect(connect(HOME, { region: 'DE' }, 'Atlantis').refusal?.rule).toBe('home');
  });
});

describe('series that exist from the start', () => {
  test('cover every block that can be counted', () => {
    const series = policyOf(SITE).residencySeries([
      { name: 'crm', region: 'DE' },
      { name: 'hr', region: 'US' },
    ]);
    const labels = series.map((one) => [one.datasource, one.rule, one.dataRegion, one.consumerRegion].join(' '));
    expect(labels).toEqual([
      'crm eu EEA IN',
      'crm eu EEA EEA',
      'crm eu EEA ADEQUATE',
      'crm eu EEA other',
      'crm eu EEA unknown',
      'crm in IN IN',
      'crm in IN EEA',
      'crm in IN ADEQUATE',
      'crm in IN other',
      'crm in IN unknown',
      'crm defaults.unknown_reader EEA unknown',
      'crm defaults.unknown_reader IN unknown',
    ]);
    const table = bench(SITE);
    for (const region of ['US', 'IN', 'DE', 'JP', 'unknown', 'EEA', 'ADEQUATE']) {
      for (const column of [EU, INDIA]) {
        for (const { rule, residency, excepted } of table.decide({ outputs: [column] }, { region }).verdicts) {
          if (residency === null || excepted) continue;
          expect(labels).toContain(`crm ${rule} ${residency.dataRegion} ${residency.consumerRegion}`);
        }
      }
    }
  });
});
