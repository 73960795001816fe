import './zod-without-eval.ts';
import { StrictMode } from 'react';
import { I18nProvider } from 'react-aria-components/I18nProvider';
import { createRoot } from 'react-dom/client';
import { api, shell } from './api.ts';
import { App } from './app.tsx';
import { WindowContextProvider } from './live.tsx';
import { createTraffic, keepReading } from './traffic.ts';
import { createWindowState, followCore } from './window-state.ts';
import { locale } from './words/locale.ts';

const state = createWindowState();
const traffic = createTraffic(state);
followCore(state, api);
keepReading(traffic);

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <I18nProvider locale={locale}>
      <WindowContextProvider value={{ api, shell, state, traffic }}>
        <App />
      </WindowContextProvider>
    </I18nProvider>
  </StrictMode>,
);
