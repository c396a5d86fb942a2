/* SPDX-License-Identifier: Apache-2.0 */
#include "words/tag.h"

#include "base/text.h"

static bool tags_have(const struct Tag *tags, size_t n, const struct Tag *wanted) {
        for (size_t i = 0; i < n; i++)
                if (text_equal(tags[i].key, wanted->key) &&
                    text_equal(tags[i].value, wanted->value))
                        return true;
        return false;
}

bool tags_hold(const struct Tag *tags, size_t n, const struct Tag *wanted, size_t n_wanted) {
        for (size_t i = 0; i < n_wanted; i++)
                if (!tags_have(tags, n, wanted + i))
                        return false;
        return true;
}
