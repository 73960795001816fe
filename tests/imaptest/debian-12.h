/* Included before each of imaptest's sources when scripts/build-imaptest builds them: Debian 12's Dovecot received a
   security update from a later release, whose parser takes one more argument than imaptest passed at that time. */
#include "lib.h"
#include "istream.h"
#include "imap-parser.h"
#define imap_parser_create(input, output, max_line_size) imap_parser_create(input, output, max_line_size, NULL)
