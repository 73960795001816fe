import type { CommandInput, DiscoveryReport, DiscoveryStep } from '../contract/index.ts';
import { CommandFailed } from '../state/command-failed.ts';
import type { DiscoveryContext } from './inquiry.ts';

/** One person looks for one address at a time; several windows may. */
const maxSearches = 4;

/** The searches under way. */
export interface Searches {
  /** @throws CommandFailed */
  run(input: CommandInput<'discover'>, progress?: (step: DiscoveryStep) => void): Promise<DiscoveryReport>;
  cancel(search: string): void;
  /** Ends them all. @param why what they fail with; by default as if they had been cancelled */
  end(why?: CommandFailed): void;
}

/** @param context what a search that begins now may use: settings may change between searches */
export function createSearches(context: () => Promise<DiscoveryContext>): Searches {
  const underWay = new Map<string, AbortController>();
  return {
    async run({ search, address, reading }, progress = () => {}) {
      if (underWay.has(search)) throw new CommandFailed('bad-input', 'A search with this id is under way already.');
      if (underWay.size >= maxSearches) {
        throw new CommandFailed('failed', 'Other searches are under way. Wait until one is done.');
      }
      const controller = new AbortController();
      underWay.set(search, controller);
      try {
        const { discover } = await import('./discover.ts');
        return await discover({ address, reading }, await context(), progress, controller.signal);
      } finally {
        underWay.delete(search);
      }
    },
    cancel: (search) => underWay.get(search)?.abort(),
    end(why) {
      for (const controller of underWay.values()) controller.abort(why);
    },
  };
}
