/* SPDX-License-Identifier: Apache-2.0 */
/* The log of API calls. */
#include "calls.h"

#include <errno.h>

#include "base/macros.h"
#include "base/text.h"

void call_log_done(struct CallLog *log) {
        for (size_t i = 0; i < CALLS_KEPT; i++) {
                json_decref(log->calls[i]);
                log->calls[i] = NULL;
        }
        if (log->file)
                fclose(log->file);
        log->file = NULL;
}

int call_log_add(struct CallLog *log, json_t *call) {
        json_t **place = &log->calls[log->n_calls % CALLS_KEPT];

        if (!call)
                return -ENOMEM;
        json_object_set_new(call, "sequence", json_integer((json_int_t) ++log->n_calls));
        json_decref(*place);
        *place = call;
        if (!log->file)
                return 0;
        if (json_dumpf(call, log->file, JSON_COMPACT | JSON_REAL_PRECISION(16)) < 0 ||
            fputc('\n', log->file) == EOF || fflush(log->file) == EOF)
                return -EIO;
        return 0;
}

json_t *call_log_list(const struct CallLog *log, uint64_t since, const char *operation) {
        uint64_t first = log->n_calls > CALLS_KEPT ? log->n_calls - CALLS_KEPT : 0;
        json_t *list = json_array();

        for (uint64_t i = MAX(first, since); list && i < log->n_calls; i++) {
                json_t *call = log->calls[i % CALLS_KEPT];
                const char *name = json_string_value(json_object_get(call, "operation"));

                if (!operation || text_equal(operation, name))
                        json_array_append(list, call);
        }
        return json_pack("{s:o}", "calls", list);
}
