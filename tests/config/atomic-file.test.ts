import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readPrivateFile, UnusableFile, writeFileAtomically } from '../../proxy/config/atomic-file.ts';

const posix = process.platform !== 'win32';
let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'postern-atomic-'));
  file = join(directory, 'trust.json');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('writeFileAtomically', () => {
  test('makes the file, for its user alone, and leaves nothing beside it', async () => {
    await writeFileAtomically(file, '{"é":1}');
    expect(readFileSync(file, 'utf8')).toBe('{"é":1}');
    expect(readdirSync(directory)).toEqual(['trust.json']);
    if (posix) expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('replaces a file whose permissions were wider', async () => {
    writeFileSync(file, 'old', { mode: 0o644 });
    await writeFileAtomically(file, 'new');
    expect(readFileSync(file, 'utf8')).toBe('new');
    if (posix) expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('replaces a link instead of writing where it leads', async () => {
    const elsewhere = join(directory, 'elsewhere');
    writeFileSync(elsewhere, 'theirs');
    symlinkSync(elsewhere, file);
    await writeFileAtomically(file, 'ours');
    expect(readFileSync(elsewhere, 'utf8')).toBe('theirs');
    expect(readFileSync(file, 'utf8')).toBe('ours');
  });

  test('keeps the order of the calls, and the last one stands', async () => {
    await Promise.all(Array.from({ length: 30 }, (_, number) => writeFileAtomically(file, `text ${number}`)));
    expect(readFileSync(file, 'utf8')).toBe('text 29');
    expect(readdirSync(directory)).toEqual(['trust.json']);
  });

  test('says why it failed, leaves the old file and no part of the new one, and works again later', async () => {
    mkdirSync(file);
    writeFileSync(join(file, 'inside'), 'kept');
    await expect(writeFileAtomically(file, 'new')).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST|EPERM/);
    expect(readdirSync(directory)).toEqual(['trust.json']);
    expect(readFileSync(join(file, 'inside'), 'utf8')).toBe('kept');
    rmSync(file, { recursive: true });
    await writeFileAtomically(file, 'new');
    expect(readFileSync(file, 'utf8')).toBe('new');
  });

  test('needs the folder to be there', async () => {
    await expect(writeFileAtomically(join(directory, 'none', 'a.json'), 'x')).rejects.toThrow('ENOENT');
  });

  test('sweeps what a killed process left, and nothing of a live one or of anybody else', async () => {
    const ended = spawn(process.execPath, ['-e', '']);
    await once(ended, 'exit');
    const name = (pid: number | undefined, target = 'trust.json') => `.${target}.${pid}.0123456789ab.temporary`;
    const kept = [name(process.ppid), name(ended.pid, 'config.json'), '.trust.json.swp', 'trust.json'];
    for (const left of [name(ended.pid), ...kept]) writeFileSync(join(directory, left), 'half a te');
    await writeFileAtomically(file, 'whole');
    expect(readdirSync(directory).sort()).toEqual(kept.sort());
  });
});

test('a process killed at 200 random moments never loses the file or leaves a part of it', async () => {
  const program = join(directory, 'write-forever.mjs');
  const entry = fileURLToPath(new URL('./write-forever.ts', import.meta.url));
  await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: program,
    logLevel: 'error',
  });
  await writeFileAtomically(file, JSON.stringify({ number: 0, filling: '', end: 0 }));
  let midway = 0;
  for (let round = 0; round < 200; round += 1) {
    const reported = await killWhileWriting(program, Math.random() * 4);
    const { number, end } = JSON.parse(readFileSync(file, 'utf8')) as { number: number; end: number };
    expect(end).toBe(number);
    expect(number, 'what was reported as written is there').toBeGreaterThanOrEqual(reported);
    if (readdirSync(directory).some((name) => name.endsWith('.temporary'))) midway += 1;
  }
  expect(midway, 'the kill came in the middle of writes too').toBeGreaterThan(10);
  // The next write removes all remains: before it, there are at most those of the last process.
  execFileSync(process.execPath, [
    '--input-type=module',
    '-e',
    `process.argv[2] = ${JSON.stringify(file)};
     process.stdout.write = () => process.exit(0);
     await import(${JSON.stringify(new URL(`file://${program}`).href)});`,
  ]);
  expect(readdirSync(directory).filter((name) => name.endsWith('.temporary'))).toEqual([]);
});

/**
 * Starts the program and kills it after some writes and a random delay.
 *
 * @returns the number of the last write that it reported
 */
async function killWhileWriting(program: string, milliseconds: number): Promise<number> {
  const child: ChildProcess = spawn(process.execPath, [program, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  let last = 0;
  let armed = false;
  child.stdout?.on('data', (chunk: Buffer) => {
    last = Number(chunk.toString().trim().split('\n').at(-1));
    if (armed) return;
    armed = true;
    setTimeout(() => child.kill('SIGKILL'), milliseconds);
  });
  await once(child, 'exit');
  return last;
}

describe('readPrivateFile', () => {
  test('gives the text without a byte order mark, and null when there is no file', async () => {
    expect(await readPrivateFile(file)).toBeNull();
    writeFileSync(file, '\ufeffgrün', { mode: 0o600 });
    expect(await readPrivateFile(file)).toBe('grün');
    writeFileSync(file, '');
    expect(await readPrivateFile(file)).toBe('');
  });

  test('closes a file to group and others', async () => {
    writeFileSync(file, 'x');
    chmodSync(file, 0o664);
    expect(await readPrivateFile(file)).toBe('x');
    expect(statSync(file).mode & 0o777).toBe(posix ? 0o600 : 0o666);
  });

  test('follows no link, wherever it leads', async () => {
    writeFileSync(join(directory, 'elsewhere'), 'x');
    symlinkSync(join(directory, 'elsewhere'), file);
    expect((await refusalOf(readPrivateFile(file))).reason).toBe('symlink');
    rmSync(file);
    symlinkSync(join(directory, 'nowhere'), file);
    expect((await refusalOf(readPrivateFile(file))).reason).toBe('symlink');
  });

  test('refuses what is no plain file, at once', async () => {
    mkdirSync(file);
    const refusal = await refusalOf(readPrivateFile(file));
    expect(refusal.reason).toBe('not-a-file');
    expect(refusal.message).toBe(`${file} is not a plain file`);
    rmSync(file, { recursive: true });
    if (posix) {
      execFileSync('mkfifo', [file]);
      expect((await refusalOf(readPrivateFile(file))).reason).toBe('not-a-file');
    }
  });

  test('reads up to the bound and not a byte more', async () => {
    writeFileSync(file, 'x'.repeat(100), { mode: 0o600 });
    expect(await readPrivateFile(file, 100)).toHaveLength(100);
    expect((await refusalOf(readPrivateFile(file, 99))).reason).toBe('too-large');
    truncateSync(file, 3_000_000_000);
    expect((await refusalOf(readPrivateFile(file))).reason).toBe('too-large');
  });

  test('refuses what is not UTF-8', async () => {
    writeFileSync(file, Buffer.from([0x22, 0xe9, 0x22]), { mode: 0o600 });
    expect((await refusalOf(readPrivateFile(file))).reason).toBe('not-text');
  });
});

async function refusalOf(promise: Promise<unknown>): Promise<UnusableFile> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UnusableFile);
  return error as UnusableFile;
}
