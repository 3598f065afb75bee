import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { verifyAudit } from '@bailiwick/audit';
import type { TourStep } from './step.ts';

/** The record proves itself: no server is asked, only files and the public key are read. */
export const verify: TourStep = {
  title: 'The audit log verifies, offline, with the public key alone',
  async run(stage, report) {
    const state = join(stage.demo.directory.path, 'var');
    report.act(
      'auditor',
      `npx bailiwick audit verify --config ${stage.demo.directory.path}/bailiwick.yaml --public-key ${state}/audit.pub`,
    );
    const publicKey = await readFile(join(state, 'audit.pub'));
    const found = verifyAudit(join(state, 'segments'), { publicKey, spoolDirectory: join(state, 'spool') });
    for (const fault of found.faults) report.show(`${fault.file}:${fault.offset}: ${fault.sentence}`);
    report.check(
      'every record of every session is as it was written',
      found.clean && found.sessions > 0 && found.frames > 0,
      `${found.sessions} sessions, ${found.records} records, ${found.frames} frames`,
    );
  },
};
