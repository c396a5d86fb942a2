/* SPDX-License-Identifier: Apache-2.0 */
/* Earlier answers, a short ring a service. */
#include "stale.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"

enum {
        KEPT = 32, /* answers a service */
        SERVICES_MAX = 10000,
};

struct Entry {
        const struct SimService *service;
        struct {
                usec_t at;
                json_t *shown;
        } ring[KEPT];
        size_t next;
};

struct StaleAnswers {
        struct Entry *entries;
        size_t count, allocated;
};

struct StaleAnswers *stale_new(void) {
        return calloc(1, sizeof(struct StaleAnswers));
}

void stale_free(struct StaleAnswers *answers) {
        if (!answers)
                return;

        for (size_t i = 0; i < answers->count; i++)
                for (size_t j = 0; j < KEPT; j++)
                        json_decref(answers->entries[i].ring[j].shown);
        free(answers->entries);
        free(answers);
}

static struct Entry *find(const struct StaleAnswers *answers, const struct SimService *service) {
        for (size_t i = 0; i < answers->count; i++)
                if (answers->entries[i].service == service)
                        return &answers->entries[i];
        return NULL;
}

int stale_remember(struct StaleAnswers *answers, const struct SimService *service, usec_t at,
                   const json_t *shown) {
        struct Entry *entry = find(answers, service);
        int r;

        if (!entry) {
                r = array_reserve(&answers->entries, &answers->allocated, answers->count + 1,
                                  sizeof(*answers->entries), SERVICES_MAX);
                if (r < 0)
                        return -ENOMEM;
                entry = &answers->entries[answers->count++];
                entry->service = service;
        }
        json_decref(entry->ring[entry->next].shown);
        entry->ring[entry->next].at = at;
        entry->ring[entry->next].shown = json_deep_copy(shown);
        if (!entry->ring[entry->next].shown)
                return -ENOMEM;
        entry->next = (entry->next + 1) % KEPT;
        return 0;
}

json_t *stale_find(const struct StaleAnswers *answers, const struct SimService *service, usec_t now,
                   usec_t age) {
        const struct Entry *entry = find(answers, service);

        for (size_t back = 1; entry && back <= KEPT; back++) {
                size_t i = (entry->next + KEPT - back) % KEPT;

                if (entry->ring[i].shown && usec_add(entry->ring[i].at, age) <= now)
                        return json_incref(entry->ring[i].shown);
        }
        return NULL;
}
