import { setImmediate as nextTurn } from 'node:timers/promises';
import { attempt, type ProcessFiles, processFiles, socketInode } from './process-files.ts';
import { createProcessorShare } from './processor-share.ts';

/**
 * Which running programs have signed in through Postern. A connection of theirs need not be watched for what a web page
 * does, and nobody has to look for a browser behind it.
 */

/** More mail programs than a person has open at once. */
const maxKnown = 8;
/** How many descriptors of a known program are looked at; a mail program has a few hundred. */
const maxDescriptors = 512;
/** How often all processes are searched at most (milliseconds): a program that fetches and ends is never found again. */
const searchEvery = 10_000;
/** After this long, other work has its turn (milliseconds). */
const turnMilliseconds = 1;
/** Of one processor. Measured: 9 ms for a search with 130 programs running. */
const share = 0.05;
const burst = 50;

/** A program at the other end of a connection. */
export interface MailProgram {
  /** Whether it has signed in before, on another connection. */
  readonly known: boolean;
  /** It has signed in: its process will be known. The connection must still be open. */
  signedIn(): void;
  /** It has spoken as a web page does: its process is not known again as long as it runs. */
  foreign(): void;
}

export interface MailPrograms {
  /** @param inode of a socket that is open now */
  of(inode: string): MailProgram;
}

/** One process. Both numbers and programs are used again; all three together are not. */
interface Known {
  process: string;
  began: string;
  program: string;
}

/** @param files this system's by default */
export function createMailPrograms(
  files: ProcessFiles = processFiles,
  now: () => number = () => performance.now(),
): MailPrograms {
  const processor = createProcessorShare(share, burst);
  /** Those that connected last come first. */
  let known: Known[] = [];
  let banned: Known[] = [];
  let searching = false;
  let mayNotSearchBefore = Number.NEGATIVE_INFINITY;

  const describe = (process: string): Known | null =>
    attempt(() => ({ process, began: files.began(process), program: files.program(process) }), null);

  const runs = ({ process, began, program }: Known) => {
    const present = describe(process);
    return present?.began === began && present.program === program;
  };

  function holds({ process }: Known, inode: string): boolean {
    let looked = 0;
    return attempt(() => {
      for (const target of files.descriptors(process)) {
        if (socketInode(target) === inode) return true;
        looked += 1;
        if (looked >= maxDescriptors) break;
      }
      return false;
    }, false);
  }

  function holder(inode: string): Known | null {
    if (known.length === 0) return null;
    known = known.filter(runs);
    const found = known.find((one) => holds(one, inode)) ?? null;
    if (found) remember(found);
    return found;
  }

  function remember(one: Known): void {
    known = [one, ...known.filter(({ process }) => process !== one.process)].slice(0, maxKnown);
  }

  async function search(inode: string): Promise<void> {
    if (searching || now() < mayNotSearchBefore) return;
    searching = true;
    try {
      await processor.turn();
      let began = performance.now();
      // Newer programs have higher numbers, and are more often the one.
      for (const process of attempt(files.processes, []).toReversed()) {
        const one = describe(process);
        if (one && holds(one, inode)) {
          if (!banned.some((other) => other.process === process && other.began === one.began)) remember(one);
          break;
        }
        if (performance.now() - began < turnMilliseconds) continue;
        processor.took(performance.now() - began);
        await nextTurn();
        began = performance.now();
      }
      processor.took(performance.now() - began);
    } finally {
      searching = false;
      mayNotSearchBefore = now() + searchEvery;
    }
  }

  return {
    of(inode) {
      const found = holder(inode);
      return {
        known: found !== null,
        signedIn() {
          if (!found) void search(inode);
        },
        foreign() {
          if (!found) return;
          known = known.filter((one) => one !== found);
          banned = [found, ...banned].slice(0, maxKnown);
        },
      };
    },
  };
}
