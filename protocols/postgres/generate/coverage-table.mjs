// Writes the table of messages into README.md from src/message-coverage.ts, as it was built last.
import { readFileSync, writeFileSync } from 'node:fs';
import { withCoverageTable } from '../dist/coverage-table.js';

const readme = new URL('../README.md', import.meta.url);
writeFileSync(readme, withCoverageTable(readFileSync(readme, 'utf8')));
