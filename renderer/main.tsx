import './zod-without-eval.ts';
import { StrictMode } from 'react';
import { I18nProvider } from 'react-aria-components/I18nProvider';
import { createRoot } from 'react-dom/client';
import { api, shell } from './api.ts';
import { App } from './app.tsx';
import { WindowContextProvider } from './live.tsx';
import { Boundary } from './parts/boundary.tsx';
import { PlainButton } from './parts/button.tsx';
import { createTraffic, keepReading } from './traffic.ts';
import { createWindowState, followCore } from './window-state.ts';
import { locale } from './words/locale.ts';
import { words } from './words.ts';

const state = createWindowState();
const traffic = createTraffic(state);
followCore(state, api);
keepReading(traffic);

/** What is left where not even the window's frame can be drawn. */
function lost() {
  return (
    <main>
      <h1>{words.unreadable.window}</h1>
      <p>{words.unreadable.windowHint}</p>
      <PlainButton onPress={() => window.location.reload()}>{words.unreadable.reload}</PlainButton>
    </main>
  );
}

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <I18nProvider locale={locale}>
      <WindowContextProvider value={{ api, shell, state, traffic }}>
        <Boundary about={null} fallback={lost}>
          <App />
        </Boundary>
      </WindowContextProvider>
    </I18nProvider>
  </StrictMode>,
);
