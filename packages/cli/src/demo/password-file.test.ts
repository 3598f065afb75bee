import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writePasswordFile } from './password-file.ts';

test('a line a user, escaped as libpq reads it, for nobody else to read', async () => {
  const scratch = await mkdtemp(join(tmpdir(), 'bailiwick-test-'));
  try {
    const path = await writePasswordFile(scratch, 'localhost', 6432, 'crm', { one: 'e.y.J', 'a:b': 'c\\d' });
    expect(await readFile(path, 'utf8')).toBe('localhost:6432:crm:one:e.y.J\nlocalhost:6432:crm:a\\:b:c\\\\d\n');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  } finally {
    await rm(scratch, { recursive: true });
  }
});
