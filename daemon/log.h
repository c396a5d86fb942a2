/* SPDX-License-Identifier: Apache-2.0 */
/* One event, one entry: to the journal with structured fields, else to standard error. Secrets
 * never pass here. */
#pragma once

#include <stddef.h>
#include <syslog.h>

#include "base/macros.h"

enum LogTarget {
        LOG_TARGET_AUTO, /* the journal when standard error is connected to it, else standard error
                          */
        LOG_TARGET_JOURNAL,
        LOG_TARGET_STDERR,
};
enum LogFormat { LOG_FORMAT_TEXT, LOG_FORMAT_JSON }; /* of standard error */

struct LogField {
        const char *name;  /* as journald wants it: A-Z, 0-9, _ */
        const char *value; /* NULL: left out */
};

enum { LOG_FIELDS_MAX = 32 };

/* Before the first call entries go to standard error as text. JSON implies standard error. */
void log_init(enum LogTarget target, enum LogFormat format);

/* `priority`: syslog's LOG_ERR … LOG_DEBUG; `message_id`: 32 hex digits or NULL. */
void log_event(int priority, const char *message_id, const struct LogField *fields, size_t n_fields,
               const char *message);

void log_line(int priority, const char *format, ...) _printf_(2, 3);

/* One line that may come at every poll: it is logged when its text changes, with how often the one
 * before had come again. Zeroed at first; ended or freed at last. */
enum { LOG_REPEAT_MAX = 512 };
struct LogRepeat {
        char *text; /* NULL: nothing was to be said, or it is over */
        unsigned again;
};
void log_repeat(struct LogRepeat *repeat, int priority, const char *format, ...) _printf_(3, 4);
/* It is over: says how often it came again, if it did. */
void log_repeat_end(struct LogRepeat *repeat);
void log_repeat_free(struct LogRepeat *repeat); /* without a word */

#define log_error(...) log_line(LOG_ERR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_WARNING, __VA_ARGS__)
#define log_notice(...) log_line(LOG_NOTICE, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__) /* only with ECSWATCH_LOG_DEBUG=1 */
