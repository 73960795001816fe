import { type ConsentStep, consentOutcomes, type PosternApi } from '../../proxy/contract/index.ts';
import { opener, openInBrowser } from '../open-browser.ts';
import type { Output } from '../output.ts';
import { type CommandContext, CommandProblem, type ExitCode } from './command.ts';
import { failureText, readSnapshot, runCommand } from './running-core.ts';

/** How a person wants to sign in. */
export interface SignInWish {
  account: string;
  browser: boolean;
  device: boolean;
  json: boolean;
  clientSecret: string | undefined;
}

/** Guides a person through the consent at the provider, and waits until the result is stored. Ctrl+C cancels it. */
export async function signInByConsent(
  core: PosternApi,
  { account, browser, device, json, clientSecret }: SignInWish,
  { output }: Pick<CommandContext, 'output'>,
): Promise<ExitCode> {
  const cancel = () => void core.command('cancelSignIn', { account });
  process.on('SIGINT', cancel);
  try {
    const input = { account, device, ...(clientSecret === undefined ? {} : { clientSecret }) };
    const result = await core.command('signIn', input, (step) => {
      if (json) output.json(shownStep(step));
      else output.lines(...stepLines(step));
      if (step.event === 'open' && browser) openConsent(step.url);
    });
    if (result.ok) {
      if (json) output.json({ event: 'signed-in', user: result.value.user });
      else output.lines('', `Signed in as ${result.value.user}. Mail programs of this account go on by themselves.`);
      return 0;
    }
    const { code, reason = code, message } = result.failure;
    if (!json) throw new CommandProblem(await failureText(core, result.failure));
    output.json({ event: 'failed', reason, message });
    return 1;
  } finally {
    process.off('SIGINT', cancel);
  }
}

/** Where the browser of this computer can be shown. It does not matter whether that works: the address is printed, too. */
function openConsent(url: string): void {
  const { DISPLAY, WAYLAND_DISPLAY } = process.env;
  // Over SSH, too: a browser that is shown elsewhere runs here, where the provider sends it back to.
  const how = opener(url, process.platform, { DISPLAY, WAYLAND_DISPLAY });
  if (how) openInBrowser(how, () => undefined);
}

/** Gives the consent back, or has the stored password forgotten. */
export async function signOut(core: PosternApi, account: string, json: boolean, output: Output): Promise<void> {
  const kind = (await readSnapshot(core)).tables.accounts[account]?.signIn.kind;
  const { outcome } = await runCommand(core, 'signOut', { account });
  if (json) output.json({ event: 'signed-out', outcome });
  else output.lines('Signed out.', kind === 'oauth' ? consentOutcomes[outcome] : 'The stored password is forgotten.');
}

function shownStep(step: ConsentStep): object {
  return step.event === 'open' ? step : { event: 'device', url: step.url, code: step.code, expiresAt: step.expiresAt };
}

function stepLines(step: ConsentStep): string[] {
  if (step.event === 'open') {
    return ['Sign in with your browser, on this computer, within five minutes:', '', `  ${step.url}`, '', 'Waiting…'];
  }
  return [
    'Open this address on any machine and type the code. Do so only if you started this here yourself:',
    '',
    `  ${step.url}`,
    `  ${step.code}`,
    '',
    'Waiting…',
  ];
}
