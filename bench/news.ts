import { note } from './bulk.ts';
import type { Runner } from './relays.ts';
import { measure, type Stage } from './stage.ts';
import type { Rows } from './statistics.ts';

const articles = 500;

/** A whole group of news, article by article: each is asked for when the one before it is there. */
export async function runNews(stage: Stage, runners: Runner[], rows: Rows): Promise<void> {
  for (const runner of runners) {
    const port = runner.port('news');
    if (port === null) continue;
    const authority = runner.name === 'direct TLS' ? stage.authorityPem : null;
    const measured = await measure(stage, runner, { kind: 'read-group', port, authority, articles });
    note(rows, { id: 'group', title: `a group of ${articles} articles read over NNTP` }, runner, measured);
  }
}
