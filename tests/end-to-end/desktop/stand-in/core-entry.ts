import { pathToFileURL } from 'node:url';
import { isInArchive, readArchives } from './asar.ts';

// The start of a utility process: its own entry is imported, as in lib/utility/init.ts.
const [, , entry = ''] = process.argv;
process.argv.splice(1, 1);
if (isInArchive(entry)) readArchives();
await import(pathToFileURL(entry).href);
