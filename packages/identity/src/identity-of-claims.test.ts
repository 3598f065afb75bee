import type { Identity } from '@bailiwick/domain';
import { describe, expect, test } from 'vitest';
import type { ClaimsContext, Oddity } from './claims-context.ts';
import { ACTORS_MAX } from './delegation.ts';
import { identityOfClaims } from './identity-of-claims.ts';
import type { ClientOptions, IssuerOptions } from './options.ts';
import { TokenRejected } from './verifier.ts';

interface Surroundings {
  readonly issuer?: Partial<IssuerOptions>;
  readonly clients?: Readonly<Record<string, ClientOptions>>;
  readonly network?: string;
  readonly oddities?: Oddity[];
}

function identify(
  claims: Record<string, unknown>,
  { issuer, clients, network, oddities }: Surroundings = {},
): Identity {
  const context: ClaimsContext = {
    issuer: { issuer: 'https://idp.example.com', audience: 'x', ...issuer },
    clients: new Map(Object.entries(clients ?? {})),
    networkRegion: network ?? null,
    onOddity: (oddity) => oddities?.push(oddity),
  };
  // As they arrive: through JSON, so that `__proto__` is a member like any other.
  return identityOfClaims(JSON.parse(JSON.stringify(claims)), 1000, context);
}

const alice = { sub: 'alice', groups: ['analysts', 'dba'] };

describe('a person', () => {
  test('is human, has no agent and no model, and the groups of the token', () => {
    expect(identify({ ...alice, region: 'de' })).toMatchObject({
      human: { subject: 'alice', groups: ['analysts', 'dba'] },
      agent: null,
      groups: ['analysts', 'dba'],
      chain: ['alice'],
      region: 'DE',
      modelRegion: 'none',
      missingClaims: [],
      displayName: 'alice',
    });
  });

  test('who says that a model reads along is believed', () => {
    expect(identify({ ...alice, region: 'DE', model_region: 'us' }).modelRegion).toBe('US');
    expect(identify({ ...alice, region: 'DE', model_region: 'none' }).modelRegion).toBe('none');
    expect(identify({ ...alice, region: 'DE', model_region: '??' }).modelRegion).toBe('unknown');
  });

  test('without a region is somewhere unknown, by name', () => {
    expect(identify(alice)).toMatchObject({ region: 'unknown', missingClaims: ['region'], modelRegion: 'none' });
  });

  test('whose mail address is the subject, and not verified, is nobody', () => {
    const issuer = { claims: { subject: 'email' } };
    const claims = { sub: '1', email: 'alice@example.com' };
    expect(identify({ ...claims, email_verified: true }, { issuer }).human?.subject).toBe('alice@example.com');
    expect(() => identify({ ...claims, email_verified: false }, { issuer })).toThrow(TokenRejected);
  });
});

describe('an agent on behalf of a person', () => {
  const delegated = { ...alice, act: { sub: 'bot', groups: ['agents', 'analysts'] } };

  test('has the groups that both hold', () => {
    expect(identify(delegated)).toMatchObject({
      human: { subject: 'alice', groups: ['analysts', 'dba'] },
      agent: { subject: 'bot', groups: ['agents', 'analysts'] },
      groups: ['analysts'],
      chain: ['bot', 'alice'],
      displayName: 'bot for alice',
    });
  });

  test('for whom no groups are named has none, not those of the person', () => {
    expect(identify({ ...alice, act: { sub: 'bot' } })).toMatchObject({ agent: { groups: [] }, groups: [] });
    const clients = { bot: { groups: ['dba', 'other'] } };
    expect(identify({ ...alice, act: { sub: 'bot' } }, { clients }).groups).toEqual(['dba']);
  });

  test('names earlier actors, the one that acts now first', () => {
    const act = { sub: 'c', act: { sub: 'b', act: { sub: 'a' } } };
    expect(identify({ ...alice, act })).toMatchObject({ agent: { subject: 'c' }, chain: ['c', 'b', 'a', 'alice'] });
  });

  test('is refused when the chain is too deep', () => {
    const chain = (depth: number): object => (depth === 1 ? { sub: 'a' } : { sub: 'a', act: chain(depth - 1) });
    expect(identify({ ...alice, act: chain(ACTORS_MAX) }).chain).toHaveLength(ACTORS_MAX + 1);
    expect(() => identify({ ...alice, act: chain(ACTORS_MAX + 1) })).toThrow(TokenRejected);
    expect(() => identify({ ...alice, act: chain(2000) })).toThrow(TokenRejected);
  });

  test.each([null, 'bot', 7, [], {}, { sub: 7 }, { sub: '' }, { sub: 'a', act: null }, { sub: 'a', groups: 'dba' }])(
    'is refused, and does not become a person, when act is %j',
    (act) => {
      expect(() => identify({ ...alice, act })).toThrow(TokenRejected);
    },
  );

  test('says where the model is, or it is unknown', () => {
    expect(identify({ ...delegated, region: 'DE' })).toMatchObject({
      modelRegion: 'unknown',
      missingClaims: ['model_region'],
    });
    expect(identify({ ...delegated, act: { sub: 'bot', model_region: 'US' } }).modelRegion).toBe('US');
    expect(identify({ ...delegated, model_region: 'none' }).modelRegion, 'a token cannot say that').toBe('unknown');
    expect(identify(delegated, { clients: { bot: { modelRegion: 'none' } } }).modelRegion).toBe('none');
  });
});

describe('a machine client', () => {
  test.each([
    ['sub is the client', { sub: 'batch', client_id: 'batch', groups: ['agents'] }],
    ['sub is the authorized party', { sub: 'batch', azp: 'batch', groups: ['agents'] }],
    ['gty', { sub: 'batch@clients', azp: 'batch', gty: 'client-credentials', groups: ['agents'] }],
    ['idtyp', { sub: '0a-1b', azp: 'batch', idtyp: 'app', groups: ['agents'] }],
  ])('%s: is an agent without a person', (_, claims) => {
    const identity = identify(claims);
    expect(identity).toMatchObject({ human: null, agent: { subject: 'batch' }, groups: ['agents'], clientId: 'batch' });
    expect(identity.missingClaims).toEqual(['region', 'model_region']);
  });

  test('has an owner who may not approve for it and lends it no group', () => {
    const identity = identify({ sub: 'batch', client_id: 'batch' }, { clients: { batch: { owner: 'alice' } } });
    expect(identity).toMatchObject({ human: null, groups: [], chain: ['batch', 'alice'] });
  });

  test("that is configured and carries a person's token acts for that person, without the person's groups", () => {
    const identity = identify({ ...alice, azp: 'chat' }, { clients: { chat: { region: 'DE', owner: 'bob' } } });
    expect(identity).toMatchObject({
      human: { subject: 'alice', groups: ['analysts', 'dba'] },
      agent: { subject: 'chat', groups: [] },
      groups: [],
      chain: ['chat', 'alice', 'bob'],
      modelRegion: 'unknown',
    });
  });

  test('that is not configured and carries one is the person', () => {
    expect(identify({ ...alice, azp: 'psql-login' })).toMatchObject({ agent: null, clientId: 'psql-login' });
  });

  test('is not found by names that every object has', () => {
    expect(identify({ ...alice, azp: 'constructor' }).agent).toBeNull();
    expect(identify({ ...alice, azp: '__proto__' }).agent).toBeNull();
  });
});

describe('places', () => {
  const clients = { batch: { region: 'DE', modelRegion: 'US' } };
  const batch = { sub: 'batch', client_id: 'batch' };

  test.each<[string, Record<string, unknown>, Surroundings, string]>([
    ['client entry alone', batch, { clients }, 'DE'],
    ['client entry and claim agree', { ...batch, region: 'de' }, { clients }, 'DE'],
    ['client entry and claim differ', { ...batch, region: 'US' }, { clients }, 'unknown'],
    ['network alone', alice, { network: 'FR' }, 'FR'],
    ['network and claim agree', { ...alice, region: 'FR' }, { network: 'FR' }, 'FR'],
    ['network and claim differ', { ...alice, region: 'DE' }, { network: 'FR' }, 'unknown'],
    ['the actor is elsewhere', { ...alice, region: 'DE', act: { sub: 'bot', region: 'US' } }, {}, 'unknown'],
    ['a jurisdiction', { ...alice, region: 'eea' }, {}, 'EEA'],
    ['null says nothing', { ...alice, region: null }, { network: 'FR' }, 'FR'],
    ['a claim that is no place', { ...alice, region: 'Germany, EU' }, { network: 'DE' }, 'unknown'],
    ['a claim of several', { ...alice, region: ['DE'] }, {}, 'unknown'],
    ['an empty claim', { ...alice, region: '' }, { network: 'DE' }, 'unknown'],
    ['unknown by name', { ...alice, region: 'UNKNOWN' }, { network: 'DE' }, 'unknown'],
    ['nowhere', { ...alice, region: 'none' }, {}, 'unknown'],
    ['letters that only look like it', { ...alice, region: 'ДЕ' }, {}, 'unknown'],
  ])('%s', (_, claims, surroundings, expected) => {
    expect(identify(claims, surroundings).region).toBe(expected);
  });

  test('what does not agree is said, by source and not by content', () => {
    const oddities: Oddity[] = [];
    identify({ ...alice, region: 'DE' }, { network: 'FR', oddities });
    expect(oddities).toEqual([{ kind: 'places', claim: 'region', sources: ['claim region', 'network'] }]);
  });
});

describe('what an issuer may assert', () => {
  const claims = { ...alice, region: 'DE', model_region: 'US', scopes: ['transfer.scc'] };

  test('groups outside the list are dropped, and counted', () => {
    const oddities: Oddity[] = [];
    expect(identify(claims, { issuer: { mayAssert: { groups: ['dba'] } }, oddities }).groups).toEqual(['dba']);
    expect(oddities).toEqual([{ kind: 'dropped', claim: 'groups', count: 1 }]);
  });

  test('groups of the actor too', () => {
    const act = { sub: 'bot', groups: ['analysts', 'dba'] };
    const identity = identify({ ...claims, act }, { issuer: { mayAssert: { groups: ['analysts'] } } });
    expect(identity).toMatchObject({ agent: { groups: ['analysts'] }, groups: ['analysts'] });
  });

  test('where there is a list, what it does not name is not heard', () => {
    const identity = identify(claims, { issuer: { mayAssert: {}, claims: { grants: 'scopes' } } });
    expect(identity).toMatchObject({ groups: [], region: 'unknown', modelRegion: 'none', grants: [] });
    expect(identify(claims, { issuer: { mayAssert: { region: true } } })).toMatchObject({
      region: 'DE',
      modelRegion: 'US',
    });
    expect(identify(claims, { issuer: { mayAssert: { region: true, modelRegion: false } } })).toMatchObject({
      region: 'DE',
      modelRegion: 'none',
    });
  });

  test('grants are read only where the configuration says from what', () => {
    expect(identify(claims).grants).toEqual([]);
    expect(identify(claims, { issuer: { claims: { grants: 'scopes' } } }).grants).toEqual(['transfer.scc']);
    const mayAssert = { grants: ['other'] };
    expect(identify(claims, { issuer: { claims: { grants: 'scopes' }, mayAssert } }).grants).toEqual([]);
  });
});

describe('claim paths', () => {
  const at = (groups: string, claims: Record<string, unknown>): readonly string[] =>
    identify({ sub: 'alice', ...claims }, { issuer: { claims: { groups } } }).groups;

  test('a name is a name, whatever stands in it; a pointer walks', () => {
    expect(at('https://example.com/groups', { 'https://example.com/groups': ['a'] })).toEqual(['a']);
    expect(at('/realm_access/roles', { realm_access: { roles: ['a'] } })).toEqual(['a']);
    expect(at('/x~1y/a~0b/1', { 'x/y': { 'a~b': [[], ['a']] } })).toEqual(['a']);
  });

  test.each([
    '/__proto__/groups',
    '/constructor/name',
    'constructor',
    '__proto__',
    'toString',
    '/groups/length',
    '/a//b',
    '/',
  ])('%s reads nothing that the token does not hold', (path) => {
    expect(at(path, { groups: ['a'], a: {} })).toEqual([]);
  });

  test('a token that holds __proto__ changes nothing for others', () => {
    const claims = JSON.parse('{"sub":"alice","__proto__":{"groups":["dba"],"act":{"sub":"x"},"cnf":1}}');
    expect(identify(claims).groups).toEqual([]);
    const nested = { issuer: { claims: { groups: '/__proto__/groups' } } };
    expect(identityKeys(nested)).toEqual([]);
  });

  function identityKeys(surroundings: Surroundings): readonly string[] {
    identify({ sub: 'alice', groups: ['dba'] }, surroundings);
    return Object.keys(Object.prototype);
  }
});

describe('the key', () => {
  const key = (claims: Record<string, unknown>, surroundings?: Surroundings): string =>
    identify(claims, surroundings).key;

  test('is stable over what may change between tokens', () => {
    expect(key({ sub: 'a', groups: ['x'], region: 'DE', exp: 1 })).toBe(key({ sub: 'a', groups: ['y'], jti: '2' }));
  });

  test('differs wherever issuer, subject, client or chain differ', () => {
    const keys = [
      key({ sub: 'a' }),
      key({ sub: 'b' }),
      key({ sub: 'a' }, { issuer: { issuer: 'https://other.example' } }),
      key({ sub: 'a', azp: 'b' }),
      key({ sub: 'ab' }),
      key({ sub: 'a', act: { sub: 'b' } }),
      key({ sub: 'b', act: { sub: 'a' } }),
      key({ sub: 'a', act: { sub: 'b', act: { sub: 'c' } } }),
      key({ sub: 'a', act: { sub: 'c', act: { sub: 'b' } } }),
      key({ sub: 'a', act: { sub: 'bc' } }),
      key({ sub: 'a', act: { sub: 'b', iss: 'c' } }),
      key({ sub: 'a', azp: 'b', act: { sub: 'b' } }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
  });
});
