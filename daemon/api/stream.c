/* SPDX-License-Identifier: Apache-2.0 */
/* Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). A client
 * that has read everything is suspended, for libmicrohttpd would ask it again and again; whatever
 * is to be said resumes it. */
#include "daemon/api/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/api.h"
#include "daemon/ledger/events.h"
#include "daemon/ledger/outbox.h"

enum { BLOCK_BYTES = 16 * 1024 };

static void stream_wake(struct Stream *stream) {
        if (!stream->suspended)
                return;
        stream->suspended = false;
        MHD_resume_connection(stream->connection);
}

/* The body is compact JSON: one line, as `data:` wants it. What does not fit ends the stream after
 * what did: the client comes back with the id that it read last. */
static void stream_event(struct Stream *stream, uint64_t sequence, const char *type,
                         const char *body) {
        if (stream->ending)
                return;
        if (stream->n_events >= API_STREAM_QUEUE_MAX ||
            buffer_append_format(&stream->waiting, "id: %llu\nevent: %s\ndata: %s\n\n",
                                 (unsigned long long) sequence, type, body) < 0)
                stream->ending = true;
        else
                stream->n_events++;
}

static ssize_t on_read(void *userdata, uint64_t position, char *data, size_t size) {
        struct Stream *stream = userdata;
        size_t n = MIN(size, stream->waiting.size - stream->sent);

        (void) position;
        if (n > 0) {
                memcpy(data, stream->waiting.data + stream->sent, n);
                stream->sent += n;
                if (stream->sent == stream->waiting.size) {
                        buffer_clear(&stream->waiting);
                        stream->sent = 0;
                        stream->n_events = 0;
                }
                return (ssize_t) n;
        }
        if (stream->ending)
                return MHD_CONTENT_READER_END_OF_STREAM;
        stream->suspended = true;
        MHD_suspend_connection(stream->connection);
        return 0;
}

static void on_free(void *userdata) {
        struct Stream *stream = userdata;

        for (struct Stream **at = &stream->streams->first; *at; at = &(*at)->next)
                if (*at == stream) {
                        *at = stream->next;
                        stream->streams->n--;
                        break;
                }
        buffer_done(&stream->waiting);
        free(stream);
}

static int stream_backlog(struct Stream *stream, struct Ledger *ledger, uint64_t sequence) {
        _cleanup_(arena_freep) struct Arena *arena = arena_new(API_ANSWER_MAX);
        struct EventRecord *events;
        size_t n;
        int r;

        if (!arena)
                return -ENOMEM;
        /* One more than fits: then it ends, and the client asks for the rest. */
        r = ledger_load_events(ledger, sequence, API_STREAM_QUEUE_MAX + 1, arena, &events, &n);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n; i++)
                stream_event(stream, events[i].sequence, events[i].type, events[i].body);
        return 0;
}

enum MHD_Result stream_begin(struct Streams *streams, struct MHD_Connection *connection,
                             struct Ledger *ledger, uint64_t sequence) {
        struct Stream *stream = calloc(1, sizeof(*stream));
        struct MHD_Response *response;
        enum MHD_Result queued;

        if (!stream)
                return MHD_NO;
        stream->streams = streams;
        stream->connection = connection;
        buffer_init(&stream->waiting, STREAM_BYTES_MAX);
        response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, on_read, stream,
                                                     on_free);
        if (!response) {
                buffer_done(&stream->waiting);
                free(stream);
                return MHD_NO;
        }
        stream->next = streams->first;
        streams->first = stream;
        streams->n++;

        /* A first line, so that the client sees the headers at once. */
        (void) buffer_append_text(&stream->waiting, ": ecswatch\n\n");
        if (sequence != UINT64_MAX && stream_backlog(stream, ledger, sequence) < 0)
                stream->ending = true;
        MHD_add_response_header(response, "Content-Type", "text/event-stream");
        MHD_add_response_header(response, "Cache-Control", "no-store");
        queued = MHD_queue_response(connection, MHD_HTTP_OK, response);
        MHD_destroy_response(response); /* the connection holds it, and with it the stream */
        return queued;
}

void streams_publish(struct Streams *streams, uint64_t sequence, const char *type,
                     const char *body) {
        for (struct Stream *s = streams->first; s; s = s->next) {
                stream_event(s, sequence, type, body);
                stream_wake(s);
        }
}

void streams_keep_alive(struct Streams *streams) {
        for (struct Stream *s = streams->first; s; s = s->next) {
                if (s->waiting.size == 0)
                        (void) buffer_append_text(&s->waiting, ":\n\n");
                stream_wake(s);
        }
}

void streams_end(struct Streams *streams) {
        for (struct Stream *s = streams->first; s; s = s->next) {
                buffer_clear(&s->waiting);
                s->sent = 0;
                s->ending = true;
                stream_wake(s);
        }
}
