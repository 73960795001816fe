import { certificates } from './certificates.ts';
import { computer } from './computer.ts';
import { devices } from './devices.ts';
import { encryption } from './encryption.ts';
import { reaching } from './reaching.ts';
import { signIn } from './sign-in.ts';

/**
 * The catalogue: every failure that is recognised, with its words. Each code has a section of the same name in
 * docs/diagnosis.md, and a test that provokes it through the built product.
 */
export const failures = { ...reaching, ...encryption, ...certificates, ...signIn, ...computer, ...devices };
