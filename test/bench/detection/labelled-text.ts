import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DETECTOR_NAMES, type DetectorName } from '@bailiwick/domain';
import type { Finding } from '@bailiwick/masking';

/** One text with the places in it that are something. */
export interface LabelledText {
  readonly text: string;
  readonly labels: readonly Finding[];
}

const isDetector = (name: string): name is DetectorName => (DETECTOR_NAMES as readonly string[]).includes(name);

/** The labelled set: a text a line, `\n` for a line break, `⟦kind:value⟧` for a place. */
export function readLabelled(folder: string): readonly LabelledText[] {
  const lines = readFileSync(join(folder, 'labelled.txt'), 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => parse(line.replaceAll('\\n', '\n')));
}

function parse(line: string): LabelledText {
  const labels: Finding[] = [];
  let text = '';
  for (const [at, part] of line.split(/⟦([a-z_]+:[^⟧]*)⟧/).entries()) {
    if (at % 2 === 0) text += part;
    else {
      const name = part.slice(0, part.indexOf(':'));
      const value = part.slice(name.length + 1);
      if (!isDetector(name)) throw new Error(`labelled.txt has a label of an unknown kind ${name}`);
      labels.push({ detector: name, start: text.length, end: text.length + value.length });
      text += value;
    }
  }
  return { text, labels };
}
