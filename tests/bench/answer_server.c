/* SPDX-License-Identifier: Apache-2.0 */
/* An ECS for measurements, faster than its clients: it answers DescribeServices with services that
 * were written beforehand, and AssumeRole with keys, whoever asks, and refuses everything else. A
 * thread a connection.
 * usage: answer-server PORT_FILE SHARED_FILE SERVICES_FILE SPEED EPOCH [CERTIFICATE KEY]
 * SERVICES_FILE: a line each, its name, a tab, its JSON; of two lines with one name each answer has
 * the other one. Date is EPOCH and SPEED times what has passed since. SHARED_FILE is mapped: see
 * struct Shared. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/textmap.h"

#define AMZ_JSON "application/x-amz-json-1.1"

enum {
        SERVICES_MAX = 200000,
        REQUEST_BYTES_MAX = 64 * 1024,
        BATCH_MAX = 10,
        ANSWER_BYTES_MAX = 16 * 1024 * 1024,
        ARGUMENTS = 6,
        TLS_ARGUMENTS = 8,
};

/* What the measuring program reads while we run; native words. */
struct Shared {
        _Atomic uint64_t calls;          /* of DescribeServices, answered */
        _Atomic uint64_t asked;          /* services in them */
        _Atomic uint64_t roles;          /* AssumeRole */
        _Atomic uint64_t others;         /* refused: we do not know them */
        _Atomic uint64_t never;          /* services that nobody has asked about yet */
        _Atomic uint64_t longest_gap_ms; /* between two looks at one service, on the scaled clock */
        _Atomic uint64_t longest_until_ms; /* when it ended */
        _Atomic uint64_t late;             /* looks after a gap longer than the bound */
        /* Written by the program: */
        _Atomic uint64_t watched_from_ms; /* gaps that began before do not count */
        _Atomic uint64_t gap_bound_ms;
};

struct Service {
        const char *name;
        const char *variants[2];
        size_t sizes[2];
        _Atomic unsigned asked;
        _Atomic uint64_t last_ms; /* 0: never */
};

static struct Service *services;
static size_t n_services;
static struct TextMap by_name;
static struct Shared *shared;
static double speed, epoch;
static struct timespec began;
static SSL_CTX *tls;

static void die(const char *what) {
        fprintf(stderr, "answer-server: %s: %s\n", what, strerror(errno));
        exit(EXIT_FAILURE);
}

/* ---- what is answered ---- */

static char *map_file(const char *path, size_t *ret_size) {
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : -1;
        char *data;

        if (size <= 0)
                die(path);
        data = mmap(NULL, (size_t) size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
        if (data == MAP_FAILED)
                die(path);
        close(fd);
        *ret_size = (size_t) size;
        return data;
}

static void take_line(char *line, char *end) {
        char *tab = memchr(line, '\t', (size_t) (end - line));
        struct Service *last = n_services > 0 ? services + n_services - 1 : NULL;

        if (!tab || n_services == SERVICES_MAX)
                die("a line without a tab, or too many");
        *tab = '\0';
        if (last && strcmp(last->name, line) == 0) {
                last->variants[1] = tab + 1;
                last->sizes[1] = (size_t) (end - tab - 1);
                return;
        }
        last = services + n_services++;
        last->name = line;
        last->variants[0] = last->variants[1] = tab + 1;
        last->sizes[0] = last->sizes[1] = (size_t) (end - tab - 1);
        if (text_map_put(&by_name, line, last, SERVICES_MAX) < 0)
                die(line);
}

static void read_services(const char *path) {
        size_t size;
        char *text = map_file(path, &size), *end;

        services = calloc(SERVICES_MAX, sizeof(*services));
        if (!services)
                die("services");
        for (char *line = text; line < text + size; line = end + 1) {
                end = memchr(line, '\n', (size_t) (text + size - line));
                if (!end)
                        die("a line without an end");
                take_line(line, end);
        }
        atomic_store(&shared->never, n_services);
}

static void share(const char *path) {
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

        if (fd < 0 || ftruncate(fd, sizeof(*shared)) < 0)
                die(path);
        shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (shared == MAP_FAILED)
                die(path);
        close(fd);
}

/* Milliseconds of the scaled clock since 1970. */
static uint64_t now_ms(void) {
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t) ((epoch + speed * ((double) (now.tv_sec - began.tv_sec) +
                                             (double) (now.tv_nsec - began.tv_nsec) / 1e9)) *
                           1000);
}

static void note_look(struct Service *service, uint64_t now) {
        uint64_t last = atomic_exchange(&service->last_ms, now), from, longest;

        atomic_fetch_add(&shared->asked, 1);
        if (last == 0)
                atomic_fetch_sub(&shared->never, 1);
        from = atomic_load(&shared->watched_from_ms);
        if (last == 0 || from == 0 || last < from || now < last)
                return;
        if (now - last > atomic_load(&shared->gap_bound_ms))
                atomic_fetch_add(&shared->late, 1);
        longest = atomic_load(&shared->longest_gap_ms);
        while (now - last > longest)
                if (atomic_compare_exchange_weak(&shared->longest_gap_ms, &longest, now - last)) {
                        atomic_store(&shared->longest_until_ms, now);
                        break;
                }
}

/* ---- one connection ---- */

struct Peer {
        int fd;
        SSL *ssl;
        char buffer[REQUEST_BYTES_MAX];
        size_t size;
        struct Buffer answer; /* written at once */
};

static ssize_t peer_read(struct Peer *peer, void *to, size_t size) {
        return peer->ssl ? SSL_read(peer->ssl, to, (int) size) : read(peer->fd, to, size);
}

static bool peer_send(struct Peer *peer) {
        const char *from = buffer_text(&peer->answer);
        size_t left = peer->answer.size;

        while (left > 0) {
                ssize_t n = peer->ssl ? SSL_write(peer->ssl, from, (int) left)
                                      : send(peer->fd, from, left, MSG_NOSIGNAL);

                if (n <= 0)
                        return false;
                from += n;
                left -= (size_t) n;
        }
        return true;
}

/* The body of the next request, NUL-terminated; NULL: the peer has gone. */
static char *peer_request(struct Peer *peer, size_t *ret_whole) {
        for (;;) {
                char *end, *length;
                ssize_t n;

                peer->buffer[peer->size] = '\0';
                end = strstr(peer->buffer, "\r\n\r\n");
                length = end ? strcasestr(peer->buffer, "content-length:") : NULL;
                if (end) {
                        size_t body =
                                length && length < end
                                        ? strtoul(length + strlen("content-length:"), NULL, 10)
                                        : 0;
                        size_t head = (size_t) (end + 4 - peer->buffer);

                        if (head + body >= sizeof(peer->buffer))
                                return NULL;
                        if (peer->size >= head + body) {
                                *ret_whole = head + body;
                                return peer->buffer + head;
                        }
                }
                if (peer->size + 1 >= sizeof(peer->buffer))
                        return NULL;
                n = peer_read(peer, peer->buffer + peer->size,
                              sizeof(peer->buffer) - 1 - peer->size);
                if (n <= 0)
                        return NULL;
                peer->size += (size_t) n;
        }
}

static int begin_answer(struct Peer *peer, const char *status, size_t size, const char *type,
                        uint64_t now) {
        time_t seconds = (time_t) (now / 1000);
        char date[64];
        struct tm tm;

        gmtime_r(&seconds, &tm);
        strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
        buffer_clear(&peer->answer);
        return buffer_append_format(&peer->answer,
                                    "HTTP/1.1 %s\r\nContent-Type: %s\r\nx-amzn-RequestId: 1\r\n"
                                    "Content-Length: %zu\r\nDate: %s\r\n\r\n",
                                    status, type, size, date);
}

static bool answer_role(struct Peer *peer, uint64_t now) {
        time_t end = (time_t) (now / 1000 + 3600);
        char body[1024], expires[64];
        struct tm tm;
        int n;

        gmtime_r(&end, &tm);
        strftime(expires, sizeof(expires), "%Y-%m-%dT%H:%M:%SZ", &tm);
        n = snprintf(body, sizeof(body),
                     "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAEXAMPLE"
                     "</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t"
                     "</SessionToken><Expiration>%s</Expiration></Credentials></AssumeRoleResult>"
                     "<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>"
                     "</AssumeRoleResponse>",
                     expires);
        atomic_fetch_add(&shared->roles, 1);
        return begin_answer(peer, "200 OK", (size_t) n, "text/xml", now) >= 0 &&
               buffer_append(&peer->answer, body, (size_t) n) >= 0 && peer_send(peer);
}

/* The services that are asked about, by the names in the request's list. */
static size_t find_services(char *body, struct Service *found[BATCH_MAX]) {
        char *name = strstr(body, "\"services\":[");
        size_t n = 0;

        name = name ? name + strlen("\"services\":[") : NULL;
        while (name && *name == '"' && n < BATCH_MAX) {
                char *end = strchr(++name, '"');

                if (!end)
                        break;
                *end = '\0';
                found[n] = text_map_get(&by_name, name);
                if (found[n])
                        n++;
                name = end[1] == ',' ? end + 2 : NULL;
        }
        return n;
}

static bool answer_services(struct Peer *peer, char *body, uint64_t now) {
        static const char HEAD[] = "{\"services\":[", END[] = "],\"failures\":[]}";
        struct Service *found[BATCH_MAX];
        unsigned variants[BATCH_MAX];
        size_t n = find_services(body, found), size = sizeof(HEAD) - 1 + sizeof(END) - 1;
        int r;

        for (size_t i = 0; i < n; i++) {
                variants[i] = atomic_fetch_add(&found[i]->asked, 1) % 2;
                size += found[i]->sizes[variants[i]] + (i > 0);
                note_look(found[i], now);
        }
        r = begin_answer(peer, "200 OK", size, AMZ_JSON, now);
        r = r ?: buffer_append(&peer->answer, HEAD, sizeof(HEAD) - 1);
        for (size_t i = 0; i < n && r >= 0; i++) {
                r = i > 0 ? buffer_append_char(&peer->answer, ',') : 0;
                r = r
                            ?: buffer_append(&peer->answer, found[i]->variants[variants[i]],
                                             found[i]->sizes[variants[i]]);
        }
        r = r ?: buffer_append(&peer->answer, END, sizeof(END) - 1);
        atomic_fetch_add(&shared->calls, 1);
        return r >= 0 && peer_send(peer);
}

static bool refuse(struct Peer *peer, uint64_t now) {
        static const char BODY[] = "{\"__type\":\"UnknownOperationException\"}";

        atomic_fetch_add(&shared->others, 1);
        return begin_answer(peer, "400 Bad Request", sizeof(BODY) - 1, AMZ_JSON, now) >= 0 &&
               buffer_append(&peer->answer, BODY, sizeof(BODY) - 1) >= 0 && peer_send(peer);
}

static bool answer(struct Peer *peer, char *body, uint64_t now) {
        if (strncmp(body, "Action=", 7) == 0)
                return answer_role(peer, now);
        if (!strstr(body, "\"services\":["))
                return refuse(peer, now);
        return answer_services(peer, body, now);
}

static bool peer_greet(struct Peer *peer) {
        if (!tls)
                return true;
        peer->ssl = SSL_new(tls);
        return peer->ssl && SSL_set_fd(peer->ssl, peer->fd) == 1 && SSL_accept(peer->ssl) == 1;
}

static void *serve(void *userdata) {
        struct Peer *peer = userdata;
        size_t whole;
        char *body;
        bool fine = peer_greet(peer);

        while (fine && (body = peer_request(peer, &whole))) {
                uint64_t now = now_ms();
                char after = body[whole - (size_t) (body - peer->buffer)];

                body[whole - (size_t) (body - peer->buffer)] = '\0';
                fine = answer(peer, body, now);
                peer->buffer[whole] = after;
                peer->size -= whole;
                memmove(peer->buffer, peer->buffer + whole, peer->size);
        }
        SSL_free(peer->ssl);
        buffer_done(&peer->answer);
        close(peer->fd);
        free(peer);
        return NULL;
}

/* ---- the door ---- */

static int listen_here(const char *port_file) {
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t size = sizeof(address);
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        FILE *file;

        if (fd < 0 || bind(fd, (struct sockaddr *) &address, size) < 0 || listen(fd, 512) < 0 ||
            getsockname(fd, (struct sockaddr *) &address, &size) < 0)
                die("socket");
        file = fopen(port_file, "we");
        if (!file || fprintf(file, "%u", ntohs(address.sin_port)) < 0 || fclose(file) != 0)
                die(port_file);
        return fd;
}

static void set_up_tls(const char *certificate, const char *key) {
        tls = SSL_CTX_new(TLS_server_method());
        if (!tls || SSL_CTX_set_min_proto_version(tls, TLS1_3_VERSION) != 1 ||
            SSL_CTX_use_certificate_chain_file(tls, certificate) != 1 ||
            SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1)
                die(certificate);
}

int main(int argc, char **argv) {
        static const int on = 1;
        int door;

        if (argc != ARGUMENTS && argc != TLS_ARGUMENTS) {
                fprintf(stderr, "usage: answer-server PORT_FILE SHARED_FILE SERVICES_FILE SPEED "
                                "EPOCH [CERTIFICATE KEY]\n");
                return 64;
        }
        signal(SIGPIPE, SIG_IGN);
        speed = strtod(argv[4], NULL);
        epoch = strtod(argv[5], NULL);
        clock_gettime(CLOCK_MONOTONIC, &began);
        share(argv[2]);
        read_services(argv[3]);
        if (argc == TLS_ARGUMENTS)
                set_up_tls(argv[6], argv[7]);
        door = listen_here(argv[1]);
        for (;;) {
                struct Peer *peer = calloc(1, sizeof(*peer));
                pthread_t thread;

                if (!peer)
                        die("memory");
                buffer_init(&peer->answer, ANSWER_BYTES_MAX);
                peer->fd = accept4(door, NULL, NULL, SOCK_CLOEXEC);
                if (peer->fd < 0)
                        die("accept");
                (void) setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
                if (pthread_create(&thread, NULL, serve, peer) != 0)
                        die("thread");
                pthread_detach(thread);
        }
}
