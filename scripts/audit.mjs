// `npm run audit`: known vulnerabilities in the libraries that run in the product. Plain JavaScript, as test.mjs is.
// Three distinct outcomes: none known (0), some known (1), registry unreachable (0, with a message).
import { pathToFileURL } from 'node:url';
import { npmOutput } from './workspace.mjs';

/**
 * What an answer of `npm audit --json` says.
 *
 * @param {string} output
 * @returns {{ known: string[] | null, words: string }} the packages concerned, or null where the registry could
 *   not be asked
 */
export function verdict(output) {
  try {
    const { vulnerabilities, error, message } = JSON.parse(output);
    if (vulnerabilities) {
      const known = Object.values(vulnerabilities).map(({ name, severity }) => `${name} (${severity})`);
      return known.length === 0
        ? { known, words: 'No vulnerability is known in what runs in the product.' }
        : {
            known,
            words: `Known vulnerabilities in what runs in the product: ${known.join(', ')}. See: npm audit --omit=dev`,
          };
    }
    return unasked(error?.summary || error?.code || message || 'its answer was empty');
  } catch {
    return unasked('its answer could not be read');
  }
}

function unasked(why) {
  return { known: null, words: `Known vulnerabilities were not looked up: ${String(why).split('\n')[0]}` };
}

/** Asks the registry. */
export function audit() {
  return verdict(npmOutput(['audit', '--omit=dev', '--json']));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { known, words } = audit();
  process.stdout.write(`${words}\n`);
  process.exitCode = known && known.length > 0 ? 1 : 0;
}
