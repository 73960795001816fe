import { resolve } from 'node:path';
import { readTextFile } from '../../proxy/config/text-file.ts';
import { errorMessage, type Webhook, webhookUrl } from '../../proxy/contract/index.ts';
import type { JudgedFetch } from '../../proxy/oauth/judged-fetch.ts';
import type { Message } from './message.ts';

/**
 * Posts a message as JSON over TLS that was verified by the same rules as a mail server's. URL and token are read again
 * each time, so that they can be replaced, and appear in no error: a URL from a file may itself be a secret.
 *
 * @param directory what paths in the configuration are relative to
 * @throws {Error} in words that complete "the webhook …"
 */
export async function postMessage(
  webhook: Webhook,
  directory: string,
  message: Message,
  fetch: JudgedFetch,
  signal: AbortSignal,
): Promise<void> {
  const { urlFile, tokenFile } = webhook;
  const url = webhook.url ?? (await lineOf(resolve(directory, urlFile ?? ''), '"urlFile"'));
  if (!webhookUrl.safeParse(url).success) throw new Error('has no https URL in the file that "urlFile" names');
  const token = tokenFile === undefined ? null : await lineOf(resolve(directory, tokenFile), '"tokenFile"');
  const { host } = new URL(url);
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(message),
    signal,
  }).catch((error: unknown) => {
    const why = errorMessage(error);
    throw new Error(`at ${host} could not be reached: ${why}`);
  });
  if (!response.ok) throw new Error(`at ${host} answered with status ${response.status}`);
}

/** The one line of a file, which goes into a header or a URL. */
async function lineOf(file: string, key: string): Promise<string> {
  const text = await readTextFile(file).catch(() => null);
  const line = text?.trim() ?? '';
  if (!/^[\x21-\x7e]{1,4096}$/.test(line)) throw new Error(`has no single word in the file that ${key} names`);
  return line;
}
