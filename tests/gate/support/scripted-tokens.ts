import { type AccessTokens, NoToken } from '../../../proxy/gate/access-tokens.ts';

/** Returns the tokens of a script, one after another; `null` means that consent is needed. */
export function scriptedTokens(...script: (string | null | Error)[]): AccessTokens & { asked: string[] } {
  const asked: string[] = [];
  let at = 0;
  async function next(): Promise<string> {
    const said = script[Math.min(at, script.length - 1)];
    if (said instanceof Error) throw said;
    if (said === null || said === undefined) throw new NoToken('consent-needed');
    return said;
  }
  return {
    asked,
    current(account, server) {
      asked.push(`current ${account} ${server}`);
      return next();
    },
    async keepAlive(account) {
      asked.push(`keepAlive ${account}`);
      await next();
    },
    renewed(account, server, refused) {
      asked.push(`renewed ${account} ${server} ${refused}`);
      at += 1;
      return next();
    },
  };
}
