import { fileURLToPath } from 'node:url';
import { mergeConfig } from 'vitest/config';
import usual from '../../vitest.config.ts';

// `npm run test:packaged`: the packaged app, named by POSTERN_APP, on a real desktop. It is not part of `npm test`.
const config = mergeConfig(usual, { root: fileURLToPath(new URL('../..', import.meta.url)) });
config.test.include = ['tests/packaged/*.packaged.ts'];
config.test.maxWorkers = 1;
export default config;
