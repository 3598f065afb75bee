import { copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verifyAudit } from '@bailiwick/audit';
import type { TourStep } from './step.ts';

/** Somebody changes the past: one bit of it, in a copy. */
export const flippedByte: TourStep = {
  title: 'One flipped bit in a copy of the log is found',
  async run(stage, report) {
    const state = join(stage.demo.directory.path, 'var');
    const publicKey = await readFile(join(state, 'audit.pub'));
    const scratch = await mkdtemp(join(tmpdir(), 'bailiwick-tour-'));
    try {
      const original = await largestFile([join(state, 'segments'), join(state, 'spool')]);
      const copy = join(scratch, original.name);
      await copyFile(original.path, copy);
      const untouched = verifyAudit(copy, { publicKey });
      report.check('the copy verifies', untouched.clean, `${original.name}, ${untouched.records} records`);

      const bytes = await readFile(copy);
      const offset = Math.floor((untouched.files[0]?.verifiedTo ?? bytes.length) / 2);
      bytes[offset] = (bytes[offset] ?? 0) ^ 1;
      await writeFile(copy, bytes);
      report.act('somebody', `flips one bit of byte ${offset} of ${bytes.length}`);
      const { clean, faults } = verifyAudit(copy, { publicKey });
      const [first] = faults;
      report.check(
        'verify finds it and says where',
        !clean && first !== undefined && first.offset <= offset,
        first === undefined ? 'nothing was found' : `byte ${first.offset}: ${first.sentence}`,
      );
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  },
};

async function largestFile(directories: readonly string[]): Promise<{ name: string; path: string }> {
  const files = [];
  for (const directory of directories) {
    for (const name of await readdir(directory)) {
      const path = join(directory, name);
      const { size } = await stat(path);
      if (/\.bw(seg|spool)$/.test(name)) files.push({ name, path, size });
    }
  }
  const [largest] = files.sort((one, other) => other.size - one.size);
  if (largest === undefined) throw new Error('there is no file of the log');
  return largest;
}
