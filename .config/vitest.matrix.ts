import { defineConfig, mergeConfig, type ViteUserConfig } from 'vitest/config';
import base from './vitest.ts';

/**
 * `npm run test:matrix`: the whole-system tests against an older PostgreSQL. Left out are the files that hold the
 * reviewed tables and the syntax of the newest version to that version; they start older servers by themselves where
 * it matters.
 */
const config: ViteUserConfig = mergeConfig(base, defineConfig({ test: { include: [] } }));
config.test = {
  ...config.test,
  include: ['test/integration/**/*.test.ts', 'test/adversarial/**/*.test.ts'],
  exclude: [
    '**/node_modules/**',
    'test/integration/understanding/**',
    'test/integration/value-formats.test.ts',
    'test/integration/read-catalog.test.ts',
    'test/integration/builtin-functions.test.ts',
  ],
};

export default config;
