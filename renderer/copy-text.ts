/**
 * Puts text on the clipboard, in response to a click. Uses the copy command: the tray app grants its window no
 * permissions, and this needs none.
 *
 * @returns whether it worked
 */
export function copyText(text: string): boolean {
  const put = (event: ClipboardEvent) => {
    event.clipboardData?.setData('text/plain', text);
    event.preventDefault();
  };
  document.addEventListener('copy', put);
  try {
    return document.execCommand('copy');
  } finally {
    document.removeEventListener('copy', put);
  }
}
