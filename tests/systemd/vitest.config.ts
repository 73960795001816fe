import { fileURLToPath } from 'node:url';
import { mergeConfig } from 'vitest/config';
import usual from '../../vitest.config.ts';

// `npm run test:systemd`: the service, and the deb as it is installed, under a systemd that runs. It is no part of `npm test`:
// most containers boot none.
const config = mergeConfig(usual, { root: fileURLToPath(new URL('../..', import.meta.url)) });
config.test.include = ['tests/systemd/*.systemd.ts'];
config.test.maxWorkers = 1;
export default config;
