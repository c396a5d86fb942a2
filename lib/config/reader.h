/* SPDX-License-Identifier: Apache-2.0 */
/* One YAML document being read by tables of keys. Internal to lib/config. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <yaml.h>

#include "base/arena.h"
#include "base/time.h"
#include "config/errors_internal.h"
#include "config/parse.h"

/* What is wrong with the document goes to `errors` and sets `invalid`; reading goes on, so that all
 * of it is told at once. Running out of memory sets `problem`, which ends all further work. */
struct ConfigFile;

struct ConfigMemory {
        struct Arena *kept;    /* for as long as the configuration lives */
        struct Arena *scratch; /* until it has been made */
};

struct Reader {
        yaml_document_t document;
        struct ConfigPlace place;  /* file and index; line and column unused */
        struct ConfigFile *target; /* what is being filled */
        struct ConfigMemory memory;
        struct ConfigErrors *errors;
        bool invalid;
        int problem;
};

/* A scalar and where it stands. */
struct Text {
        const char *text; /* NULL: not given */
        struct ConfigPlace place;
};

struct TextList {
        struct Text *items; /* scratch; their texts are kept */
        size_t n;
        bool is_given;
};

enum ConfigKeyKind {
        CONFIG_KEY_DURATION,
        CONFIG_KEY_SHARE, /* least and most in millionths */
        CONFIG_KEY_COUNT,
        CONFIG_KEY_FLAG,
        CONFIG_KEY_TEXT,      /* struct Text */
        CONFIG_KEY_TEXT_LIST, /* struct TextList; a single text is a list of one where `most` is 1
                               */
        CONFIG_KEY_OTHER,     /* `read` does it */
        CONFIG_KEY_REFUSED,   /* known, and not supported yet */
};

struct ConfigKey {
        const char *name;
        enum ConfigKeyKind kind;
        size_t offset; /* of the value in the section's struct */
        uint64_t least, most;
        bool is_needed;
        void (*read)(struct Reader *reader, const struct ConfigKey *key, const yaml_node_t *node,
                     void *value);
};

struct ConfigSection {
        const char *name; /* as in config/ecswatch.schema.json: $defs/NAME, "" for the main file */
        const struct ConfigKey *keys;
        size_t n_keys;
};

/* All of them, for the test that compares them with the schema. */
const struct ConfigSection *const *config_sections(size_t *ret_n);

/* Loads the one document of `text`. What is not YAML, or too much of it, is told and makes it
 * invalid; the reader must be ended in any case. */
void reader_init(struct Reader *reader, const struct ConfigPlace *place,
                 const struct ConfigMemory *memory, struct ConfigErrors *errors);
const yaml_node_t *reader_load(struct Reader *reader, const struct ConfigText *text);
void reader_done(struct Reader *reader);

const yaml_node_t *reader_node(struct Reader *reader, int index);
struct ConfigPlace reader_place(const struct Reader *reader, const yaml_node_t *node);
void reader_error(struct Reader *reader, const yaml_node_t *node, const char *format, ...)
        _printf_(3, 4);
void reader_warning(struct Reader *reader, const yaml_node_t *node, const char *format, ...)
        _printf_(3, 4);

/* Zeroed, or NULL with `problem` set: kept, or scratch. */
void *reader_alloc(struct Reader *reader, size_t count, size_t size);
void *reader_scratch(struct Reader *reader, size_t count, size_t size);

/* "a list", "a mapping", "empty", "a text". */
const char *node_kind(const yaml_node_t *node);

/* The scalar, copied; false after an error when it is not one, empty, or holds control characters.
 * `what` names it in messages. */
bool reader_text(struct Reader *reader, const yaml_node_t *node, const char *what,
                 struct Text *ret);
bool reader_text_list(struct Reader *reader, const yaml_node_t *node, const char *what,
                      bool single_is_fine, struct TextList *ret);

/* The items of a list; NULL after an error. `most` is a ceiling told when crossed. */
bool reader_sequence(struct Reader *reader, const yaml_node_t *node, const char *what, size_t most,
                     size_t *ret_n);
const yaml_node_t *reader_item(struct Reader *reader, const yaml_node_t *sequence, size_t i);

/* Checks that it is a mapping of distinct text keys without `<<`; false after an error. */
bool reader_mapping(struct Reader *reader, const yaml_node_t *node, const char *what,
                    size_t *ret_n);
const yaml_node_t *reader_pair(struct Reader *reader, const yaml_node_t *mapping, size_t i,
                               const yaml_node_t **ret_key);

/* Reads a mapping by its table into `target`. */
void section_read(struct Reader *reader, const struct ConfigSection *section, const char *what,
                  const yaml_node_t *node, void *target);

/* The closest of `names` when it is close enough to be meant; NULL otherwise. */
const char *closest_name(const char *name, const char *const *names, size_t n);
