import { defineConfig } from 'vitest/config';

/** Tests run from source: workspace packages resolve through the `bailiwick-source` export condition. */
export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  resolve: { conditions: ['bailiwick-source'] },
  ssr: { resolve: { conditions: ['bailiwick-source'] } },
  test: {
    include: [
      '{protocols,packages}/*/src/**/*.test.ts',
      'test/integration/**/*.test.ts',
      'test/adversarial/**/*.test.ts',
      'test/faults/**/*.test.ts',
    ],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
