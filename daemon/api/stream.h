/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the API: the clients of /api/v1/events. */
#pragma once

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "daemon/ledger/ledger.h"

enum { STREAM_BYTES_MAX = 4 << 20 }; /* waiting for one client */

struct Streams {
        struct Stream *first;
        unsigned n;
};

struct Stream {
        struct Streams *streams; /* the list that it is in */
        struct Stream *next;
        struct MHD_Connection *connection;
        struct Buffer waiting; /* what it has not read; `sent` bytes of it are gone */
        size_t sent;
        unsigned n_events; /* in `waiting` */
        bool suspended;
        bool ending; /* closed as soon as `waiting` is read */
};

/* Answers with a stream, first of what the ledger holds after `sequence` (UINT64_MAX: nothing).
 * MHD_NO when memory is short. The response frees it. */
enum MHD_Result stream_begin(struct Streams *streams, struct MHD_Connection *connection,
                             struct Ledger *ledger, uint64_t sequence);

/* To all; a client that lags too far is closed. */
void streams_publish(struct Streams *streams, uint64_t sequence, const char *type,
                     const char *body);
void streams_keep_alive(struct Streams *streams);
void streams_end(struct Streams *streams); /* all end when the server next runs */
