/*
 * A load server and client outside Node, so that no load program in JavaScript limits a row: POP3 as in
 * bench/load/server.ts, with a thread for each connection. Built and driven by bench/outside.ts.
 *
 *   load serve CERTIFICATE KEY                                  prints {"pop3s":PORT,"pop3":PORT}, runs until stdin ends
 *   load bulk PORT down|up BYTES RECORD CONNECTIONS [AUTHORITY]  BYTES on each connection
 *   load round-trips PORT COUNT [AUTHORITY]
 *   load set-up PORT COUNT TOGETHER [AUTHORITY]
 *
 * With AUTHORITY (PEM) the client speaks TLS itself. It prints an Outcome of bench/load/protocol.ts as JSON.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { block_bytes = 256 * 1024, line_bytes = 512 };

static char block[block_bytes];
static SSL_CTX *tls_context;

/* One side of a connection. Without TLS, `tls` is NULL. */
struct peer {
  int socket;
  SSL *tls;
  char waiting[16 * 1024];
  int from, until;
};

static void die(const char *what) {
  perror(what);
  ERR_print_errors_fp(stderr);
  exit(1);
}

static double now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static double cpu_seconds(void) {
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  return used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static int take_some(struct peer *peer, void *into, int room) {
  return peer->tls ? SSL_read(peer->tls, into, room) : (int)read(peer->socket, into, room);
}

/* Returns 0 when the other side has gone. */
static int give(struct peer *peer, const char *bytes, long long count) {
  while (count > 0) {
    int piece = count > block_bytes ? block_bytes : (int)count;
    int given = peer->tls ? SSL_write(peer->tls, bytes, piece) : (int)write(peer->socket, bytes, piece);
    if (given <= 0) return 0;
    bytes += given;
    count -= given;
  }
  return 1;
}

static int say(struct peer *peer, const char *format, ...) {
  char line[line_bytes];
  va_list with;
  va_start(with, format);
  int length = vsnprintf(line, sizeof line, format, with);
  va_end(with);
  return give(peer, line, length);
}

static int pour(struct peer *peer, long long bytes) {
  for (; bytes > block_bytes; bytes -= block_bytes)
    if (!give(peer, block, block_bytes)) return 0;
  return give(peer, block, bytes);
}

/* Reads a line without its end. Returns 0 when the other side has gone. */
static int read_line(struct peer *peer, char line[line_bytes]) {
  for (int length = 0; length < line_bytes - 1;) {
    if (peer->from == peer->until) {
      peer->from = 0;
      peer->until = take_some(peer, peer->waiting, sizeof peer->waiting);
      if (peer->until <= 0) return peer->until = 0;
    }
    char byte = peer->waiting[peer->from++];
    if (byte == '\n') return line[length] = 0, 1;
    if (byte != '\r') line[length++] = byte;
  }
  return 0;
}

/* Reads and discards this many bytes. */
static int drop(struct peer *peer, long long bytes) {
  static _Thread_local char landing[block_bytes];
  int waiting = peer->until - peer->from;
  if (waiting > bytes) waiting = (int)bytes;
  peer->from += waiting;
  for (bytes -= waiting; bytes > 0;) {
    int got = take_some(peer, landing, bytes > block_bytes ? block_bytes : (int)bytes);
    if (got <= 0) return 0;
    bytes -= got;
  }
  return 1;
}

static void prepare(int socket) {
  int yes = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

static struct peer *new_peer(int socket) {
  struct peer *peer = calloc(1, sizeof *peer);
  if (!peer) die("memory");
  peer->socket = socket;
  prepare(socket);
  return peer;
}

static void end_peer(struct peer *peer) {
  if (peer->tls) SSL_free(peer->tls);
  close(peer->socket);
  free(peer);
}

static int accept_tls(struct peer *peer) {
  peer->tls = SSL_new(tls_context);
  SSL_set_fd(peer->tls, peer->socket);
  return SSL_accept(peer->tls) == 1;
}

/* ---- the server ---- */

struct arrival {
  int socket, implicit;
};

static void converse(struct peer *peer) {
  char line[line_bytes];
  long long bytes;
  int record;
  if (!say(peer, "+OK ready\r\n")) return;
  while (read_line(peer, line)) {
    if (strcmp(line, "CAPA") == 0) {
      say(peer, "+OK\r\nUSER\r\n%s.\r\n", peer->tls ? "" : "STLS\r\n");
    } else if (strcmp(line, "STLS") == 0 && !peer->tls) {
      say(peer, "+OK begin TLS\r\n");
      if (!accept_tls(peer)) return;
    } else if (sscanf(line, "DOWN %lld %d", &bytes, &record) == 2) {
      if (peer->tls) SSL_set_max_send_fragment(peer->tls, record);
      if (!pour(peer, bytes)) return;
    } else if (sscanf(line, "UP %lld", &bytes) == 1) {
      if (!drop(peer, bytes)) return;
      say(peer, "+OK\r\n");
    } else {
      say(peer, "+OK\r\n");
      if (strcmp(line, "QUIT") == 0) {
        if (peer->tls) SSL_shutdown(peer->tls);
        return;
      }
    }
  }
}

static void *attend(void *given) {
  struct arrival arrival = *(struct arrival *)given;
  free(given);
  struct peer *peer = new_peer(arrival.socket);
  if (!arrival.implicit || accept_tls(peer)) converse(peer);
  end_peer(peer);
  return NULL;
}

struct door {
  int socket, implicit;
};

static void *keep_door(void *given) {
  struct door *door = given;
  for (;;) {
    struct arrival *arrival = malloc(sizeof *arrival);
    if (!arrival) die("memory");
    arrival->implicit = door->implicit;
    arrival->socket = accept(door->socket, NULL, NULL);
    pthread_t thread;
    if (arrival->socket < 0 || pthread_create(&thread, NULL, attend, arrival) != 0) die("accept");
    pthread_detach(thread);
  }
  return NULL;
}

static int open_door(struct door *door, int implicit) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof at;
  door->implicit = implicit;
  door->socket = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(door->socket, (struct sockaddr *)&at, length) || listen(door->socket, 4096)) die("listen");
  getsockname(door->socket, (struct sockaddr *)&at, &length);
  pthread_t thread;
  if (pthread_create(&thread, NULL, keep_door, door) != 0) die("thread");
  return ntohs(at.sin_port);
}

static int serve(const char *certificate, const char *key) {
  static struct door pop3s, pop3;
  tls_context = SSL_CTX_new(TLS_server_method());
  if (SSL_CTX_use_certificate_chain_file(tls_context, certificate) != 1) die(certificate);
  if (SSL_CTX_use_PrivateKey_file(tls_context, key, SSL_FILETYPE_PEM) != 1) die(key);
  printf("{\"pop3s\":%d,\"pop3\":%d}\n", open_door(&pop3s, 1), open_door(&pop3, 0));
  fflush(stdout);
  char byte;
  while (read(STDIN_FILENO, &byte, 1) > 0) continue;
  return 0;
}

/* ---- the client ---- */

static int port;

static struct peer *connect_peer(void) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  struct peer *peer = new_peer(socket(AF_INET, SOCK_STREAM, 0));
  char line[line_bytes];
  if (connect(peer->socket, (struct sockaddr *)&to, sizeof to)) die("connect");
  if (tls_context) {
    peer->tls = SSL_new(tls_context);
    SSL_set_fd(peer->tls, peer->socket);
    SSL_set_tlsext_host_name(peer->tls, "localhost");
    SSL_set1_host(peer->tls, "localhost");
    if (SSL_connect(peer->tls) != 1) die("TLS");
  }
  if (!read_line(peer, line) || strncmp(line, "+OK", 3) != 0) die("no greeting");
  return peer;
}

static void ask(struct peer *peer, const char *words) {
  char line[line_bytes];
  if (!say(peer, "%s\r\n", words) || !read_line(peer, line) || strncmp(line, "+OK", 3) != 0) die(words);
}

static void sign_in(struct peer *peer) {
  ask(peer, "USER load");
  ask(peer, "PASS load");
}

/* What the threads of one order share. */
static struct {
  int up, record, left;
  long long bytes;
  double *greeting, *signed_in;
  pthread_mutex_t lock;
} order = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void *carry(void *given) {
  struct peer *peer = given;
  char line[line_bytes];
  say(peer, "%s %lld %d\r\n", order.up ? "UP" : "DOWN", order.bytes, order.record);
  if (order.up ? !pour(peer, order.bytes) || !read_line(peer, line) : !drop(peer, order.bytes)) die("cut short");
  return NULL;
}

static void *set_up(void *unused) {
  (void)unused;
  for (;;) {
    pthread_mutex_lock(&order.lock);
    int mine = --order.left;
    pthread_mutex_unlock(&order.lock);
    if (mine < 0) return NULL;
    double from = now_ms();
    struct peer *peer = connect_peer();
    order.greeting[mine] = now_ms() - from;
    sign_in(peer);
    order.signed_in[mine] = now_ms() - from;
    ask(peer, "QUIT");
    end_peer(peer);
  }
}

static void print_samples(const char *name, const double *samples, int count, const char *behind) {
  printf("\"%s\":[", name);
  for (int each = 0; each < count; each++) printf("%s%.4f", each ? "," : "", samples[each]);
  printf("]%s", behind);
}

static void begin_outcome(double from, double cpu, long long bytes) {
  printf("{\"milliseconds\":%.3f,\"cpuSeconds\":%.4f,\"bytes\":%lld,\"samples\":{", now_ms() - from, cpu_seconds() - cpu, bytes);
}

static void run_threads(void *(*work)(void *), struct peer **peers, int count) {
  pthread_t threads[count];
  for (int each = 0; each < count; each++)
    if (pthread_create(&threads[each], NULL, work, peers ? peers[each] : NULL) != 0) die("thread");
  for (int each = 0; each < count; each++) pthread_join(threads[each], NULL);
}

static void bulk(int connections) {
  struct peer *peers[connections];
  for (int each = 0; each < connections; each++) sign_in(peers[each] = connect_peer());
  double from = now_ms(), cpu = cpu_seconds();
  run_threads(carry, peers, connections);
  begin_outcome(from, cpu, order.bytes * connections);
  puts("}}");
}

static void round_trips(int count) {
  struct peer *peer = connect_peer();
  double *samples = calloc(count, sizeof *samples);
  sign_in(peer);
  for (int warm = 0; warm < 100; warm++) ask(peer, "NOOP");
  double begun = now_ms(), cpu = cpu_seconds();
  for (int each = 0; each < count; each++) {
    double from = now_ms();
    ask(peer, "NOOP");
    samples[each] = now_ms() - from;
  }
  begin_outcome(begun, cpu, 0);
  print_samples("round trip", samples, count, "}}\n");
}

static void set_ups(int count, int together) {
  order.left = count;
  order.greeting = calloc(count, sizeof(double));
  order.signed_in = calloc(count, sizeof(double));
  double from = now_ms(), cpu = cpu_seconds();
  run_threads(set_up, NULL, together);
  begin_outcome(from, cpu, 0);
  print_samples("greeting", order.greeting, count, ",");
  print_samples("signed in", order.signed_in, count, "}}\n");
}

static void trust(const char *authority) {
  tls_context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_verify(tls_context, SSL_VERIFY_PEER, NULL);
  if (SSL_CTX_load_verify_locations(tls_context, authority, NULL) != 1) die(authority);
}

int main(int count, char **words) {
  signal(SIGPIPE, SIG_IGN);
  memset(block, 'x', sizeof block);
  for (int at = 70; at < block_bytes; at += 72) memcpy(block + at, "\r\n", at + 2 <= block_bytes ? 2 : 1);
  const char *what = count > 1 ? words[1] : "";
  if (strcmp(what, "serve") == 0 && count == 4) return serve(words[2], words[3]);
  if (count > 2) port = atoi(words[2]);
  if (strcmp(what, "bulk") == 0 && (count == 7 || count == 8)) {
    if (count == 8) trust(words[7]);
    order.up = strcmp(words[3], "up") == 0;
    order.bytes = atoll(words[4]);
    order.record = atoi(words[5]);
    return bulk(atoi(words[6])), 0;
  }
  if (strcmp(what, "round-trips") == 0 && (count == 4 || count == 5)) {
    if (count == 5) trust(words[4]);
    return round_trips(atoi(words[3])), 0;
  }
  if (strcmp(what, "set-up") == 0 && (count == 5 || count == 6)) {
    if (count == 6) trust(words[5]);
    return set_ups(atoi(words[3]), atoi(words[4])), 0;
  }
  fputs("See the comment at the top of bench/outside/load.c.\n", stderr);
  return 2;
}
