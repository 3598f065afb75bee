// Writes labelled.txt, on which the detectors are measured: `node test/dist/bench/detection/write-labelled.js`.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DETECTOR_NAMES, type DetectorName } from '@bailiwick/domain';
import { Random } from './random.ts';
import { MAKERS } from './values.ts';

/** How often a sentence with values, and one without, is filled in. */
const WITH_VALUES = 4;
const WITHOUT = 2;
const SEED = 20_240_612;

const folder = join(import.meta.dirname, '../../../bench/detection');
const isDetector = (name: string): name is DetectorName => (DETECTOR_NAMES as readonly string[]).includes(name);

function filled(sentence: string, random: Random): string {
  const digits = sentence.includes('{') ? sentence : random.shaped(sentence);
  return digits.replace(/\{(\w+)\}/g, (place, name: string) => {
    if (!isDetector(name)) return place;
    return `⟦${name}:${MAKERS[name](random).replaceAll('\n', '\\n')}⟧`;
  });
}

const random = new Random(SEED);
const lines = readFileSync(join(folder, 'sentences.txt'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .flatMap((sentence) => {
    const times = /\{[a-z_]+\}/.test(sentence) ? WITH_VALUES : WITHOUT;
    return Array.from({ length: times }, () => filled(sentence, random));
  });
writeFileSync(join(folder, 'labelled.txt'), `${[...new Set(lines)].join('\n')}\n`);
