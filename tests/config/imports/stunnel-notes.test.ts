import { expect, test } from 'vitest';
import { stunnelNotes } from '../../../proxy/config/imports/stunnel-notes.ts';

/** Which authorities are kept, and which options get a note. */
function trust(options: Record<string, string>) {
  const { authorities, notes } = stunnelNotes({
    name: 's',
    value: (key) => options[key],
    values: (key) => (options[key] === undefined ? [] : [options[key]]),
    isOn: (key) => options[key] === 'yes',
    keys: Object.keys(options),
  });
  return { authorities, places: notes.map(({ place }) => place) };
}

const checkhost = 'a.example';
test.each<[Record<string, string>, string[], string[]]>([
  [{ verifychain: 'yes', checkhost }, [], []],
  [{ verifychain: 'yes', checkhost, cafile: '/etc/ssl/certs/ca-certificates.crt' }, [], []],
  [{ verifychain: 'yes', checkhost, capath: '/etc/ssl/certs' }, [], []],
  [{ verifychain: 'yes', checkhost, cafile: 'C:\\stunnel\\config\\ca-certs.pem' }, [], []],
  [{ verifychain: 'yes', checkhost, cafile: 'own.pem' }, ['own.pem'], []],
  [{ verify: '2', checkhost, cafile: 'own.pem' }, ['own.pem'], []],
  [{ verify: '1', checkhost, cafile: 'own.pem' }, [], ['[s] verify', '[s] CAfile']],
  [{ verifychain: 'no', cafile: 'own.pem' }, [], ['[s] verifyChain', '[s] CAfile']],
  [{ verify: '4', cafile: 'peer.pem' }, [], ['[s] verify']],
  [{ verify: '3', cafile: 'peer.pem' }, [], ['[s] verify']],
  [{ verifychain: 'yes' }, [], ['[s] checkHost']],
  [{ verifychain: 'yes', checkip: '10.0.0.1' }, [], []],
  [{ verifychain: 'yes', checkhost, pid: '/run/x', socket: 'l:TCP_NODELAY=1', timeoutidle: '1' }, [], []],
])('%j', (options, authorities, places) => expect(trust(options)).toEqual({ authorities, places }));
