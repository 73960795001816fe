/** What a connection is told that is cut before it has asked anything. */
export const unasked = {
  'other-user': 'This is not for you: only programs of the user that runs Postern may ask.',
  unreadable:
    'This system does not tell Postern whose program asks (/proc/net/tcp cannot be read), and only programs of the user that runs it may ask.',
  'too-many': 'Too many programs ask at once.',
} as const;
