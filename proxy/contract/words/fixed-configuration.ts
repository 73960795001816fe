/** What a command is told that would change a configuration which Postern does not write. @param file where it is */
export const fixedConfigurationWords = (file: string) =>
  `This Postern takes its configuration from ${file} and never writes it. Change that file; it is read again at once.`;
