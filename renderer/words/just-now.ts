/** A moment that is hardly past. Follows “last connected securely”, “asked”, “ends”. */
export const justNow = 'just now';
