import { pathToFileURL } from 'node:url';
import { isInArchive, readArchives } from './asar.ts';

// The beginning of a utility process: its own entry is imported, as lib/utility/init.ts does it.
const [, , entry = ''] = process.argv;
process.argv.splice(1, 1);
if (isInArchive(entry)) readArchives();
await import(pathToFileURL(entry).href);
