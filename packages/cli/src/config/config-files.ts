import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Reader, text } from './read-values.ts';

/** Where a configuration's relative paths begin, and the environment that its secrets may name. */
export interface ConfigSurroundings {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A path, made absolute by the configuration's own directory. */
export function path({ directory }: ConfigSurroundings): Reader<string> {
  return (node, faults) => resolve(directory, text(node, faults));
}

/** The bytes of a file that the configuration names. A file that cannot be read is a fault. */
export function fileBytes(surroundings: ConfigSurroundings): Reader<Buffer> {
  return (node, faults) => {
    const named = path(surroundings)(node, faults);
    try {
      return readFileSync(named);
    } catch (error) {
      faults.add(node.at, `cannot read ${named} (${errorCode(error)})`);
      return Buffer.alloc(0);
    }
  };
}

/** The bytes of a file; null where it is not there or cannot be read, which is for whoever uses it to say. */
export function readIfThere(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch {
    return null;
  }
}

/** What is wrong with a pair of PEM files; null: they belong together. */
export function certificateFault(cert: Buffer, key: Buffer): string | null {
  // A file that could not be read is a fault already.
  if (cert.length === 0 || key.length === 0) return null;
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(cert);
  } catch {
    return 'cert does not begin with a PEM certificate';
  }
  try {
    return certificate.checkPrivateKey(createPrivateKey(key)) ? null : 'key does not belong to cert';
  } catch {
    return 'key is not a private key in PEM without a passphrase';
  }
}

/** The system's code for an error of the file system, such as ENOENT. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'error';
}
