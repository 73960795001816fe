import { sequenceSet } from './imap-text.ts';
import type { Folder, Mailbox, Message } from './mailbox.ts';

/** A message with its number in the session. */
export interface Numbered {
  sequence: number;
  message: Message;
}

/**
 * A selected folder as reported to one session: its numbers change only when the session is told so (RFC 3501 §7.4.1).
 */
export interface Selection {
  readonly folder: Folder;
  readonly readOnly: boolean;
  readonly size: number;
  readonly largestUid: number;
  /** The messages of a sequence set, or of all. */
  messages(set?: string, byUid?: boolean): Numbered[];
  /** Changes flags that the session is told about at once in its own answer. */
  setFlags(message: Message, flags: Iterable<string>): void;
  /**
   * What is new since the session was last told, as untagged responses.
   *
   * @param mayExpunge false in the answer to FETCH, STORE and SEARCH (RFC 3501 §7.4.1)
   */
  news(mayExpunge: boolean): string[];
}

/** Opens a folder for one session. */
export function select(mailbox: Mailbox, folder: Folder, readOnly: boolean): Selection {
  let nextUnknown = folder.uidNext;
  let told = folder.messages.map((message) => ({ message, revision: message.flagsRevision }));
  const largestUid = () => told.at(-1)?.message.uid ?? 0;
  return {
    folder,
    readOnly,
    get size() {
      return told.length;
    },
    get largestUid() {
      return largestUid();
    },
    messages(set, byUid = false) {
      const has = set === undefined ? () => true : sequenceSet(set, byUid ? largestUid() : told.length);
      return told
        .map(({ message }, index) => ({ message, sequence: index + 1 }))
        .filter(({ message, sequence }) => has(byUid ? message.uid : sequence));
    },
    setFlags(message, flags) {
      mailbox.setFlags(folder.name, message.uid, flags);
      const entry = told.find((each) => each.message === message);
      if (entry) entry.revision = message.flagsRevision;
    },
    news(mayExpunge) {
      const lines: string[] = [];
      const present = new Set(folder.messages);
      if (mayExpunge) {
        for (let index = told.length - 1; index >= 0; index -= 1) {
          const entry = told[index];
          if (entry && !present.has(entry.message)) lines.push(`* ${index + 1} EXPUNGE`);
        }
        told = told.filter(({ message }) => present.has(message));
      }
      const fresh = folder.messages.filter(({ uid }) => uid >= nextUnknown);
      if (fresh.length > 0) {
        told.push(...fresh.map((message) => ({ message, revision: message.flagsRevision })));
        lines.push(`* ${told.length} EXISTS`);
      }
      nextUnknown = folder.uidNext;
      told.forEach((entry, index) => {
        const { message } = entry;
        if (entry.revision === message.flagsRevision) return;
        entry.revision = message.flagsRevision;
        lines.push(`* ${index + 1} FETCH (UID ${message.uid} FLAGS (${[...message.flags].join(' ')}))`);
      });
      return lines;
    },
  };
}
