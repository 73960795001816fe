import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** React Aria includes its few texts in some thirty languages; the window has only one so far. */
function oneLanguage(): Plugin {
  const otherLanguage = /\/react-aria(?:-components)?\/.*\/intl\/.*\/?(?!en-US)[a-z]{2}-[A-Z]{2}\.m?js$/;
  return {
    name: 'postern:one-language',
    enforce: 'pre',
    load: (id) => (otherLanguage.test(id) ? 'export default {};' : null),
  };
}

export default defineConfig({
  root: import.meta.dirname,
  // The window is served from its own root, by the desktop shell's scheme or by loopback HTTP.
  base: './',
  plugins: [oneLanguage(), react()],
  build: {
    outDir: fileURLToPath(new URL('../dist/renderer', import.meta.url)),
    emptyOutDir: true,
    // Electron's Chromium, and browsers of the last two years.
    target: ['chrome123', 'firefox125', 'safari17.5'],
    // No data: URLs: the content security policy allows none.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    // All of it is read from the local disk whenever the window opens: splitting it would gain nothing.
    chunkSizeWarningLimit: 900,
  },
});
