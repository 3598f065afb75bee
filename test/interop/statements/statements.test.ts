// Every statement kind of PostgreSQL's manual, direct and through a gateway that allows everything: the same rows, tags
// and errors.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type PostgresServer, startPostgres } from '../../servers/index.ts';
import { normalise, type Pair, run, startPair } from '../tools/site.ts';

const SCRIPTS = ['tables', 'sessions', 'definitions', 'roles'] as const;
const fileOf = (name: string): string => join(import.meta.dirname, `${name}.sql`);
const textOf = (name: string): string => readFileSync(fileOf(name), 'utf8');

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres({ version: 15, config: ['max_prepared_transactions=4', 'shared_buffers=32MB'] });
});
afterAll(() => server.stop());

async function withPair(use: (pair: Pair) => Promise<void>): Promise<void> {
  const pair = await startPair(server);
  try {
    await use(pair);
  } finally {
    await pair.close();
  }
}

test.each(SCRIPTS)('%s', async (name) => {
  await withPair(async ({ direct, through }) => {
    const line = `psql -X -a -v VERBOSITY=verbose -f ${fileOf(name)}`;
    const expected = normalise(await run(direct, line));
    expect(expected).toMatch(/exit 0$/);
    expect(normalise(await run(through, line))).toBe(expected);
  });
});

test('no statement of the manual is left out', async () => {
  await withPair(async ({ direct }) => {
    const help = await run(direct, String.raw`psql -X -c '\h *'`);
    const commands = [...help.matchAll(/^Command: +(.*?) *$/gm)].map(([, command = '']) => command);
    expect(commands.length).toBeGreaterThan(180);
    const scripts = [...SCRIPTS, 'refused'].map(textOf).join('\n');
    const isUsed = (command: string): boolean =>
      new RegExp(`^${command.replace(/ (AS|INTO)$/, '\\b.* $1')}\\b`, 'm').test(scripts);
    expect(commands.filter((command) => !isUsed(command))).toEqual([]);
  });
});

describe('what is refused whatever the policy says', () => {
  const statements = textOf('refused').trim().split('\n');

  test('runs when it is sent to the database itself', async () => {
    await withPair(async ({ direct }) => {
      for (const sql of statements.filter((one) => !one.includes('bailiwick.')))
        expect(await run(direct, `psql -X -q -c "${sql}"`), sql).toMatch(/exit 0$/);
    });
  });

  test('is an error of the one statement, and in the list of the README', async () => {
    const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8');
    await withPair(async ({ through }) => {
      for (const sql of statements) {
        const seen = await run(through, `psql -X -q -A -t -v VERBOSITY=verbose -c "${sql}" -c "SELECT 'goes on'"`);
        const [, code] = /^ERROR: {2}42501: \[([a-z-]+)\]/.exec(seen) ?? [];
        expect(code, `${sql} ${seen}`).toBeDefined();
        expect(seen).toContain('goes on');
        expect(readme).toContain(`| \`${sql.replace(/;$/, '')}\` | \`${code}\` |`);
      }
      const rows = readme.split('\n').filter((line) => /^\| `.*` \| `[a-z-]+` \|/.test(line));
      expect(rows).toHaveLength(statements.length);
    });
  });
});
