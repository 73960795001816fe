/** One message. Its bytes never change; its flags do. */
export interface Message {
  readonly uid: number;
  readonly bytes: Buffer;
  readonly received: Date;
  readonly flags: ReadonlySet<string>;
  /** Counts changes of the flags, so that a session knows what it has reported. */
  readonly flagsRevision: number;
}

/** A folder of messages, in the order of their UIDs. */
export interface Folder {
  readonly name: string;
  /** RFC 3501 §2.3.1.1: a folder that is created again gets another one. */
  readonly uidValidity: number;
  readonly uidNext: number;
  readonly messages: readonly Message[];
  /** The special use of RFC 6154, such as `\Sent`; null for others. */
  readonly use: string | null;
}

/** The practice account's mail: folders in memory, bounded, gone when the practice ends. */
export interface Mailbox {
  folders(): readonly Folder[];
  folder(name: string): Folder | null;
  /** @returns false when there are too many folders or it exists. */
  create(name: string): boolean;
  /** @returns false when it is one of those that always exist, or does not exist. */
  remove(name: string): boolean;
  /**
   * Adds a message. Line ends become CR LF.
   *
   * @returns null when the mailbox is full.
   */
  add(folder: string, bytes: Buffer, flags?: Iterable<string>, received?: Date): Message | null;
  setFlags(folder: string, uid: number, flags: Iterable<string>): void;
  /** Removes these messages for good. */
  expunge(folder: string, uids: ReadonlySet<number>): void;
  /** Is called when something changed. @returns a function that ends the subscription. */
  watch(listener: () => void): () => void;
}

/** Room for trying out attachments; little enough to go unnoticed in memory. */
export const maxMessageBytes = 10 * 1024 * 1024;
const maxMailboxBytes = 32 * 1024 * 1024;
const maxMessages = 1000;
const maxFolders = 20;

const alwaysThere: [string, string | null][] = [
  ['INBOX', null],
  ['Drafts', '\\Drafts'],
  ['Sent', '\\Sent'],
  ['Trash', '\\Trash'],
];

type Stored = { -readonly [K in keyof Message]: Message[K] };
interface StoredFolder {
  name: string;
  uidValidity: number;
  uidNext: number;
  messages: Stored[];
  use: string | null;
}

/** Creates an empty mailbox with the folders that mail programs look for. */
export function createMailbox(): Mailbox {
  const folders = new Map<string, StoredFolder>();
  const listeners = new Set<() => void>();
  let lastValidity = Math.floor(Date.now() / 1000);
  let size = 0;
  let count = 0;

  const changed = () => {
    for (const listener of listeners) listener();
  };
  const put = (name: string, use: string | null) => {
    lastValidity += 1;
    folders.set(name, { name, uidValidity: lastValidity, uidNext: 1, messages: [], use });
  };
  for (const [name, use] of alwaysThere) put(name, use);
  const find = (name: string) => folders.get(folderName(name)) ?? null;
  const drop = (message: Stored) => {
    size -= message.bytes.length;
    count -= 1;
  };

  return {
    folders: () => [...folders.values()],
    folder: find,
    create(name) {
      if (folders.size >= maxFolders || find(name) !== null || name === '') return false;
      put(name, null);
      return true;
    },
    remove(name) {
      const folder = find(name);
      if (!folder || alwaysThere.some(([each]) => each === folder.name)) return false;
      for (const message of folder.messages) drop(message);
      folders.delete(folder.name);
      changed();
      return true;
    },
    add(name, raw, flags = [], received = new Date()) {
      const folder = find(name);
      const bytes = Buffer.from(raw.toString('latin1').replace(/\r\n|\r|\n/g, '\r\n'), 'latin1');
      if (!folder || count >= maxMessages || size + bytes.length > maxMailboxBytes) return null;
      const message = { uid: folder.uidNext, bytes, received, flags: new Set(flags), flagsRevision: 0 };
      folder.uidNext += 1;
      folder.messages.push(message);
      size += bytes.length;
      count += 1;
      changed();
      return message;
    },
    setFlags(name, uid, flags) {
      const message = find(name)?.messages.find((each) => each.uid === uid);
      if (!message) return;
      message.flags = new Set(flags);
      message.flagsRevision += 1;
      changed();
    },
    expunge(name, uids) {
      const folder = find(name);
      if (!folder) return;
      for (const message of folder.messages) if (uids.has(message.uid)) drop(message);
      folder.messages = folder.messages.filter(({ uid }) => !uids.has(uid));
      changed();
    },
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** INBOX is the one name whose case does not matter (RFC 3501 §5.1). */
function folderName(name: string): string {
  return name.toUpperCase() === 'INBOX' ? 'INBOX' : name;
}
