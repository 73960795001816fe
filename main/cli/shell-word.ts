/**
 * Words that need no quoting in any shell of the platform. POSIX: a leading `~` or `=` means something to some shells.
 */
const plain = { posix: /^[\w%+:,./-][\w@%+=:,./-]*$/, windows: /^[\w:./\\-]+$/ };

/**
 * What cmd or PowerShell changes within double quotes, the only ones that both know; PowerShell takes typographic ones for
 * them, and a backslash before the last one would belong to it.
 */
const windowsChanges = /["%$`\u201c-\u201e]|\\$/;

/**
 * A text as one word of a command that a person copies into a shell. Names and folders may have any characters, and a
 * command that is shown must do what it says and nothing else.
 *
 * @param instead the placeholder where the platform's shells have no common way to write it: `NAME`, as in the help
 */
export function shellWord(text: string, instead: string, platform: NodeJS.Platform = process.platform): string {
  if (platform === 'win32') {
    if (plain.windows.test(text)) return text;
    return text === '' || windowsChanges.test(text) ? instead : `"${text}"`;
  }
  return plain.posix.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * The end of a suggested command: names, and the options that it needs, with a blank in front. A name that begins with a dash
 * would be taken for an option.
 *
 * @param options see `commandOptions`
 */
export function operands(names: readonly string[], options: string, platform?: NodeJS.Platform): string {
  const words = names.map((name) => shellWord(name, 'NAME', platform)).join(' ');
  return names.some((name) => name.startsWith('-')) ? `${options} -- ${words}` : ` ${words}${options}`;
}
