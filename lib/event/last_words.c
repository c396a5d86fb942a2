/* SPDX-License-Identifier: Apache-2.0 */
/* Cleaned, masked, and only then cut to size: half a secret is one too. */
#include "event/last_words.h"

#include <stdint.h>
#include <string.h>

#include "base/buffer.h"
#include "base/macros.h"
#include "event/secrets.h"
#include "event/text.h"

enum {
        LINE_READ_MAX = 4096,
        LINE_TOLD_MAX = 1024,
        READ_MAX = 16 * 1024 * 1024, /* of one answer; a byte that is not UTF-8 becomes three */
};

/* Behind the terminal sequence ("\033[1;31m") that begins here; else `at`. */
static const char *after_sequence(const char *at) {
        if (at[0] != '\033' || at[1] != '[')
                return at;
        at += 2;
        at += strspn(at, "0123456789;?");
        return *at >= '@' && *at <= '~' ? at + 1 : at;
}

static void strip(const char *line, size_t size, char ret[LINE_READ_MAX + 1]) {
        const char *end = line + size;
        size_t n = 0;

        while (line < end && n < LINE_READ_MAX) {
                const char *after = after_sequence(line);

                if (after == line)
                        ret[n++] = *line++;
                else
                        line = after;
        }
        ret[n] = '\0';
}

/* A line that says nothing is no line. */
static int add_line(struct Buffer *lines, const char *line, size_t size) {
        char plain[LINE_READ_MAX + 1], clean[LINE_READ_MAX + 1];
        size_t n;
        int r;

        strip(line, size, plain);
        n = event_text_clean(plain, LINE_READ_MAX, clean, sizeof(clean));
        while (n > 0 && clean[n - 1] == ' ')
                n--;
        if (n == 0)
                return 0;
        r = buffer_append(lines, clean, n);
        return r < 0 ? r : buffer_append_char(lines, '\n');
}

static const char *next_line(const char *line) {
        const char *end = strchr(line, '\n');

        return end ? end + 1 : line + strlen(line);
}

static int add_message(struct Buffer *lines, const char *message) {
        int r = 0;

        while (*message != '\0' && r >= 0) {
                r = add_line(lines, message, strcspn(message, "\n"));
                message = next_line(message);
        }
        return r;
}

static size_t told_size(const char *line) {
        return MIN(strcspn(line, "\n"), (size_t) LINE_TOLD_MAX) + 1;
}

/* Of the lines as many of the last ones as `limit` and `room` hold. */
static const char *last_lines(const char *text, size_t limit, size_t room) {
        size_t n = 0, size = 0;

        for (const char *line = text; *line != '\0'; line = next_line(line)) {
                n++;
                size += told_size(line);
        }
        for (; *text != '\0' && (n > limit || size > room); text = next_line(text)) {
                n--;
                size -= told_size(text);
        }
        return text;
}

static int tell(const char *text, char **ret) {
        _cleanup_(buffer_done) struct Buffer told;
        int r = 0;

        buffer_init(&told, LAST_WORDS_MAX);
        for (; *text != '\0' && r >= 0; text = next_line(text)) {
                char line[LINE_TOLD_MAX + 1];
                size_t size = event_text_clean(text, told_size(text) - 1, line, sizeof(line));

                if (told.size > 0)
                        r = buffer_append_char(&told, '\n');
                if (r >= 0)
                        r = buffer_append(&told, line, size);
        }
        if (r >= 0)
                *ret = buffer_take(&told);
        return r;
}

int last_words_text(const char *const *messages, size_t n, unsigned limit, char **ret) {
        _cleanup_(buffer_done) struct Buffer lines, masked;
        const char *last;
        int r = 0;

        buffer_init(&lines, READ_MAX);
        buffer_init(&masked, READ_MAX);
        for (size_t i = 0; i < n && r >= 0; i++)
                r = add_message(&lines, messages[i]);
        /* What has no room is not read: a hostile line costs its length squared. */
        last = last_lines(buffer_text(&lines), MIN(limit, (unsigned) LAST_WORDS_LINES_MAX),
                          LAST_WORDS_MAX);
        if (r >= 0)
                r = secrets_mask(last, &masked);
        if (r >= 0)
                r = tell(last_lines(buffer_text(&masked), SIZE_MAX, LAST_WORDS_MAX), ret);
        return r;
}
