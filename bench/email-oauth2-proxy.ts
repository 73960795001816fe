import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { freePort, startProgram } from './processes.ts';
import { type Routes, type Runner, started } from './relays.ts';

export const emailProxyName = 'Email OAuth 2.0 Proxy';

/**
 * Email OAuth 2.0 Proxy, which signs in with a token where its client gives a password; tokens come from a server of
 * our own. No package archive has it, so its path has to be given.
 *
 * @param script its `emailproxy.py`; Python needs the package `cryptography`
 */
export async function startEmailProxy(
  { implicit }: Routes,
  directory: string,
  authority: string,
  script: string,
): Promise<Runner> {
  const tokens = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ access_token: 'load', refresh_token: 'load', expires_in: 3600 }));
  }).listen(0, '127.0.0.1');
  await once(tokens, 'listening');
  tokens.unref();
  const port = await freePort();
  const home = join(directory, 'emailproxy');
  mkdirSync(home);
  const file = join(home, 'emailproxy.config');
  const lines = [
    `[POP-${port}]`,
    'server_address = localhost',
    `server_port = ${implicit?.port}`,
    'local_address = 127.0.0.1',
    '[emailproxy]',
    'allow_catch_all_accounts = True',
    '[@]',
    `token_url = http://127.0.0.1:${(tokens.address() as AddressInfo).port}/token`,
    'oauth2_flow = password',
    'oauth2_scope = mail',
    'client_id = load',
    'client_secret = load',
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  const options = ['--no-gui', '--config-file', file, '--log-file', join(home, 'log')];
  // It trusts the authorities that Python trusts.
  const child = startProgram('env', [`SSL_CERT_FILE=${authority}`, 'python3', '-Wignore', script, ...options]);
  return started(emailProxyName, child, new Map([['implicit', port]]));
}
