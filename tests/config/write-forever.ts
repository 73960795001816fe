// A program that writes one file again and again until it is killed. Each text contains its number and is long enough
// to be torn by a careless writer; a line on stdout reports each finished write.
import { writeFileAtomically } from '../../proxy/config/atomic-file.ts';

const [, , path = ''] = process.argv;
for (let number = 1; ; number += 1) {
  await writeFileAtomically(
    path,
    JSON.stringify({ number, filling: 'x'.repeat(20_000 + (number % 7) * 9_000), end: number }),
  );
  process.stdout.write(`${number}\n`);
}
