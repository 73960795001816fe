import type { IpcMain, IpcMainEvent, IpcMainInvokeEvent, WebContents } from 'electron';
import * as z from 'zod';
import {
  type CommandName,
  commandInputs,
  errorMessage,
  type PosternApi,
  type ShellInput,
  type ShellRequest,
  shellInputs,
} from '../proxy/contract/index.ts';
import { channels, type ShellAnswer, type ToWindow } from './desktop/channels.ts';
import { isOurSender } from './desktop/window-url.ts';
import { words } from './desktop/words.ts';

/** What the shell does for its window, by request. Rejects with an Error whose message is for people. */
export type ShellRequests = { [R in ShellRequest]: (input: ShellInput<R>) => Promise<unknown> };

/** Only a stuck window reads nothing for this long; its queue is then dropped. */
const maxSubscriptions = 8;

const subscriptionId = z.int().positive();
const commandRequest = z.strictObject({
  id: z.int().positive(),
  name: z.enum(Object.keys(commandInputs) as [CommandName, ...CommandName[]]),
  // Checked by the core, where the command's own schema is.
  input: z.unknown(),
});
const shellCall = z.strictObject({
  request: z.enum(Object.keys(shellInputs) as [ShellRequest, ...ShellRequest[]]),
  input: z.unknown(),
});

type Sender = Pick<IpcMainEvent | IpcMainInvokeEvent, 'sender' | 'senderFrame'>;

/**
 * Answers the windows. Two things about each message are checked before anything is done: who sent it, and what it is.
 *
 * @param isOurWindow whether these web contents belong to one of our windows
 */
export function answerWindows(
  ipcMain: Pick<IpcMain, 'on' | 'handle'>,
  api: PosternApi,
  requests: ShellRequests,
  isOurWindow: (contents: WebContents) => boolean,
): void {
  const subscriptions = new Map<WebContents, Map<number, () => void>>();
  const followed = new WeakSet<WebContents>();
  const isOurs = ({ sender, senderFrame }: Sender) => isOurSender(senderFrame, isOurWindow(sender));

  function send<C extends keyof ToWindow>(contents: WebContents, channel: C, payload: ToWindow[C]): void {
    if (!contents.isDestroyed()) contents.send(channel, payload);
  }

  /** Ends the contents' subscriptions when they are destroyed or reload their document. */
  function endAll(contents: WebContents): void {
    for (const end of subscriptions.get(contents)?.values() ?? []) end();
    subscriptions.delete(contents);
  }

  /** Registered once for all documents that these contents ever show. */
  function follow(contents: WebContents): void {
    if (followed.has(contents)) return;
    followed.add(contents);
    contents.once('destroyed', () => endAll(contents));
    contents.on('did-navigate', () => endAll(contents));
  }

  ipcMain.on(channels.subscribe, (event, given) => {
    const id = subscriptionId.safeParse(given);
    if (!isOurs(event) || !id.success) return;
    const { sender } = event;
    let mine = subscriptions.get(sender);
    if (!mine) {
      mine = new Map();
      subscriptions.set(sender, mine);
      follow(sender);
    }
    if (mine.size >= maxSubscriptions || mine.has(id.data)) return;
    mine.set(
      id.data,
      api.subscribe((message) => send(sender, channels.message, { id: id.data, message })),
    );
  });

  ipcMain.on(channels.unsubscribe, (event, given) => {
    const id = subscriptionId.safeParse(given);
    if (!isOurs(event) || !id.success) return;
    const mine = subscriptions.get(event.sender);
    mine?.get(id.data)?.();
    mine?.delete(id.data);
  });

  ipcMain.handle(channels.command, (event, given) => {
    if (!isOurs(event)) return failed(words.problem.wrongSender);
    const request = commandRequest.safeParse(given);
    if (!request.success) return failed(words.problem.badRequest);
    const { id, name, input } = request.data;
    return api.command(name, input as never, (step) => send(event.sender, channels.progress, { id, step }));
  });

  ipcMain.handle(channels.shell, async (event, given): Promise<ShellAnswer> => {
    if (!isOurs(event)) return { ok: false, message: words.problem.wrongSender };
    const call = shellCall.safeParse(given);
    const input = call.success ? shellInputs[call.data.request].safeParse(call.data.input) : null;
    if (!call.success || !input?.success) return { ok: false, message: words.problem.badRequest };
    try {
      return { ok: true, value: await requests[call.data.request](input.data as never) };
    } catch (error) {
      return { ok: false, message: errorMessage(error) };
    }
  });
}

function failed(message: string) {
  return { ok: false, failure: { code: 'bad-input', message } };
}
