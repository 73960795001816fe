/** A server that the person has to confirm: it lies outside the address's domain, and only unsigned DNS vouches for it. */
export const dnsAloneSays = (server: string, address: string) =>
  `DNS alone says that ${server} is the server of ${address}, and DNS can be forged. Your password would be sent to it.`;

/** What an account of the directory that was found for an address is called. */
export const addressBookOf = (address: string) => `Address book of ${address.slice(address.lastIndexOf('@') + 1)}`;
