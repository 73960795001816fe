// A program that writes one file over and over until it is killed. Each text names its number and is long enough to
// be torn by a careless writer; the line on stdout says which write is done.
import { writeFileAtomically } from '../../proxy/config/atomic-file.ts';

const [, , path = ''] = process.argv;
for (let number = 1; ; number += 1) {
  await writeFileAtomically(
    path,
    JSON.stringify({ number, filling: 'x'.repeat(20_000 + (number % 7) * 9_000), end: number }),
  );
  process.stdout.write(`${number}\n`);
}
