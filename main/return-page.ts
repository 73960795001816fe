import { createHash } from 'node:crypto';
import type { EndPage } from '../proxy/oauth/return-address.ts';

/** The window's own colours and dimensions (`renderer/styles/`), as far as one card needs them. */
const style = `
:root{color-scheme:light dark}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:light-dark(#f5f5f3,#161719);
color:light-dark(#1c1e20,#ecedee);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,Ubuntu,Cantarell,"Noto Sans",sans-serif}
main{max-width:26rem;margin:16px;padding:24px;border-radius:12px;background:light-dark(#fff,#202225);
border:1px solid light-dark(#dfdfdb,#34373b);border-left:6px solid var(--tone)}
h1{margin:0 0 8px;font-size:1.6rem;font-weight:650;line-height:1.25}
p{margin:0}
p+p{margin-top:16px;color:light-dark(#565b60,#abb0b6)}
.signed-in{--tone:light-dark(#176b43,#6fd3a0)}
.failed{--tone:light-dark(#a9261d,#ff9b91)}
`;
const styleHash = createHash('sha256').update(style).digest('base64');

/** The page needs nothing and may do nothing: no script runs in it, and it loads nothing. */
export const returnPageHeaders: Record<string, string> = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  Connection: 'close',
};

/** The last page that the browser shows after a sign-in. */
export function returnPage({ outcome, title, sentence }: EndPage): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)} – Postern</title>
<style>${style}</style></head>
<body><main class="${outcome}"><h1>${escaped(title)}</h1><p>${escaped(sentence)}</p><p>Postern</p></main></body></html>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
