import { accounts } from './words/accounts.ts';
import { activity } from './words/activity.ts';
import { cards } from './words/cards.ts';
import { certificates } from './words/certificates.ts';
import { devices } from './words/devices.ts';
import { findServers } from './words/find-servers.ts';
import { common, connection, frame } from './words/frame.ts';
import { importAccounts } from './words/import-accounts.ts';
import { overview } from './words/overview.ts';
import { settings } from './words/settings.ts';
import { signIn } from './words/sign-in.ts';
import { unreadable } from './words/unreadable.ts';

/**
 * All of the window's own text, in one catalogue. A translation is another object of this shape, with its language set
 * in `locale.ts`. Arguments come from outside: make them `inert` first.
 */
export const words = {
  accounts,
  activity,
  cards,
  certificates,
  common,
  connection,
  devices,
  findServers,
  frame,
  importAccounts,
  overview,
  settings,
  signIn,
  unreadable,
};
