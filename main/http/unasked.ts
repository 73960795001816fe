/** The answer to a connection that is cut before it has sent a request. */
export const unasked = {
  'other-user': 'This is not for you: only programs of the user that runs Postern may ask.',
  unreadable:
    'This system does not tell Postern whose program asks (/proc/net/tcp cannot be read), and only programs of the user that runs it may ask.',
  'too-many': 'Too many programs ask at once.',
} as const;
