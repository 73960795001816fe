import { describe, expect, test } from 'vitest';
import { clientCards, findCard } from '../../main/client-cards.ts';

const cards = clientCards();

function found(typed: string): string | string[] {
  const search = findCard(cards, typed);
  return 'card' in search ? search.card.id : search.meant.map(({ id }) => id);
}

describe('a program is found by', () => {
  test.each([
    ['outlook-express', 'outlook-express'],
    ['Outlook Express', 'outlook-express'],
    ['OE', 'outlook-express'],
    ['The Bat!', 'the-bat'],
    ['bat', 'the-bat'],
    ['claws', 'claws-mail'],
    ['Em@iler', 'claris-emailer'],
    ['tiger', 'apple-mail'],
    ['kontact', 'kmail'],
    ['MUTT', 'mutt'],
    ['outlook-2003', 'outlook-2003'],
    ['macoe', 'outlook-express-mac'],
    ['eudora', 'eudora'],
    ['Eudora Light', 'eudora-light'],
    ['pegasus', 'pegasus'],
    ['WinPMail', 'pegasus-2'],
    ['YAM', 'yam'],
    ['NEXTSTEP', 'next-mail'],
    ['bizhub', 'konica-minolta'],
    ['DiskStation', 'synology'],
    ['Officejet', 'hp'],
    ['taskalfa', 'kyocera'],
    ['imageRUNNER', 'canon'],
    ['PVE', 'proxmox'],
    ['printer', 'scanner'],
    ['NAS', 'scanner'],
  ])('%s', (typed, id) => expect(found(typed)).toBe(id));
});

test.each<[string, string[]]>([
  ['outlook 97-2003', ['outlook-2000', 'outlook-2003']],
  ['outlok express', ['outlook-express']],
  ['silpheed', ['sylpheed']],
  ['netscape', ['netscape-3', 'netscape-4', 'mozilla']],
  ['outlook', ['outlook-express', 'outlook-express-mac', 'outlook-2000', 'outlook-2003']],
  ['hikvison', ['hikvision']],
  ['thunderbird', []],
  ['', []],
])('what %j may mean', (typed, ids) => expect(found(typed)).toEqual(ids));
