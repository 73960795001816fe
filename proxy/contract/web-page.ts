/**
 * An address that a person's browser may be led to.
 *
 * @param address as somebody outside named it
 * @returns the address, or null unless it is one of a secured web page: others may start programs
 */
export function webPage(address: string): string | null {
  const url = URL.parse(address);
  return url?.protocol === 'https:' ? url.href : null;
}
