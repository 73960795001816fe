import type net from 'node:net';
import { ber, berInteger } from '../../proxy/protocols/ber.ts';
import { readLdapHead } from '../../proxy/protocols/ldap-message.ts';
import { op } from '../../proxy/protocols/ldap-operations.ts';
import { ldapAnswer, ldapMessage, simpleBind } from '../../proxy/protocols/ldap-writer.ts';

// Just enough LDAP (RFC 4511) for a bind, and for searches that find everybody in a small directory.

const entries = 500;
const [octets, sequence, set, boolean] = [0x04, 0x30, 0x31, 0x01];
const text = (value: string) => ber(octets, Buffer.from(value));
const attribute = (name: string, value: string) => ber(sequence, text(name), ber(set, text(value)));

/** What is found: five hundred people with what an address book shows of each. */
const people = Array.from({ length: entries }, (_, at) => [
  text(`uid=person${at},ou=people,dc=example,dc=test`),
  ber(
    sequence,
    attribute('cn', `Person ${at} of the Bench`),
    attribute('sn', 'Bench'),
    attribute('mail', `person${at}@example.test`),
    attribute('telephoneNumber', '+49 30 0123456'),
    attribute('o', 'Example Corporation for Measurements'),
  ),
]);

/** The answer to the search with this number. */
export function found(id: number): Buffer {
  return Buffer.concat([
    ...people.map((fields) => ldapMessage(id, op.searchResultEntry, ...fields)),
    ldapAnswer(id, op.searchResultDone, 0, ''),
  ]);
}

/** The request for everybody below the top. */
export function searchForAll(id: number): Buffer {
  const whole = [berInteger(0x0a, 2), berInteger(0x0a, 0), berInteger(0x02, 0), berInteger(0x02, 0)];
  const any = ber(0x87, Buffer.from('objectClass'));
  return ldapMessage(
    id,
    op.searchRequest,
    text('dc=example,dc=test'),
    ...whole,
    ber(boolean, Buffer.from([0])),
    any,
    ber(sequence),
  );
}

/** A bind as the load client makes it, and how many bytes its answer has. */
export const bind = simpleBind(1, 'uid=load', 'load');
export const bound = ldapAnswer(1, op.bindResponse, 0, '');

/** Made once: what is measured is carrying them. */
const answers = new Map<number, Buffer>();

/** Serves one connection. */
export function serveDirectory(socket: net.Socket): void {
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (
      let head = readLdapHead(rest);
      typeof head === 'object' && head.end <= rest.length;
      head = readLdapHead(rest)
    ) {
      const { id, op: request, end } = head;
      rest = rest.subarray(end);
      if (request.tag === op.bindRequest) socket.write(bound);
      if (request.tag !== op.searchRequest) continue;
      const answer = answers.get(id) ?? found(id);
      answers.set(id, answer);
      socket.write(answer);
    }
  });
  socket.on('end', () => socket.end());
  socket.on('error', () => socket.destroy());
}
