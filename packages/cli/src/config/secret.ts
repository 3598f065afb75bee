import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { type ConfigSurroundings, errorCode } from './config-files.ts';
import { Mapping } from './mapping.ts';
import { type Reader, text, texts } from './read-values.ts';

const KINDS = ['value', 'env', 'file', 'command'] as const;
const COMMAND_TIMEOUT_MS = 10_000;
const SECRET_BYTES_MAX = 64 * 1024;

/** Fetches a secret anew each time, so that a rotated one is picked up. Errors say where it comes from, never what it is. */
export type Secret = () => Promise<string>;

const NO_SECRET: Secret = () => Promise.reject(new Error('the secret is not configured'));

/** `{ value | env | file | command: [argv] }`. A variable or file that is not there is a fault at its place. */
export function secret(surroundings: ConfigSurroundings): Reader<Secret> {
  return (node, faults) => {
    if (node.kind !== 'mapping') {
      faults.add(node.at, 'must be one of { env: NAME }, { file: PATH }, { command: [ARGV] }, { value: TEXT }');
      return NO_SECRET;
    }
    const mapping = Mapping.open(node, { known: KINDS }, faults);
    const given = KINDS.filter((kind) => mapping.has(kind));
    const [kind] = given;
    if (kind === undefined || given.length > 1) {
      faults.add(node.at, 'must name exactly one of value, env, file, command');
      return NO_SECRET;
    }
    const at = mapping.placeOf(kind);
    switch (kind) {
      case 'value': {
        const value = mapping.required('value', text, '');
        return async () => value;
      }
      case 'env': {
        const name = mapping.required('env', text, '');
        const value = surroundings.environment[name];
        if (value === undefined || value === '') faults.add(at, `the environment variable ${name} is not set`);
        return async () => value ?? '';
      }
      case 'file': {
        const file = resolve(surroundings.directory, mapping.required('file', text, ''));
        const wrong = fileFault(file);
        if (wrong !== null) faults.add(at, wrong);
        return async () => withoutNewline(await readFile(file, 'utf8'));
      }
      case 'command': {
        const argv = mapping.required('command', texts, []);
        if (argv.length === 0) faults.add(at, 'must hold a program and its arguments');
        return () => outputOf(argv, surroundings.directory);
      }
    }
  };
}

function fileFault(file: string): string | null {
  try {
    return withoutNewline(readFileSync(file, 'utf8')) === '' ? `${file} is empty` : null;
  } catch (error) {
    return `cannot read ${file} (${errorCode(error)})`;
  }
}

async function outputOf([program = '', ...parameters]: readonly string[], directory: string): Promise<string> {
  const limits = { cwd: directory, timeout: COMMAND_TIMEOUT_MS, maxBuffer: SECRET_BYTES_MAX };
  try {
    const { stdout } = await promisify(execFile)(program, parameters, limits);
    const value = withoutNewline(stdout);
    if (value !== '') return value;
  } catch {
    // The error holds the command's output.
    throw new Error(`the command ${program} that gives a secret has failed`);
  }
  throw new Error(`the command ${program} that gives a secret has printed nothing`);
}

function withoutNewline(value: string): string {
  return value.replace(/\r?\n$/, '');
}
