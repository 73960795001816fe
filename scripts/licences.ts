import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** File names under which packages ship the text of their licence. */
const licenceFile = /^(?:licen[cs]e|copying|notice)(?:[-.].*)?$/i;

/** The folders of the packages that these files belong to, each once. Our own files belong to none. */
export function packageFolders(files: Iterable<string>): string[] {
  const folders = new Set<string>();
  for (const file of files) {
    const folder = /^(.*\bnode_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file.replaceAll('\\', '/'))?.[1];
    if (folder !== undefined && existsSync(join(folder, 'package.json'))) folders.add(folder);
  }
  return [...folders];
}

/** The licences of Postern and of every package in it, as one plain text. @throws when a package ships none */
export function licencesText(own: string, folders: readonly string[]): string {
  const parts = folders.map(describe).sort((a, b) => a.name.localeCompare(b.name));
  const sections = parts
    .filter(({ text }, index) => parts.findIndex((each) => each.text === text) === index)
    .map(({ text }) => {
      const names = parts.filter((each) => each.text === text).map(({ name }) => name);
      return `${names.join('\n')}\n\n${text}`;
    });
  return [`Postern\n\n${own.trim()}`, ...sections].join(`\n\n${'-'.repeat(72)}\n\n`).concat('\n');
}

function describe(folder: string): { name: string; text: string } {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    [field: string]: string;
  };
  const files = readdirSync(folder).filter((file) => licenceFile.test(file));
  // A package without the text still names its licence.
  if (files.length === 0 && typeof license !== 'string') throw new Error(`${name} says nothing about its licence`);
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim());
  return { name: `${name} ${version}`, text: texts.length > 0 ? texts.join('\n\n') : `Licence: ${license}` };
}
