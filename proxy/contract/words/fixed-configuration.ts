/** What is true while somebody has changed the file that Postern writes. @param file where it is */
export const changedByHandWords = (file: string) =>
  `${file} was changed by hand while Postern runs. The change is not in effect, and nothing is saved over it: stop Postern and start it again.`;

/** What a command is told that would change a configuration which Postern does not write. @param file where it is */
export const fixedConfigurationWords = (file: string) =>
  `This Postern takes its configuration from ${file} and never writes it. Change that file; it is read again at once.`;
