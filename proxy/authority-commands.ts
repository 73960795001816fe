import type { Configuring } from './configuring.ts';
import type { CommandInput, CommandOutputs } from './contract/index.ts';

type AuthorityCommands = {
  [C in 'readAuthority' | 'addAuthority' | 'removeAuthority' | 'authorities']: (
    input: CommandInput<C>,
  ) => Promise<CommandOutputs[C]>;
};

/**
 * Commands about the certificate authorities that the person trusts beside the public ones. The code they need is
 * loaded on demand.
 */
export function createAuthorityCommands(configuring: Configuring, dataDirectory: string): AuthorityCommands {
  const load = () => import('./config/authorities.ts');
  return {
    readAuthority: async ({ pem }) => ({ certificates: (await load()).readAuthority(pem) }),
    async addAuthority({ pem }) {
      const { addAuthority } = await load();
      await configuring.inTurn(async (turn) => {
        turn.refuseWhereFixed();
        const { next, undo } = await addAuthority(turn.current, dataDirectory, pem);
        await turn.save(next).catch(async (error: unknown) => {
          await undo();
          throw error;
        });
      });
      return null;
    },
    async removeAuthority({ file }) {
      const { removeAuthority } = await load();
      await configuring.inTurn(async (turn) => {
        const { next, tidy } = removeAuthority(turn.current, dataDirectory, file);
        await turn.save(next);
        await tidy();
      });
      return null;
    },
    authorities: async () => ({
      authorities: await (await load()).listAuthorities(configuring.current, dataDirectory),
    }),
  };
}
