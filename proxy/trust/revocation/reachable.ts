import { isIP } from 'node:net';
import { addressList, plainAddress } from '../../net/addresses.ts';
import { addressBytes } from '../judging/server-name.ts';

/**
 * Which addresses a list may be fetched from. An address in a certificate is chosen by its issuer, so it must not lead
 * to a router's or another program's port on this computer or its network. Only if the server itself is there may its
 * authority be there, too.
 */

type Reach = 'public' | 'private' | 'loopback' | 'never';

const lists = {
  loopback: addressList(['127.0.0.0/8', '::1/128']),
  // RFC 1918, RFC 6598, RFC 4193; and RFC 2544, which VPN programs use for the names that they answer for.
  private: addressList(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '198.18.0.0/15', 'fc00::/7']),
  // No host, many hosts, or link-local: cloud machines reveal secrets at 169.254.169.254. Tunnels (6to4, Teredo) hide
  // where they end.
  never: addressList([
    '0.0.0.0/8',
    '169.254.0.0/16',
    '192.0.0.0/24',
    '224.0.0.0/3',
    '::/96',
    '64:ff9b:1::/48',
    '2001::/32',
    '2002::/16',
    'fe80::/10',
    'fec0::/10',
    'ff00::/8',
  ]),
};

/** IPv4 addresses inside IPv6: mapped (RFC 4291 §2.5.5.2) and translated (RFC 6052 §2.1). */
const carriers = ['00000000000000000000ffff', '0064ff9b0000000000000000'];

function reachOf(address: string): Reach {
  const family = isIP(address);
  if (family === 0) return 'never';
  const bytes = addressBytes(address);
  if (family === 6 && carriers.includes(bytes.toString('hex', 0, 12))) return reachOf(bytes.subarray(12).join('.'));
  // A zone says nothing about where it leads.
  const plain = plainAddress(address);
  if (lists.loopback.has(plain)) return 'loopback';
  if (lists.private.has(plain)) return 'private';
  return lists.never.has(plain) ? 'never' : 'public';
}

/**
 * @param server the address at which the mail server was reached; undefined if unknown
 * @returns whether its lists may come from an address
 */
export function reachableBeside(server: string | undefined): (address: string) => boolean {
  const own = server === undefined ? 'public' : reachOf(server);
  const allowed: Record<Reach, boolean> = {
    public: true,
    private: own === 'private' || own === 'loopback',
    loopback: own === 'loopback',
    never: false,
  };
  return (address) => allowed[reachOf(address)];
}
