/* SPDX-License-Identifier: Apache-2.0 */
/* Journal entries, or lines on standard error. */
#include "daemon/log.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/text.h"
#include "base/time.h"
#include "daemon/clock.h"

enum { ENTRY_BYTES_MAX = 128 * 1024 };

static struct {
        bool journal;
        enum LogFormat format;
        bool debug;
} out;

/* systemd tells by JOURNAL_STREAM which file of ours is the journal's. Source: systemd.exec(5). */
static bool stderr_is_journal(void) {
        const char *stream = getenv("JOURNAL_STREAM");
        unsigned long long device, inode;
        struct stat st;

        if (!stream || sscanf(stream, "%llu:%llu", &device, &inode) != 2 ||
            fstat(STDERR_FILENO, &st) < 0)
                return false;
        return st.st_dev == device && st.st_ino == inode;
}

void log_init(enum LogTarget target, enum LogFormat format) {
        const char *debug = getenv("ECSWATCH_LOG_DEBUG");

        out.format = format;
        out.debug = text_equal(debug, "1");
        out.journal =
                format == LOG_FORMAT_TEXT && (target == LOG_TARGET_JOURNAL ||
                                              (target == LOG_TARGET_AUTO && stderr_is_journal()));
}

static void add_vector(struct iovec *vectors, size_t *n, struct Buffer *buffer) {
        if (buffer->size > 0)
                vectors[(*n)++] = (struct iovec) {buffer->data, buffer->size};
}

static int send_to_journal(int priority, const char *message_id, const struct LogField *fields,
                           size_t n_fields, const char *message) {
        struct Buffer parts[LOG_FIELDS_MAX + 3];
        struct iovec vectors[LOG_FIELDS_MAX + 3];
        size_t n_parts = 0, n = 0;
        int r;

        for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
                buffer_init(parts + i, ENTRY_BYTES_MAX);
        (void) buffer_append_format(parts + n_parts++, "MESSAGE=%s", message);
        (void) buffer_append_format(parts + n_parts++, "PRIORITY=%d", priority);
        if (message_id)
                (void) buffer_append_format(parts + n_parts++, "MESSAGE_ID=%s", message_id);
        for (size_t i = 0; i < n_fields && i < LOG_FIELDS_MAX; i++)
                if (!text_is_empty(fields[i].value))
                        (void) buffer_append_format(parts + n_parts++, "%s=%s", fields[i].name,
                                                    fields[i].value);
        for (size_t i = 0; i < n_parts; i++)
                add_vector(vectors, &n, parts + i);

        r = sd_journal_sendv(vectors, (int) n);
        for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
                buffer_done(parts + i);
        return r;
}

/* Texts of the outside world may not be UTF-8; jansson would refuse the whole entry. */
static json_t *json_text(const char *text) {
        json_t *value = json_string(text);
        char *copy;

        if (value)
                return value;
        copy = strdup(text);
        if (!copy)
                return NULL;
        for (char *p = copy; *p != '\0'; p++)
                if ((unsigned char) *p >= 0x80)
                        *p = '?';
        value = json_string(copy);
        free(copy);
        return value;
}

static void write_json(int priority, const char *message_id, const struct LogField *fields,
                       size_t n_fields, const char *message) {
        json_t *entry = json_object();
        char time[TIME_TEXT_MAX], digit[2] = {(char) ('0' + priority), '\0'};

        json_object_set_new(entry, "TIME",
                            json_string(time_format_rfc3339_ms(clock_realtime(), time)));
        json_object_set_new(entry, "PRIORITY", json_string(digit));
        if (message_id)
                json_object_set_new(entry, "MESSAGE_ID", json_string(message_id));
        json_object_set_new(entry, "MESSAGE", json_text(message));
        for (size_t i = 0; i < n_fields; i++)
                if (!text_is_empty(fields[i].value))
                        json_object_set_new(entry, fields[i].name, json_text(fields[i].value));

        json_dumpf(entry, stderr, JSON_COMPACT);
        fputc('\n', stderr);
        json_decref(entry);
}

static void write_text(int priority, const char *message) {
        char time[TIME_TEXT_MAX];

        if (isatty(STDERR_FILENO))
                fprintf(stderr, "%s ", time_format_rfc3339(clock_realtime(), time));
        else
                fprintf(stderr, "<%d>", priority); /* sd-daemon(3): journald reads it from a pipe */
        for (const char *p = message; *p != '\0'; p++)
                fputc(*p == '\n' ? ' ' : *p, stderr);
        fputc('\n', stderr);
}

void log_event(int priority, const char *message_id, const struct LogField *fields, size_t n_fields,
               const char *message) {
        if (priority == LOG_DEBUG && !out.debug)
                return;
        if (out.journal && send_to_journal(priority, message_id, fields, n_fields, message) >= 0)
                return;
        if (out.format == LOG_FORMAT_JSON)
                write_json(priority, message_id, fields, n_fields, message);
        else
                write_text(priority, message);
}

void log_line(int priority, const char *format, ...) {
        struct Buffer message;
        va_list arguments;

        buffer_init(&message, ENTRY_BYTES_MAX);
        va_start(arguments, format);
        (void) buffer_append_vformat(&message, format, arguments);
        va_end(arguments);
        log_event(priority, NULL, NULL, 0, buffer_text(&message));
        buffer_done(&message);
}

void log_repeat_free(struct LogRepeat *repeat) {
        free(repeat->text);
        *repeat = (struct LogRepeat) {};
}

void log_repeat_end(struct LogRepeat *repeat) {
        if (repeat->again > 0)
                log_line(LOG_NOTICE, "%u times more until now: %s", repeat->again, repeat->text);
        log_repeat_free(repeat);
}

void log_repeat(struct LogRepeat *repeat, int priority, const char *format, ...) {
        char text[LOG_REPEAT_MAX];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        if (text_equal(repeat->text, text)) {
                repeat->again++;
                return;
        }
        log_repeat_end(repeat);
        repeat->text = strdup(text); /* NULL: it is said again next time */
        log_line(priority, "%s", text);
}
