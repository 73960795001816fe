import { Duplex } from 'node:stream';
import { LineChannel } from '../net/line-channel.ts';
import type { SignInStep } from './dialect.ts';
import type { Alone } from './own-client.ts';

/** What a dialect asks for beside a mail program, where there is none: what would be said to one goes nowhere. */
export function withoutProgram(alone: Alone): SignInStep {
  const nobody = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  return {
    ...alone,
    client: new LineChannel(nobody),
    clientIdleMilliseconds: alone.replyMilliseconds,
    trace: () => undefined,
    idWanted: false,
    noteIdWanted: () => undefined,
    signedIn: () => undefined,
    wordsFor: () => null,
    note: () => undefined,
  };
}
