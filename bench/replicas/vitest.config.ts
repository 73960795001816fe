import { fileURLToPath } from 'node:url';
import { mergeConfig } from 'vitest/config';
import usual from '../../vitest.config.ts';

// `npm run bench:replicas`: half a minute of load, for a quiet machine. It is not part of `npm test`.
const config = mergeConfig(usual, { root: fileURLToPath(new URL('../..', import.meta.url)) });
config.test.include = ['bench/replicas/*.measure.ts'];
config.test.maxWorkers = 1;
export default config;
