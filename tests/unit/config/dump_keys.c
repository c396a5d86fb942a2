/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the parser's tables: "section<TAB>key<TAB>kind<TAB>least<TAB>most<TAB>needed". */
#include <inttypes.h>
#include <stdio.h>

#include "config/reader.h"

static const char *const KINDS[] = {
        [CONFIG_KEY_DURATION] = "duration", [CONFIG_KEY_SHARE] = "share",
        [CONFIG_KEY_COUNT] = "count",       [CONFIG_KEY_FLAG] = "flag",
        [CONFIG_KEY_TEXT] = "text",         [CONFIG_KEY_TEXT_LIST] = "texts",
        [CONFIG_KEY_OTHER] = "other",       [CONFIG_KEY_REFUSED] = "refused",
};

int main(void) {
        size_t n;
        const struct ConfigSection *const *sections = config_sections(&n);

        for (size_t i = 0; i < n; i++)
                for (size_t k = 0; k < sections[i]->n_keys; k++) {
                        const struct ConfigKey *key = sections[i]->keys + k;

                        printf("%s\t%s\t%s\t%" PRIu64 "\t%" PRIu64 "\t%d\n", sections[i]->name,
                               key->name, KINDS[key->kind], key->least, key->most, key->is_needed);
                }
        return 0;
}
