import wanted from '../../assets/id-wanted.json' with { type: 'json' };

const servers = wanted.map(({ server }) => new RegExp(`^(?:${server})$`, 'i'));

/** Whether a server opens no folder for a program that has not said which one it is (RFC 2971). Old programs never do. */
export function wantsId(server: string): boolean {
  return servers.some((pattern) => pattern.test(server.replace(/\.$/, '')));
}
