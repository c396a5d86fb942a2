/* SPDX-License-Identifier: Apache-2.0 */
/* 3xx is final: following a redirect would carry an event, and its signature, to a place that
 * nobody configured. */
#include "daemon/notify/answer.h"

#include "base/macros.h"
#include "base/text.h"
#include "daemon/notify/notify.h"

static const struct {
        long first, last;
        enum Answer answer;
} ANSWERS[] = {
        /* the first row that holds the status */
        {200, 299, ANSWER_DELIVERED}, {408, 408, ANSWER_RETRY}, {410, 410, ANSWER_GONE},
        {429, 429, ANSWER_RETRY},     {500, 599, ANSWER_RETRY},
};

enum Answer answer_of_status(long status) {
        for (size_t i = 0; i < ARRAY_SIZE(ANSWERS); i++)
                if (status >= ANSWERS[i].first && status <= ANSWERS[i].last)
                        return ANSWERS[i].answer;
        return ANSWER_REFUSED;
}

static usec_t retry_after_read(const char *text, usec_t now) {
        uint64_t seconds;
        usec_t date;

        if (!text)
                return 0;
        if (text_parse_u64(text, 0, NOTIFY_RETRY_CAP / USEC_PER_SEC, &seconds) == 0)
                return seconds * USEC_PER_SEC;
        if (text_parse_u64(text, 0, UINT64_MAX, &seconds) == 0)
                return NOTIFY_RETRY_CAP;
        if (time_parse_http_date(text, &date) == 0)
                return usec_sub(date, now);
        return 0;
}

usec_t answer_delay(uint64_t attempts, usec_t first, const char *retry_after, usec_t now,
                    struct Random *random) {
        usec_t delay = first;

        for (uint64_t i = 1; i < attempts && delay < NOTIFY_RETRY_CAP; i++)
                delay *= 2;
        delay = MIN(delay, NOTIFY_RETRY_CAP);
        delay -= random_below(random, delay / 2 + 1);
        return MIN(MAX(delay, retry_after_read(retry_after, now)), NOTIFY_RETRY_CAP);
}
