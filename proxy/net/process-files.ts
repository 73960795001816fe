import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** What is read from `/proc` about running programs, so that a test can replace it. All throw the system's error. */
export interface ProcessFiles {
  /** The numbers of all processes; none on other systems. */
  processes(): string[];
  /** The path of its program (proc_pid_exe(5)). */
  program(process: string): string;
  /** Where the descriptors of a process point, the newest numbers first (proc_pid_fd(5)). */
  descriptors(process: string): Iterable<string>;
  /** When it began, in the kernel's ticks (proc_pid_stat(5)): with its number, this names one process for good. */
  began(process: string): string;
}

/** The inode of a socket that a descriptor points to, or undefined for anything else. */
export function socketInode(target: string): string | undefined {
  return /^socket:\[(\d+)\]$/.exec(target)?.[1];
}

/** Programs end while we look, and those of other users cannot be read. */
export function attempt<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

/** `starttime` is field 22; the second, the name in parentheses, may hold blanks and parentheses itself. */
const fieldsBeforeStart = 19;

export const processFiles: ProcessFiles = {
  processes: () => (process.platform === 'linux' ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : []),
  program: (process) => readlinkSync(`/proc/${process}/exe`),
  *descriptors(process) {
    const folder = `/proc/${process}/fd`;
    for (const descriptor of readdirSync(folder).reverse()) {
      yield attempt(() => readlinkSync(`${folder}/${descriptor}`), '');
    }
  },
  began(process) {
    const stat = readFileSync(`/proc/${process}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[fieldsBeforeStart] ?? '';
  },
};
