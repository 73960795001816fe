/** @param options what the command needs: `commandOptions` */
export function noAccountYet(options: string): string {
  return `There is no account yet. "postern add ADDRESS${options}" creates one from an e-mail address.`;
}
