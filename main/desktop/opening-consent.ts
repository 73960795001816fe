import { type PosternApi, webPage } from '../../proxy/contract/index.ts';

/**
 * The core for windows that lead nowhere: when one of them asks to sign in, the page where the person consents is
 * opened for it. The address comes from the core, never from a window.
 *
 * @param open shows a secured web page in the system's browser
 */
export function openingConsent(core: PosternApi, open: (page: string) => void): PosternApi {
  return {
    subscribe: (listener) => core.subscribe(listener),
    command: (name, input, progress) =>
      core.command(name, input, (step) => {
        const page = 'event' in step && step.event === 'open' ? webPage(step.url) : null;
        if (page !== null) open(page);
        progress?.(step);
      }),
  };
}
