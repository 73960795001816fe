import { type AccessTokens, NoToken } from '../../../proxy/gate/access-tokens.ts';

/** Gives the tokens of a script, one after the other; `null` stands for a consent that is needed. */
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
    current(account) {
      asked.push(`current ${account}`);
      return next();
    },
    renewed(account, refused) {
      asked.push(`renewed ${account} ${refused}`);
      at += 1;
      return next();
    },
  };
}
