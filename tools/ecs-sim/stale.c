/* SPDX-License-Identifier: Apache-2.0 */
/* Earlier answers, a short ring a service: those that differ from the one before. */
#include "stale.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/macros.h"
#include "base/textmap.h"

#define KEPT_FOR (10 * USEC_PER_MINUTE)

enum {
        KEPT = 32, /* answers a service */
        SERVICES_MAX = 10000,
};

struct Answer {
        usec_t at; /* when it was given first */
        json_t *shown;
};

struct Entry {
        char *arn;
        struct Answer ring[KEPT];
        size_t newest;
};

struct StaleAnswers {
        struct Entry **entries;
        size_t count, allocated;
        struct TextMap by_arn; /* entries */
};

struct StaleAnswers *stale_new(void) {
        return calloc(1, sizeof(struct StaleAnswers));
}

static void entry_free(struct Entry *entry) {
        for (size_t i = 0; i < KEPT; i++)
                json_decref(entry->ring[i].shown);
        free(entry->arn);
        free(entry);
}

void stale_free(struct StaleAnswers *answers) {
        if (!answers)
                return;

        text_map_clear(&answers->by_arn);
        for (size_t i = 0; i < answers->count; i++)
                entry_free(answers->entries[i]);
        free(answers->entries);
        free(answers);
}

static int entry_add(struct StaleAnswers *answers, const char *arn, struct Entry **ret) {
        struct Entry *entry;
        int r;

        r = array_reserve(&answers->entries, &answers->allocated, answers->count + 1,
                          sizeof(struct Entry *), SERVICES_MAX);
        if (r < 0)
                return -ENOMEM;
        entry = calloc(1, sizeof(*entry));
        if (!entry)
                return -ENOMEM;
        entry->arn = strdup(arn);
        if (!entry->arn || text_map_put(&answers->by_arn, entry->arn, entry, SERVICES_MAX) < 0) {
                entry_free(entry);
                return -ENOMEM;
        }
        answers->entries[answers->count++] = *ret = entry;
        return 0;
}

/* Of those that are older than anybody asks for, the newest is what was shown then. */
static void forget_old(struct Entry *entry, usec_t now) {
        bool is_superseded = false;

        for (size_t back = 0; back < KEPT; back++) {
                struct Answer *answer = entry->ring + (entry->newest + KEPT - back) % KEPT;

                if (is_superseded) {
                        json_decref(answer->shown);
                        *answer = (struct Answer) {};
                } else if (answer->shown && usec_add(answer->at, KEPT_FOR) <= now) {
                        is_superseded = true;
                }
        }
}

int stale_remember(struct StaleAnswers *answers, const char *arn, usec_t at, const json_t *shown) {
        struct Entry *entry = text_map_get(&answers->by_arn, arn);
        struct Answer *answer;
        json_t *copy;
        int r;

        if (!entry) {
                r = entry_add(answers, arn, &entry);
                if (r < 0)
                        return r;
        }
        if (json_equal(entry->ring[entry->newest].shown, shown))
                return 0;
        copy = json_deep_copy(shown);
        if (!copy)
                return -ENOMEM;
        entry->newest = (entry->newest + 1) % KEPT;
        answer = entry->ring + entry->newest;
        json_decref(answer->shown);
        *answer = (struct Answer) {at, copy};
        forget_old(entry, at);
        return 0;
}

json_t *stale_find(const struct StaleAnswers *answers, const char *arn, usec_t now, usec_t age) {
        const struct Entry *entry = text_map_get(&answers->by_arn, arn);

        for (size_t back = 0; entry && back < KEPT; back++) {
                const struct Answer *answer = entry->ring + (entry->newest + KEPT - back) % KEPT;

                if (answer->shown && usec_add(answer->at, age) <= now)
                        return json_incref(answer->shown);
        }
        return NULL;
}
