import type { Turn } from './configuring.ts';
import {
  type CertificateQuestion,
  type CommandInput,
  type CommandOutputs,
  canonicalServer,
  isSameServer,
  noSuchQuestion,
  otherNames,
  type RelayConfiguration,
} from './contract/index.ts';
import type { NameTrials } from './discovery/name-trial.ts';
import { CommandFailed } from './state/command-failed.ts';
import type { StateStore } from './state/store.ts';

/**
 * Changes the server's name in the account of a question, once it is verified under the other name.
 *
 * @throws CommandFailed `not-pending`, `not-offered`, or what the trial of the name comes to
 */
export async function renameServer(
  { id, name }: CommandInput<'renameServer'>,
  turn: Turn,
  state: StateStore,
  nameTrials: Pick<NameTrials, 'run'>,
): Promise<CommandOutputs['renameServer']> {
  turn.refuseWhereFixed();
  const question = state.get('questions', id);
  if (!question) throw new CommandFailed('not-pending', noSuchQuestion);
  const { account, host } = question;
  const to = nameFor(question, name);
  const relays = turn.current.accounts.find((each) => each.name === account)?.relays ?? [];
  const concerned = relays.filter(({ server }) => canonicalServer(server) === canonicalServer(host)).filter(isUnproved);
  if (concerned.length === 0) {
    throw new CommandFailed('not-offered', `No relay of this account uses ${host} any more.`);
  }
  const renamed = new Map((await nameTrials.run(concerned, to)).map((relay) => [relay.name, relay]));
  const configuration = turn.current;
  await turn.save({
    ...configuration,
    accounts: configuration.accounts.map((each) =>
      each.name === account ? { ...each, relays: relays.map((relay) => renamed.get(relay.name) ?? relay) } : each,
    ),
  });
  return { account, from: host, to, relays: [...renamed.keys()] };

  /** A server that proved itself under the old name keeps it. */
  function isUnproved(relay: RelayConfiguration): boolean {
    return !state.all('servers').some((row) => isSameServer(relay, row));
  }
}

/** The name to use. @throws CommandFailed `not-offered` when the certificate does not offer it */
function nameFor(question: CertificateQuestion, wanted: string | undefined): string {
  const names = otherNames(question);
  const [likeliest] = names;
  if (likeliest === undefined) {
    throw new CommandFailed(
      'not-offered',
      'There is no other name to use: that takes a server that is new, and a certificate that is in order but for its name, with a whole name in it.',
    );
  }
  if (wanted === undefined) return likeliest;
  const name = names.find((each) => each === wanted.toLowerCase());
  if (name === undefined) {
    throw new CommandFailed('not-offered', `The certificate offers no such name. It offers ${names.join(', ')}.`);
  }
  return name;
}
