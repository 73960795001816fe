import { fileURLToPath } from 'node:url';
import { mergeConfig } from 'vitest/config';
import usual from '../../vitest.config.ts';

// `npm run test:imaptest`: Dovecot's scripted tests, with the program that IMAPTEST names. It is not part of `npm
// test`: nobody packages that program.
const config = mergeConfig(usual, { root: fileURLToPath(new URL('../..', import.meta.url)) });
config.test.include = ['tests/imaptest/*.imaptest.ts'];
config.test.maxWorkers = 1;
export default config;
