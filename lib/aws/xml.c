/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over the bytes with a stack of open elements. */
#include "aws/xml.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct Slice {
        const char *data;
        size_t size;
};

struct XmlReader {
        const char *p;
        const char *end;
        struct Slice open[AWS_XML_DEPTH_MAX];
        size_t depth;
};

static bool at(const struct XmlReader *reader, const char *text) {
        size_t n = strlen(text);

        return (size_t) (reader->end - reader->p) >= n && memcmp(reader->p, text, n) == 0;
}

/* Moves behind the next `text`. */
static int skip_past(struct XmlReader *reader, const char *text) {
        const char *found =
                memmem(reader->p, (size_t) (reader->end - reader->p), text, strlen(text));

        if (!found)
                return -EINVAL;
        reader->p = found + strlen(text);
        return 0;
}

/* True when the open elements' names end in those of `path`. */
static bool path_matches(const struct XmlReader *reader, const char *path) {
        const char *end = path + strlen(path);
        size_t depth = reader->depth;

        for (;;) {
                const char *slash = memrchr(path, '/', (size_t) (end - path));
                const char *name = slash ? slash + 1 : path;
                size_t n = (size_t) (end - name);

                if (depth-- == 0 || reader->open[depth].size != n ||
                    memcmp(reader->open[depth].data, name, n) != 0)
                        return false;
                if (!slash)
                        return true;
                end = slash;
        }
}

static bool is_name_end(char c) {
        return c == '>' || c == '/' || c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct Slice name_read(struct XmlReader *reader) {
        struct Slice name = {.data = reader->p};

        while (reader->p < reader->end && !is_name_end(*reader->p))
                reader->p++;
        name.size = (size_t) (reader->p - name.data);
        return name;
}

/* Behind the '>' of a start tag; a '>' in a quoted attribute does not count. */
static int attributes_skip(struct XmlReader *reader, bool *ret_is_empty) {
        char quote = '\0';

        for (; reader->p < reader->end; reader->p++) {
                char c = *reader->p;

                if (quote != '\0') {
                        if (c == quote)
                                quote = '\0';
                } else if (c == '"' || c == '\'') {
                        quote = c;
                } else if (c == '<') {
                        return -EINVAL;
                } else if (c == '>') {
                        *ret_is_empty = reader->p[-1] == '/';
                        reader->p++;
                        return 0;
                }
        }
        return -EINVAL;
}

static int start_tag_read(struct XmlReader *reader, bool *ret_is_empty) {
        struct Slice name;

        reader->p++;
        name = name_read(reader);
        if (name.size == 0 || reader->depth >= AWS_XML_DEPTH_MAX)
                return -EINVAL;
        reader->open[reader->depth++] = name;
        return attributes_skip(reader, ret_is_empty);
}

static int end_tag_read(struct XmlReader *reader) {
        struct Slice name, expected;

        reader->p += strlen("</");
        name = name_read(reader);
        if (reader->depth == 0)
                return -EINVAL;
        expected = reader->open[--reader->depth];
        if (name.size != expected.size || memcmp(name.data, expected.data, name.size) != 0)
                return -EINVAL;
        return skip_past(reader, ">");
}

static int append_code_point(struct Buffer *buffer, uint32_t c) {
        char utf8[4];
        size_t n = 0;

        if (c == 0 || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
                return -EINVAL;
        if (c < 0x80) {
                utf8[n++] = (char) c;
        } else if (c < 0x800) {
                utf8[n++] = (char) (0xC0 | c >> 6);
                utf8[n++] = (char) (0x80 | (c & 0x3F));
        } else if (c < 0x10000) {
                utf8[n++] = (char) (0xE0 | c >> 12);
                utf8[n++] = (char) (0x80 | (c >> 6 & 0x3F));
                utf8[n++] = (char) (0x80 | (c & 0x3F));
        } else {
                utf8[n++] = (char) (0xF0 | c >> 18);
                utf8[n++] = (char) (0x80 | (c >> 12 & 0x3F));
                utf8[n++] = (char) (0x80 | (c >> 6 & 0x3F));
                utf8[n++] = (char) (0x80 | (c & 0x3F));
        }
        return buffer_append(buffer, utf8, n);
}

/* `text` is what stands between "&#" and ";". */
static int append_numeric_reference(struct Buffer *buffer, const char *text, size_t size) {
        uint32_t base = 10, value = 0;

        if (size > 0 && text[0] == 'x') {
                base = 16;
                text++;
                size--;
        }
        if (size == 0 || size > 8)
                return -EINVAL;
        for (size_t i = 0; i < size; i++) {
                static const char DIGITS[] = "0123456789abcdefABCDEF";
                const char *digit = memchr(DIGITS, text[i], sizeof(DIGITS) - 1);
                uint32_t d;

                if (!digit)
                        return -EINVAL;
                d = (uint32_t) (digit - DIGITS);
                d = d >= 16 ? d - 6 : d;
                if (d >= base)
                        return -EINVAL;
                /* Eight digits of base 16 just fit. */
                value = value * base + d;
        }
        return append_code_point(buffer, value);
}

static int append_reference(struct XmlReader *reader, struct Buffer *buffer) {
        static const struct {
                const char *name;
                char character;
        } ENTITIES[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
        const char *begin = reader->p + 1;
        size_t n;
        int r;

        r = skip_past(reader, ";");
        if (r < 0)
                return r;

        n = (size_t) (reader->p - 1 - begin);
        if (n > 0 && begin[0] == '#')
                return append_numeric_reference(buffer, begin + 1, n - 1);
        for (size_t i = 0; i < ARRAY_SIZE(ENTITIES); i++)
                if (strlen(ENTITIES[i].name) == n && memcmp(ENTITIES[i].name, begin, n) == 0)
                        return buffer_append_char(buffer, ENTITIES[i].character);
        return -EINVAL;
}

/* The text up to the element's end; a child element there is refused, for what we look for has
 * none. */
static int element_text_read(struct XmlReader *reader, struct Buffer *ret) {
        static const char CDATA[] = "<![CDATA[";
        int r = 0;

        while (reader->p < reader->end && r >= 0) {
                if (at(reader, CDATA)) {
                        const char *begin = reader->p += strlen(CDATA);

                        r = skip_past(reader, "]]>");
                        if (r >= 0)
                                r = buffer_append(ret, begin, (size_t) (reader->p - 3 - begin));
                } else if (at(reader, "<!--")) {
                        r = skip_past(reader, "-->");
                } else if (*reader->p == '<') {
                        return at(reader, "</") ? end_tag_read(reader) : -EINVAL;
                } else if (*reader->p == '&') {
                        r = append_reference(reader, ret);
                } else {
                        r = buffer_append_char(ret, *reader->p++);
                }
        }
        return r < 0 ? r : -EINVAL;
}

/* What stands at a '<' that is neither a start nor an end tag. */
static int markup_skip(struct XmlReader *reader) {
        if (at(reader, "<?"))
                return skip_past(reader, "?>");
        if (at(reader, "<!--"))
                return skip_past(reader, "-->");
        if (at(reader, "<![CDATA["))
                return skip_past(reader, "]]>");
        return -EINVAL; /* a DOCTYPE can define entities, and AWS sends none */
}

int aws_xml_text(const char *body, size_t size, const char *path, struct Buffer *ret) {
        struct XmlReader reader = {.p = body, .end = body + size};
        int r;

        while (reader.p && reader.p < reader.end) {
                bool is_empty = false;

                reader.p = memchr(reader.p, '<', (size_t) (reader.end - reader.p));
                if (!reader.p)
                        break;

                if (at(&reader, "</")) {
                        r = end_tag_read(&reader);
                } else if (at(&reader, "<?") || at(&reader, "<!")) {
                        r = markup_skip(&reader);
                } else {
                        r = start_tag_read(&reader, &is_empty);
                        if (r >= 0 && path_matches(&reader, path))
                                return is_empty ? 0 : element_text_read(&reader, ret);
                        if (is_empty)
                                reader.depth--;
                }
                if (r < 0)
                        return r;
        }
        return reader.depth == 0 ? -ENOENT : -EINVAL;
}

bool aws_xml_is_answer(const char *body, size_t size) {
        struct Buffer id;
        int r;

        buffer_init(&id, AWS_XML_TEXT_MAX);
        r = aws_xml_text(body, size, "ResponseMetadata/RequestId", &id);
        buffer_done(&id);
        return r >= 0;
}
