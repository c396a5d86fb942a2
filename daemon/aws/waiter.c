/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/aws/waiter.h"

#include <stddef.h>

void waiter_link(struct ProviderWaiter *waiter, struct ProviderWaiters *list) {
        struct ProviderWaiter **last = &list->first;

        while (*last)
                last = &(*last)->next;
        waiter->list = list;
        waiter->next = NULL;
        *last = waiter;
}

void waiter_unlink(struct ProviderWaiter *waiter) {
        if (!waiter->list)
                return;
        for (struct ProviderWaiter **p = &waiter->list->first; *p; p = &(*p)->next)
                if (*p == waiter) {
                        *p = waiter->next;
                        break;
                }
        waiter->next = NULL;
        waiter->list = NULL;
}
