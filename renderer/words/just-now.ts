/** A moment that is hardly past. Follows “last encrypted”, “asked”, “ends”. */
export const justNow = 'just now';
