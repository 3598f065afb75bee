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
    ['row security', { options: '-c row_security=off' }],
    ['an unknown setting', { 'app.tenant': '7' }],
    ['another date style', { DateStyle: 'German' }],
  ])('%s is refused', (_name, parameters) => {
    expect(refusal(parameters)).toBe('startup-refused');
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
