import { fileURLToPath } from 'node:url';
import { mergeConfig } from 'vitest/config';
import usual from '../../vitest.config.ts';

// `npm run test:guest`: a mail program in a virtual machine. It is not part of `npm test`: without hardware
// virtualisation, as in a container, starting the machine alone takes a while.
const config = mergeConfig(usual, { root: fileURLToPath(new URL('../..', import.meta.url)) });
config.test.include = ['tests/guest/*.guest.ts'];
config.test.maxWorkers = 1;
config.test.testTimeout = 600_000;
export default config;
