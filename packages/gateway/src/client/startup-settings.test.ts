import { GatewayError } from '@bailiwick/domain';
import { describe, expect, test } from 'vitest';
import { escapeOption, parseOptions, readStartupRequest } from './startup-settings.ts';

const request = (parameters: Record<string, string>) =>
  readStartupRequest({
    protocolMinor: 0,
    parameters: new Map(Object.entries({ user: 'ann', ...parameters })),
    protocolOptions: new Map(),
  });
const refusal = (parameters: Record<string, string>): string | null => {
  try {
    request(parameters);
    return null;
  } catch (error) {
    return error instanceof GatewayError ? error.code : 'threw';
  }
};

describe('options are split as the server splits them', () => {
  test.each([
    ['-c a=1', [['a', '1']]],
    ['-ca=1', [['a', '1']]],
    ['--a-b=1 2', null],
    ['--a-b=1\\ 2', [['a_b', '1 2']]],
    ['--a-b=c-d', [['a_b', 'c-d']]],
    [
      '-c\ta=1\n-c\vb=2\f',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    ['-c a=1\u00a02', [['a', '1\u00a02']]],
    ['-c a=', [['a', '']]],
    ['-c a=b=c', [['a', 'b=c']]],
    ['-c a=1\\', [['a', '1']]],
    ['-c a=\\\n', [['a', '\n']]],
    ['-c A=1', [['a', '1']]],
    ['-ic a=1', null],
    ['--', null],
    ['a=1', null],
    ['-c a=1 b', null],
    ['-c a=b\\\\c', [['a', 'b\\c']]],
    ['-c', null],
    ['-f s', null],
    ['-c =1', null],
    ['', []],
  ])('%s', (options, settings) => {
    if (settings === null) expect(() => parseOptions(options)).toThrow(GatewayError);
    else expect(parseOptions(options)).toEqual(settings);
  });

  test('a word that was escaped comes back as it was', () => {
    const word = 'bailiwick.identity=a b\\c';
    expect(parseOptions(`-c ${escapeOption(word)}`)).toEqual([['bailiwick.identity', 'a b\\c']]);
  });
});

describe('settings go by a list', () => {
  test.each([
    ['role', { role: 'postgres' }],
    ['role in options', { options: '-c role=postgres' }],
    ['role in another case', { options: '-c ROLE=postgres' }],
    ['session_authorization', { session_authorization: 'postgres' }],
    ['the gateway’s own', { options: '-c bailiwick.identity=root' }],
    ['a lexer mode', { standard_conforming_strings: 'off' }],
    ['an encoding with another lexer', { client_encoding: 'SJIS' }],
    ['another form of bytes', { options: '-c bytea_output=escape' }],
    ['an unknown setting', { 'app.tenant': '7' }],
    ['another date style', { DateStyle: 'German' }],
  ])('%s is refused', (_name, parameters) => {
    expect(refusal(parameters)).toBe('startup-refused');
  });

  test.each([
    ['what is known to be another reading', { DateStyle: 'German' }, /datestyle may not have that value/],
    ['what belongs to the gateway', { options: '--role=postgres' }, /role belongs to the gateway/],
    ['what nobody knows', { 'app.tenant': '7' }, /app\.tenant is not on the list/],
    ['a name that is no name', { 'a b\u0007': '7' }, /the setting in options is not on the list/],
    ['words that are no settings', { options: '-d postgres' }, /options may hold settings and nothing else/],
  ])('a refusal says why: %s', (_name, parameters, why) => {
    expect(() => request(parameters as Record<string, string>)).toThrow(why);
  });

  test('names of the protocol are exact: others are settings, which there are not', () => {
    for (const name of ['USER', 'Database', 'OPTIONS', 'Replication'])
      expect(refusal({ [name]: 'x' })).toBe('startup-refused');
  });

  test('what stands on its own overrides options, wherever it stands', () => {
    const options = '-c search_path=a -c search_path=b -c work_mem=1MB';
    for (const parameters of [
      { options, search_path: 'c' },
      { search_path: 'c', options },
    ])
      expect(Object.fromEntries(request(parameters).settings)).toEqual({ search_path: 'c', work_mem: '1MB' });
    expect(request({ options }).settings.get('search_path')).toBe('b');
  });

  test('an empty database is the user’s, as no database is', () => {
    expect(request({ database: '' }).database).toBe('ann');
  });

  test('replication is refused unless it is off', () => {
    expect(refusal({ replication: 'database' })).toBe('not-supported-at-connect');
    expect(refusal({ replication: 'false' })).toBeNull();
  });

  test('what drivers send passes', () => {
    const { settings, application, database } = request({
      application_name: 'psql',
      client_encoding: 'SQL_ASCII',
      DateStyle: 'ISO',
      TimeZone: 'UTC',
      extra_float_digits: '2',
      options: '-c statement_timeout=5s -c search_path=a',
    });
    expect(database).toBe('ann');
    expect(application).toBe('psql');
    expect(Object.fromEntries(settings)).toEqual({
      client_encoding: 'UTF8',
      datestyle: 'ISO',
      timezone: 'UTC',
      extra_float_digits: '2',
      statement_timeout: '5s',
      search_path: 'a',
    });
  });

  test('a user is needed', () => {
    expect(refusal({ user: '' })).toBe('startup-refused');
  });
});
