import { derOfPem } from '../../proxy/contract/index.ts';
import { readArguments } from './arguments.ts';
import { type Command, UsageError } from './command.ts';
import { commandOptions } from './command-options.ts';
import { localCertificateLines } from './device-lines.ts';
import { writeNewFile } from './new-file.ts';
import { runCommand } from './running-core.ts';
import { withRunningCore } from './with-core.ts';

export const command: Command = {
  help: [
    'postern local-certificate: the certificate that Postern shows to devices of the local network.',
    '',
    'Usage: postern local-certificate [--json]       its fingerprint, its names, and until when it is good',
    '       postern local-certificate --pem FILE     writes it as text, to import it into a device',
    '       postern local-certificate --cer FILE     writes it in binary form (DER), for devices that want that',
    '',
    'Needs a running Postern with a relay for devices ("lan"); takes --data-dir FOLDER. The key is not part of it. An',
    'existing file is not overwritten.',
  ],
  async run({ args, output }) {
    const { values } = readArguments(args, {
      json: { type: 'boolean' },
      pem: { type: 'string' },
      cer: { type: 'string' },
    });
    if (values.pem !== undefined && values.cer !== undefined)
      throw new UsageError('One file at a time: --pem FILE or --cer FILE.');
    const options = commandOptions(values['data-dir']);
    return withRunningCore(values['data-dir'], async (core) => {
      const { pem, ...row } = await runCommand(core, 'localCertificate', {});
      const file = values.pem ?? values.cer;
      if (file !== undefined) {
        await writeNewFile(file, values.cer === undefined ? pem : derOfPem(pem));
        output.lines(`${file} holds the certificate.`, ...localCertificateLines(row, options).slice(1));
      } else if (values.json === true) output.json({ ...row, pem });
      else output.lines(...localCertificateLines(row, options));
      return 0;
    });
  },
};
