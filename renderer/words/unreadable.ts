/** Where something cannot be drawn. Postern itself knows nothing of that, and goes on. */
export const unreadable = {
  part: 'Cannot be shown:',
  entry: 'This entry cannot be shown.',
  partHint: 'This window cannot read what Postern says of it. Mail is not affected.',
  page: 'This page cannot be shown.',
  pageHint:
    'Something on it is not as this window expects it. Mail is not affected, and the other pages work. “postern status” and “postern certificates” say the same in a terminal.',
  again: 'Try again',
  waiting: 'This window cannot tell whether a question waits for you. “postern certificates” in a terminal can.',
  badge: 'it is not known whether a question waits',
  window: 'This window cannot be shown',
  windowHint: 'Mail is not affected. “postern status” in a terminal says how things are.',
  reload: 'Load it again',
};
