import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import type { Demo } from './demo.ts';
import { demoScreen, psqlCommand } from './demo-screen.ts';

const demoIn = (path: string): Demo => ({
  directory: { path, authorityFile: `${path}/ca.crt`, authorityPem: '', remove: async () => {} },
  gateway: { host: 'localhost', port: 6432 },
  server: 'http://127.0.0.1:8432',
  issuer: 'http://127.0.0.1:9000',
  signInPassword: 'sign-in',
  passwordFile: `${path}/pgpass`,
  database: {} as Demo['database'],
  token: async () => '',
  stop: async () => {},
});

describe('what the demo prints', () => {
  test('has a psql command and a connection string for each identity', () => {
    const screen = demoScreen(demoIn('/tmp/demo'), false, true);
    expect(screen).toContain(
      'psql "host=localhost port=6432 dbname=crm user=support-agent sslmode=verify-full sslrootcert=/tmp/demo/ca.crt passfile=/tmp/demo/pgpass"',
    );
    expect(screen.match(/npx bailiwick sql "postgresql:/g)).toHaveLength(4);
    expect(screen).toContain('(password sign-in)');
    expect(screen).toContain('npx bailiwick connect crm --config /tmp/demo/bailiwick.yaml');
    expect(screen).toContain('removes its files');
  });

  test('leaves psql out where it is not installed', () => {
    expect(demoScreen(demoIn('/tmp/demo'), true, false)).not.toContain('psql "');
  });

  test.each(['/tmp/two words', "/tmp/it's", '/tmp/$HOME"`x`', '/tmp/back\\slash'])(
    'a shell gives psql one argument for a directory %s',
    (path) => {
      const command = psqlCommand(demoIn(path), 'reviewer').replace(/^psql /, 'printf %s ');
      const argument = execFileSync('/bin/sh', ['-c', command], { encoding: 'utf8' });
      const root = /sslrootcert='((?:[^'\\]|\\.)*)'/.exec(argument)?.[1]?.replace(/\\(.)/g, '$1');
      expect(root).toBe(`${path}/ca.crt`);
    },
  );
});
