import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** `npm run test:interop`: drivers of several languages, each direct and through the gateway. */
const config: ViteUserConfig = defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  resolve: { conditions: ['bailiwick-source'] },
  ssr: { resolve: { conditions: ['bailiwick-source'] } },
  test: {
    include: ['test/interop/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 300_000,
    pool: 'forks',
    maxWorkers: 1,
  },
});

export default config;
