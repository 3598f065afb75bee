import { DETECTOR_NAMES, type DetectorName } from '@bailiwick/domain';
import { type Finding, findAll } from '@bailiwick/masking';
import type { LabelledText } from './labelled-text.ts';

/** How a detector does on the labelled set. */
export interface Measure {
  readonly name: DetectorName | 'all together';
  readonly labels: number;
  /** Labels every character of which was found. */
  readonly covered: number;
  readonly findings: number;
  /** Findings that touch a label of the same kind. */
  readonly right: number;
  /** Texts and values that it got wrong, for the reader. */
  readonly missed: readonly string[];
  readonly wrong: readonly string[];
}

export const recall = ({ covered, labels }: Measure): number => (labels === 0 ? 1 : covered / labels);
export const precision = ({ right, findings }: Measure): number => (findings === 0 ? 1 : right / findings);

/** Each detector by itself, then all together, where a place counts as found whatever it was taken for. */
export function measureDetectors(texts: readonly LabelledText[]): readonly Measure[] {
  const alone = DETECTOR_NAMES.map((name) => measure(name, texts, new Set([name]), (label) => label.detector === name));
  return [...alone, measure('all together', texts, new Set(DETECTOR_NAMES), () => true)];
}

function measure(
  name: Measure['name'],
  texts: readonly LabelledText[],
  wanted: ReadonlySet<DetectorName>,
  counts: (label: Finding) => boolean,
): Measure {
  let [labels, covered, findings, right] = [0, 0, 0, 0];
  const missed: string[] = [];
  const wrong: string[] = [];
  for (const { text, labels: all } of texts) {
    const found = findAll(text, wanted).findings;
    const expected = all.filter(counts);
    labels += expected.length;
    for (const { start, end } of expected) {
      if (found.some((one) => one.start <= start && one.end >= end)) covered += 1;
      else missed.push(text.slice(start, end));
    }
    findings += found.length;
    for (const { start, end } of found) {
      if (expected.some((label) => start < label.end && end > label.start)) right += 1;
      else wrong.push(text.slice(start, end));
    }
  }
  return { name, labels, covered, findings, right, missed, wrong };
}

/** The measures as a table in Markdown. */
export function detectorTable(measures: readonly Measure[]): string {
  const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;
  const rows = measures.map(
    (one) => `| ${one.name} | ${one.labels} | ${percent(recall(one))} | ${one.findings} | ${percent(precision(one))} |`,
  );
  return ['| detector | places | recall | findings | precision |', '| --- | ---: | ---: | ---: | ---: |', ...rows].join(
    '\n',
  );
}
