import type { PosternApi, PosternBridge, PosternShell } from '../proxy/contract/index.ts';
import { httpApi } from './http-api.ts';

declare global {
  interface Window {
    /** Put there by the desktop shell's preload; absent in a browser. */
    readonly postern?: PosternBridge;
  }
}

/** The running core, over what the desktop shell injected, else over HTTP to where the window came from. */
export const api: PosternApi = window.postern ?? httpApi();

/** What only the desktop shell can do; undefined in a browser. */
export const shell: PosternShell | undefined = window.postern?.shell;
