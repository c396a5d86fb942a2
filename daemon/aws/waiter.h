/* SPDX-License-Identifier: Apache-2.0 */
/* Those who wait for credentials, in the order in which they came. Private to daemon/aws. */
#pragma once

struct ProviderWaiters;

/* One who waits. Plain value inside of its owner; linked at most once. */
struct ProviderWaiter {
        struct ProviderWaiter *next;
        struct ProviderWaiters *list;  /* while linked */
        void (*ready)(void *userdata); /* from the event loop: ask provider_get() again */
        void *userdata;
};

struct ProviderWaiters {
        struct ProviderWaiter *first;
};

void waiter_link(struct ProviderWaiter *waiter, struct ProviderWaiters *list);
void waiter_unlink(struct ProviderWaiter *waiter); /* harmless when it is not linked */
