/* SPDX-License-Identifier: Apache-2.0 */
/* YAML mappings into structs, by tables of fields. Every error is told with its place. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <yaml.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/time.h"

struct TextList;

struct Reader {
        const char *name; /* of the file; NULL: messages have no place */
        yaml_document_t *document;
        struct Arena *arena;
        struct Buffer *errors;
        bool failed;        /* something was told */
        bool out_of_memory; /* nothing can be relied upon */
};

enum FieldKind {
        FIELD_TEXT,     /* const char * */
        FIELD_INT,      /* int64_t, least .. most */
        FIELD_BOOL,     /* int */
        FIELD_DURATION, /* usec_t */
        FIELD_SHARE,    /* double, 0 .. 1, written as 10% */
        FIELD_CHOICE,   /* int: the index in `choices` */
        FIELD_TEXTS,    /* struct TextList; a single text is a list of one */
        FIELD_OTHER,    /* read() does it */
};

struct Field {
        const char *name;
        enum FieldKind kind;
        size_t offset; /* in the target */
        bool required;
        int64_t least, most;
        const char *const *choices; /* ended by NULL */
        void (*read)(struct Reader *reader, const yaml_node_t *node, void *target);
};

/* Calls `read` with the root of the one document in `bytes`. 0, -EINVAL after errors were told, or
 * -ENOMEM. */
int reader_document(struct Reader *reader, const char *bytes, size_t size,
                    void (*read)(struct Reader *reader, const yaml_node_t *node, void *target),
                    void *target);

void reader_error(struct Reader *reader, const yaml_node_t *node, const char *format, ...)
        _printf_(3, 4);

/* Values are left as they are where a key is missing or wrong. `fields` ends with a NULL name. */
void read_mapping(struct Reader *reader, const yaml_node_t *node, const struct Field *fields,
                  void *target);

/* NULL, told, unless it is a scalar. Lives as long as the arena. */
const char *read_text(struct Reader *reader, const yaml_node_t *node);
bool read_duration(struct Reader *reader, const yaml_node_t *node, usec_t *ret);
bool read_int(struct Reader *reader, const yaml_node_t *node, int64_t least, int64_t most,
              int64_t *ret);
/* A list of texts; a single text is a list of one. */
void read_texts(struct Reader *reader, const yaml_node_t *node, struct TextList *list);
bool read_share(struct Reader *reader, const yaml_node_t *node, double *ret);

/* Calls `read` for each item, with the index; at most `most` items. Returns how many, 0 after an
 * error. */
size_t read_sequence(struct Reader *reader, const yaml_node_t *node, size_t most,
                     void (*read)(struct Reader *reader, const yaml_node_t *node, size_t index,
                                  void *target),
                     void *target);
/* Length of a sequence, 0 for anything else: to make room before. */
size_t sequence_length(const yaml_node_t *node);
