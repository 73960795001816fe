import { join } from 'node:path';
import { root } from '../support/sources.ts';

/** Where Debian's kernel is unpacked (scripts/guest.ts): `boot/`, `lib/modules/`. */
export const guestKernel = join(root, 'node_modules', '.cache', 'guest-kernel-with-ppp');
