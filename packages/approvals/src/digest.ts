import { createHash, type Hash } from 'node:crypto';
import type { ApprovalSubject } from '@bailiwick/domain';
import { withoutTrailingComments } from './trailing-comments.ts';

/**
 * What an approval is bound to, as SHA-256 (hex): identity, datasource, role, settings, mode, SQL without trailing
 * plain comments (SEMANTICS 34), and each parameter with its type, format and bytes. Every part is preceded by its
 * length, so that no two subjects share an encoding; settings count in the order of their names.
 *
 * It is not keyed: whoever has it can test guesses at the statement. It is for those who may read the statement.
 */
export function digestOf(subject: ApprovalSubject): string {
  const { identityKey, datasource, role, settings, statement } = subject;
  const hash = createHash('sha256');
  for (const part of ['bailiwick approval 1', identityKey, datasource, role, statement.mode]) addText(hash, part);
  const names = Object.keys(settings).sort();
  addLength(hash, names.length);
  for (const name of names) {
    addText(hash, name);
    addText(hash, settings[name] ?? '');
  }
  addText(hash, withoutTrailingComments(statement.sql));
  addLength(hash, statement.parameters.length);
  for (const { typeOid, format, value } of statement.parameters) {
    addText(hash, `${typeOid},${format},${value === null ? 'null' : 'value'}`);
    addBytes(hash, value ?? new Uint8Array(0));
  }
  return hash.digest('hex');
}

function addText(hash: Hash, text: string): void {
  addBytes(hash, Buffer.from(text, 'utf8'));
}

function addBytes(hash: Hash, bytes: Uint8Array): void {
  addLength(hash, bytes.length);
  hash.update(bytes);
}

function addLength(hash: Hash, length: number): void {
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64BE(BigInt(length));
  hash.update(prefix);
}
