// How well the detectors do on the labelled set, which `npm run bench` prints. A change that loses more than this fails.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readLabelled } from '../bench/detection/labelled-text.ts';
import { measureDetectors, precision, recall } from '../bench/detection/measure-detectors.ts';

const texts = readLabelled(join(import.meta.dirname, '../bench/detection'));

test('the set is large enough to say something', () => {
  expect(texts.length).toBeGreaterThanOrEqual(500);
  expect(texts.filter(({ labels }) => labels.length === 0).length).toBeGreaterThanOrEqual(100);
});

test.each(measureDetectors(texts))('$name keeps its recall and its precision', (measure) => {
  expect(measure.labels).toBeGreaterThanOrEqual(12);
  expect(recall(measure), `missed ${measure.missed.join(' | ')}`).toBeGreaterThanOrEqual(0.98);
  expect(precision(measure), `wrongly found ${measure.wrong.join(' | ')}`).toBeGreaterThanOrEqual(0.88);
});
