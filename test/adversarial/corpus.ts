import { readFileSync } from 'node:fs';

/** `binary` is the extended protocol with all results in binary. */
export type Protocol = 'simple' | 'extended' | 'binary';

/** One thing that a client sends. A string is SQL, sent as the run's protocol says. */
export type Step =
  | string
  | {
      readonly q: string;
      readonly params?: readonly string[];
      /** All results in binary. */
      readonly binary?: boolean;
      readonly maxRows?: number;
      /** What is sent when the server asks for COPY data. */
      readonly copy?: string;
      readonly proto?: Protocol;
    }
  /** Messages: P name sql, B portal statement [1: binary], D S|P name, E portal rows, C S|P name, H, S. */
  | { readonly msgs: readonly (readonly [string, ...(string | number)[]])[] }
  /** Unnamed statements up to one Sync. */
  | { readonly pipeline: readonly string[] }
  /** The bytes of a Query's text. */
  | { readonly hex: string };

/** One attack, or one query that has to work: its steps run in order on one connection. */
export interface Entry {
  readonly id: string;
  readonly why: string;
  readonly class: 'mask-leak' | 'inference' | 'parser-differential' | 'write-bypass' | 'dos' | 'legit';
  /** `held-or-blocked`: refused or held, and nothing has changed. `allowed`: as without the gateway, masks apart. */
  readonly expect: 'no canary leaks' | 'held-or-blocked' | 'allowed';
  readonly sql: readonly Step[];
  /** Output columns that are masked: every other cell is as without the gateway. */
  readonly masked?: readonly string[];
}

export const CORPUS_FILES = ['mask-leak', 'inference', 'parser-differential', 'write', 'dos', 'legit'] as const;
export type CorpusFile = (typeof CORPUS_FILES)[number];

/** A file of `corpus/`, wherever this module was built to. */
export function corpusText(name: string): string {
  const root = new URL(import.meta.url.includes('/dist/') ? '../../adversarial/' : './', import.meta.url);
  return readFileSync(new URL(`corpus/${name}`, root), 'utf8');
}

export function corpusEntries(file: CorpusFile): readonly Entry[] {
  const lines = corpusText(`${file}.jsonl`).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Entry);
}
