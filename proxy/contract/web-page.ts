/**
 * An address that a person's browser may be sent to.
 *
 * @param address as named by an outsider
 * @returns the address, or null unless it is that of an https page: others may start programs
 */
export function webPage(address: string): string | null {
  const url = URL.parse(address);
  return url?.protocol === 'https:' ? url.href : null;
}
