/* SPDX-License-Identifier: Apache-2.0 */
/* Step 1 of Signature Version 4. Paths are normalised and encoded once more than they are sent, as
 * every service but S3 wants it; queries are decoded and encoded again, so that both spellings of a
 * character give one signature. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "aws/sigv4.h"
#include "base/arena.h"
#include "base/text.h"

/* RFC 3986's unreserved characters stay; everything else becomes %XX. */
static int append_uri_encoded(struct Buffer *buffer, const char *text, size_t size) {
        for (size_t i = 0; i < size; i++) {
                unsigned char c = (unsigned char) text[i];
                bool alphanumeric =
                        (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
                int r;

                if (alphanumeric || c == '-' || c == '.' || c == '_' || c == '~')
                        r = buffer_append_char(buffer, (char) c);
                else
                        r = buffer_append_format(buffer, "%%%02X", c);
                if (r < 0)
                        return r;
        }
        return 0;
}

static void buffer_cut_last_segment(struct Buffer *buffer) {
        while (buffer->size > 0 && buffer->data[buffer->size - 1] != '/')
                buffer->size--;
        if (buffer->size > 0)
                buffer->size--;
        if (buffer->data)
                buffer->data[buffer->size] = '\0';
}

/* RFC 3986 section 5.2.4, with empty segments dropped too, and without its slash for dots at the
 * end: so AWS's own SDK does it. `path` holds "/a/b", without an end
 * slash, after each turn. */
static int append_path_segment(struct Buffer *path, const char *segment, size_t size) {
        int r;

        if (size == 0 || (size == 1 && segment[0] == '.'))
                return 0;
        if (size == 2 && segment[0] == '.' && segment[1] == '.') {
                buffer_cut_last_segment(path);
                return 0;
        }

        r = buffer_append_char(path, '/');
        if (r < 0)
                return r;
        return append_uri_encoded(path, segment, size);
}

static int append_canonical_path(struct Buffer *canonical, const char *text) {
        _cleanup_(buffer_done) struct Buffer path;
        const char *p = text_or_empty(text);
        int r;

        buffer_init(&path, canonical->ceiling);
        while (*p != '\0') {
                size_t n = strcspn(p, "/");

                r = append_path_segment(&path, p, n);
                if (r < 0)
                        return r;

                p += p[n] == '/' ? n + 1 : n;
        }
        if (path.size == 0 || text_ends_with(text, "/")) {
                r = buffer_append_char(&path, '/');
                if (r < 0)
                        return r;
        }
        return buffer_append(canonical, path.data, path.size);
}

struct QueryParameter {
        char *name;
        char *value;
};

static int hex_value(char c) {
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        return -1;
}

/* Decodes and encodes again; a '%' that begins no triplet stands for itself. */
static int query_text(struct Arena *arena, const char *text, size_t size, char **ret) {
        _cleanup_(buffer_done) struct Buffer buffer;
        int r = 0;

        buffer_init(&buffer, SIGV4_CANONICAL_BYTES_MAX);
        for (size_t i = 0; i < size && r >= 0; i++) {
                char c = text[i];

                if (c == '%' && size - i > 2 && hex_value(text[i + 1]) >= 0 &&
                    hex_value(text[i + 2]) >= 0) {
                        c = (char) (hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
                        i += 2;
                }
                r = append_uri_encoded(&buffer, &c, 1);
        }
        if (r < 0)
                return r;

        *ret = arena_copy(arena, buffer_text(&buffer));
        return *ret ? 0 : -ENOMEM;
}

static int query_parameter_parse(struct Arena *arena, const char *text, size_t size,
                                 struct QueryParameter *ret) {
        const char *equals = memchr(text, '=', size);
        size_t name_size = equals ? (size_t) (equals - text) : size;
        int r;

        r = query_text(arena, text, name_size, &ret->name);
        if (r < 0)
                return r;
        return query_text(arena, equals ? equals + 1 : "", equals ? size - name_size - 1 : 0,
                          &ret->value);
}

static int query_parameter_compare(const void *left, const void *right) {
        const struct QueryParameter *a = left, *b = right;
        int c = strcmp(a->name, b->name);

        return c != 0 ? c : strcmp(a->value, b->value);
}

static int append_canonical_query(struct Buffer *canonical, const char *query) {
        struct QueryParameter parameters[SIGV4_QUERY_PARAMETERS_MAX];
        _cleanup_(arena_freep) struct Arena *arena = NULL;
        size_t count = 0;
        int r;

        if (text_is_empty(query))
                return 0;

        /* Three bytes for one, and what the arena rounds up. */
        arena = arena_new(4 * SIGV4_CANONICAL_BYTES_MAX);
        if (!arena)
                return -ENOMEM;

        for (const char *p = query; *p != '\0';) {
                size_t n = strcspn(p, "&");

                if (n > 0) {
                        if (count >= ARRAY_SIZE(parameters))
                                return -E2BIG;
                        r = query_parameter_parse(arena, p, n, &parameters[count]);
                        if (r < 0)
                                return r;
                        count++;
                }
                p += p[n] == '&' ? n + 1 : n;
        }

        qsort(parameters, count, sizeof(parameters[0]), query_parameter_compare);
        for (size_t i = 0; i < count; i++) {
                r = buffer_append_format(canonical, "%s%s=%s", i > 0 ? "&" : "", parameters[i].name,
                                         parameters[i].value);
                if (r < 0)
                        return r;
        }
        return 0;
}

struct IndexedHeader {
        const struct Sigv4Header *header;
        size_t index; /* values of one name keep their order */
};

static int indexed_header_compare(const void *left, const void *right) {
        const struct IndexedHeader *a = left, *b = right;
        int c = strcasecmp(a->header->name, b->header->name);

        if (c != 0)
                return c;
        return a->index < b->index ? -1 : a->index > b->index;
}

static int append_lower(struct Buffer *buffer, const char *text) {
        int r = 0;

        for (; *text != '\0' && r >= 0; text++)
                r = buffer_append_char(buffer, *text >= 'A' && *text <= 'Z'
                                                       ? (char) (*text + 'a' - 'A')
                                                       : *text);
        return r;
}

static bool is_space(char c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Space at both ends goes; runs of it, folded lines too, become one space. */
static int append_trimmed(struct Buffer *buffer, const char *value) {
        bool pending = false, begun = false;
        int r = 0;

        for (; *value != '\0' && r >= 0; value++) {
                if (is_space(*value)) {
                        pending = begun;
                        continue;
                }
                if (pending)
                        r = buffer_append_char(buffer, ' ');
                if (r >= 0)
                        r = buffer_append_char(buffer, *value);
                pending = false;
                begun = true;
        }
        return r;
}

static int append_header(const struct IndexedHeader *headers, size_t i, struct Buffer *canonical,
                         struct Buffer *signed_headers) {
        const struct Sigv4Header *header = headers[i].header;
        bool first = i == 0 || strcasecmp(headers[i - 1].header->name, header->name) != 0;
        int r = 0;

        if (!first) {
                r = buffer_append_char(canonical, ',');
                return r < 0 ? r : append_trimmed(canonical, header->value);
        }

        if (i > 0) {
                r = buffer_append_char(canonical, '\n');
                if (r >= 0)
                        r = buffer_append_char(signed_headers, ';');
        }
        if (r >= 0)
                r = append_lower(signed_headers, header->name);
        if (r >= 0)
                r = append_lower(canonical, header->name);
        if (r >= 0)
                r = buffer_append_char(canonical, ':');
        return r < 0 ? r : append_trimmed(canonical, header->value);
}

static int append_canonical_headers(const struct Sigv4Request *request, struct Buffer *canonical,
                                    struct Buffer *signed_headers) {
        struct IndexedHeader headers[SIGV4_HEADERS_MAX];
        bool has_host = false;
        int r;

        if (request->n_headers > ARRAY_SIZE(headers))
                return -E2BIG;
        for (size_t i = 0; i < request->n_headers; i++) {
                headers[i] = (struct IndexedHeader) {&request->headers[i], i};
                has_host = has_host || strcasecmp(request->headers[i].name, "host") == 0;
        }
        if (!has_host)
                return -EINVAL;

        qsort(headers, request->n_headers, sizeof(headers[0]), indexed_header_compare);
        for (size_t i = 0; i < request->n_headers; i++) {
                r = append_header(headers, i, canonical, signed_headers);
                if (r < 0)
                        return r;
        }
        return 0;
}

int sigv4_canonical_request(const struct Sigv4Request *request, struct Buffer *canonical,
                            struct Buffer *signed_headers) {
        char payload_hash[HASH_HEX_MAX];
        int r;

        r = hash_hex(request->body, request->body_size, payload_hash);
        if (r < 0)
                return r;
        r = buffer_append_format(canonical, "%s\n", request->method);
        if (r < 0)
                return r;
        r = append_canonical_path(canonical, request->path);
        if (r < 0)
                return r;
        r = buffer_append_char(canonical, '\n');
        if (r < 0)
                return r;
        r = append_canonical_query(canonical, request->query);
        if (r < 0)
                return r;
        r = buffer_append_char(canonical, '\n');
        if (r < 0)
                return r;
        r = append_canonical_headers(request, canonical, signed_headers);
        if (r < 0)
                return r;
        return buffer_append_format(canonical, "\n\n%s\n%s", buffer_text(signed_headers),
                                    payload_hash);
}
