import { Duplex } from 'node:stream';
import { LineChannel } from '../net/line-channel.ts';
import type { SignInStep } from './dialect.ts';
import type { Alone } from './own-client.ts';

/** Stands in for the mail program where there is none: what would be sent to it is discarded. */
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
