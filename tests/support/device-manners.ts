import type { Entry } from './script.ts';

/** How a manner is known: `manual`, from a maker's manual or page; `report`, what somebody saw a device say. */
export interface MannerSource {
  kind: 'manual' | 'report';
  who: string;
  url: string;
}

/** Something that devices and old programs do before the text of a message, and how it goes on. */
export interface Manner {
  manner: string;
  /** None where a device's was looked for and only other programs' were found. */
  device: readonly MannerSource[];
  /** Programs that do it. */
  program?: readonly MannerSource[];
  /** Of how many connections or messages it takes more than a dialogue to show; named there. */
  shownBy?: string;
  /** The dialogue after the greeting, up to whatever comes after MAIL. */
  script?: readonly Entry[];
}

const report = (who: string, url: string): MannerSource => ({ kind: 'report', who, url });
const manual = (who: string, url: string): MannerSource => ({ kind: 'manual', who, url });
const issue = (who: string, path: string) => report(who, `https://github.com/${path}`);

/** An introduction that the server dislikes, so that it is asked again with a name that says nothing. */
const disliked = (hello: string, name: string): Entry[] => [
  ['program', hello],
  ['server hears', `EHLO ${name}`],
  ['server', '501 5.5.4 Invalid domain name'],
  ['server hears', 'EHLO [127.0.0.1]'],
  ['server', '250-mail', '250 SIZE 1000'],
  ['program hears', hello.startsWith('HELO') ? '250 mail.example.org' : '250-mail'],
  ...(hello.startsWith('HELO') ? [] : [['program hears', '250 SIZE 1000'] as const]),
];
const introduced: Entry[] = [
  ['relayed', 'EHLO printer'],
  ['server', '250-mail', '250-SIZE 1000', '250 AUTH PLAIN LOGIN'],
  ['program hears', '250-mail', '250-SIZE 1000', '250-AUTH PLAIN LOGIN', '250 AUTH=LOGIN PLAIN'],
];
const from = (said: string, heard = 'MAIL FROM:<scanner@example.org>'): Entry[] => [
  ...introduced,
  ['program', said],
  ['server hears', heard],
  ['answered', '250 ok'],
];

export const deviceManners: readonly Manner[] = [
  {
    manner: 'HELO without a name',
    device: [
      issue('a UPS', 'OpenSMTPD/OpenSMTPD/issues/1054'),
      issue('a Danfoss drive', 'hanswolff/simple.mailserver/pull/5'),
    ],
    script: [...disliked('HELO', '[127.0.0.1]')],
  },
  {
    manner: 'HELO with a blank behind it, and no name',
    device: [issue('a UPS', 'OpenSMTPD/OpenSMTPD/issues/1054')],
    script: [...disliked('HELO ', '[127.0.0.1]')],
  },
  {
    manner: 'HELO with blanks in the name',
    device: [],
    program: [issue('PhpStorm', 'PHPMailer/PHPMailer/issues/1011')],
    script: [...disliked('HELO my printer', 'my printer')],
  },
  {
    manner: 'HELO with an address',
    device: [
      issue('an HP PageWide MFP 477dw', 'postalserver/postal/issues/2005'),
      issue('an Arduino', 'gregington/SMTPClient/issues/3'),
    ],
    script: [...disliked('HELO 192.168.7.20', '192.168.7.20'), ...disliked('HELO [192.168.7.20]', '[192.168.7.20]')],
  },
  {
    manner: 'HELO with a bare name',
    device: [issue('HP printers', 'postalserver/postal/issues/1245'), issue('a camera', 'koush/scrypted/issues/450')],
    script: [...disliked('HELO medea', 'medea'), ...disliked('EHLO RT-IPC', 'RT-IPC')],
  },
  {
    manner: 'EHLO, HELO, and then AUTH LOGIN all the same',
    device: [
      issue('a camera', 'kost/smtp2mqtt/issues/1'),
      issue('a printer that says HELO alone', 'simonrob/email-oauth2-proxy/issues/232'),
    ],
    script: [
      ['relayed', 'EHLO localhost'],
      ['server', '250-mail', '250 AUTH LOGIN'],
      ['program hears', '250-mail', '250-AUTH LOGIN', '250 AUTH=LOGIN'],
      ['program', 'HELO localhost'],
      ['server hears', 'EHLO localhost'],
      ['server', '250-mail', '250 AUTH LOGIN'],
      ['program hears', '250 mail.example.org'],
      ['relayed', 'AUTH LOGIN'],
      ['answered', '334 VXNlcm5hbWU6'],
      ['relayed', 'dXNlcg=='],
      ['answered', '334 UGFzc3dvcmQ6'],
      ['relayed', 'c2VjcmV0'],
      ['answered', '235 ok'],
    ],
  },
  {
    manner: 'AUTH with two blanks before the credentials',
    device: [],
    program: [issue('Windows Mail', 'modern-email/defects/issues/10')],
    script: [...introduced, ['relayed', 'AUTH PLAIN  AGFsaWNlAGh1bnRlcjI='], ['answered', '235 ok']],
  },
  {
    manner: 'AUTH LOGIN with the user name on the same line',
    device: [issue('a Minolta copier', 'mjl-/mox/issues/387')],
    program: [issue('.NET programs', 'postalserver/postal/issues/250')],
    script: [
      ...introduced,
      ['relayed', 'AUTH LOGIN dXNlcg=='],
      ['answered', '334 UGFzc3dvcmQ6'],
      ['relayed', 'c2VjcmV0'],
      ['answered', '235 ok'],
    ],
  },
  {
    manner: 'a blank before the sender’s address',
    device: [
      issue('a Xerox WorkCentre', 'murphysean/smtp/issues/1'),
      issue('an ESP32 camera', 's60sc/ESP32-CAM_MJPEG2SD/issues/135'),
    ],
    program: [issue('Outlook', 'modern-email/defects/issues/14')],
    script: from('MAIL FROM: <scanner@example.org>'),
  },
  {
    manner: 'blanks around the colon, inside the brackets, and behind them',
    device: [],
    program: [issue('a mailing list program', 'zone-eu/zone-mta/issues/116')],
    script: from('MAIL FROM : < scanner@example.org >  '),
  },
  {
    manner: 'a sender without brackets',
    device: [issue('a MegaRAID disk controller, by its driver', 'cosullivan/SmtpServer/issues/219')],
    program: [
      issue('a program', 'blueimp/aws-smtp-relay/issues/7'),
      manual('Postfix', 'https://www.postfix.org/SMTPD_ACCESS_README.html'),
    ],
    script: from('MAIL FROM:scanner@example.org'),
  },
  {
    manner: 'a dot before the sender’s @',
    device: [issue('HPE iLO 4 and 5', 'nodemailer/smtp-server/issues/259')],
    script: from('MAIL FROM:<scanner.@example.org>', 'MAIL FROM:<scanner.@example.org>'),
  },
  {
    manner: 'the first command before the greeting',
    device: [issue('a camera', 'koush/scrypted/issues/450')],
    shownBy: 'tests/end-to-end/devices.test.ts',
  },
  {
    manner: 'LF alone at the end of commands',
    device: [manual('fax systems, in SurgeMail’s manual', 'https://surgemail.com/knowledge-base/smtp-smuggling')],
    program: [
      issue('OSSEC', 'ossec/ossec-hids/pull/231'),
      issue('check_smtp', 'monitoring-plugins/monitoring-plugins/issues/68'),
    ],
    script: [
      ['program raw', 'EHLO printer\nMAIL FROM:<scanner@example.org>\n'],
      ['server hears', 'EHLO printer'],
      ...introduced.slice(1),
      ['server hears', 'MAIL FROM:<scanner@example.org>'],
      ['answered', '250 ok'],
    ],
  },
  {
    manner: 'a letter at a time, CR and LF apart',
    device: [issue('Arduino boards on Ethernet', 'arduino-libraries/Ethernet/issues/28')],
    program: [
      issue('a person typing', 'mailslurper/mailslurper/issues/68'),
      issue('CR and LF in two packets', 'TheFox/smtpd/pull/15'),
    ],
    script: [
      ...introduced,
      ['program, byte by byte', 'MAIL FROM:<scanner@example.org>'],
      ['server hears', 'MAIL FROM:<scanner@example.org>'],
      ['answered', '250 ok'],
    ],
  },
  {
    manner: 'all commands at once, though nobody offered that',
    device: [issue('VMware ESXi, by a backup script', 'lamw/ghettoVCB/pull/339')],
    shownBy: 'tests/end-to-end/devices.test.ts',
    script: [
      ['program', 'EHLO printer', 'MAIL FROM:<scanner@example.org>'],
      ['server hears', 'EHLO printer'],
      ...introduced.slice(1),
      ['server hears', 'MAIL FROM:<scanner@example.org>'],
      ['answered', '250 ok'],
    ],
  },
  {
    manner: 'takes the first packet of an answer for all of it',
    device: [issue('SIM800 modems', 'emersion/go-smtp/pull/120')],
    shownBy: 'tests/dialects/smtp/device-manners.test.ts',
  },
  {
    manner: 'no QUIT',
    device: [issue('a Hikvision camera (LTS)', 'seydx/homebridge-camera-ui/issues/390')],
    program: [issue('Nodemailer', 'nodemailer/nodemailer/issues/1292')],
    shownBy: 'tests/end-to-end/devices.test.ts',
  },
  {
    manner: 'many connections at once',
    device: [
      manual(
        'LILIN cameras',
        'https://lilin.zendesk.com/hc/en-gb/articles/215620543-What-does-the-SMTP-dwell-option-do-on-an-IP-camera',
      ),
      manual('TriVision cameras', 'https://manualshive.com/ru/manual/trivision/nc-250w/1170102?page=45'),
      manual('Q-See recorders', 'https://manualarchiveguide.com/manuals/Q-See-QC40198-User-Manual-4172254?page=67'),
    ],
    shownBy: 'tests/end-to-end/devices.test.ts',
  },
];

/** A row of the table in docs/device-manners.md. */
export function mannerRow({ manner, device, program = [] }: Manner): string {
  const named = (sources: readonly MannerSource[]) => sources.map(({ who, url }) => `[${who}](${url})`).join(', ');
  return `| ${manner} | ${named(device) || 'none found'} | ${named(program)} |`.replace(/ +/g, ' ');
}
