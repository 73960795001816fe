/* Read before each of imaptest's sources where scripts/build-imaptest builds them: Debian 12's Dovecot got a security update
   from a later release, whose parser takes one argument more than imaptest of that time gives it. */
#include "lib.h"
#include "istream.h"
#include "imap-parser.h"
#define imap_parser_create(input, output, max_line_size) imap_parser_create(input, output, max_line_size, NULL)
