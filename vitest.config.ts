import { defineConfig } from 'vitest/config';

/** GitHub's own parsers import JSON as only a bundler may: vitest reads them itself, instead of Node. */
const languagePackages = [/@actions\/(?:languageservice|workflow-parser|expressions)/];

/** A failure on a machine that nobody can look at is told by what it prints alone: whole values, not their number. */
const chaiConfig = { truncateThreshold: 2_000 };

/**
 * Unit and contract tests share processes, and the modules they have loaded: loading them anew for each file takes as long as
 * the tests themselves. Nothing of ours keeps state between calls that a test could trip over. Tests against real servers
 * run one file at a time, and so do those against programs that other people wrote (`npm run test:conformance`).
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          chaiConfig,
          include: ['test/unit/**/*.test.ts'],
          testTimeout: 60_000,
          isolate: false,
        },
      },
      {
        test: {
          name: 'contract',
          chaiConfig,
          include: ['test/contract/**/*.test.ts'],
          testTimeout: 60_000,
          isolate: false,
          server: { deps: { inline: languagePackages } },
        },
      },
      {
        test: {
          name: 'bundle',
          chaiConfig,
          include: ['test/bundle/**/*.test.ts'],
          testTimeout: 60_000,
          server: { deps: { inline: languagePackages } },
        },
      },
      {
        test: {
          name: 'e2e',
          chaiConfig,
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'conformance',
          chaiConfig,
          include: ['test/conformance/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
