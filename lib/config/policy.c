/* SPDX-License-Identifier: Apache-2.0 */
/* `policies:` and all below it. */
#include <string.h>

#include "base/text.h"
#include "config/file.h"

enum { ENTRIES_MAX = 64 };

#define JUDGE(member) offsetof(struct JudgeRule, member)
#define PERCENT (uint64_t) 10000 /* in millionths */

static void bad_choice(struct Reader *reader, const yaml_node_t *node, const char *what,
                       const char *value, const char *allowed) {
        char quoted[CONFIG_QUOTED_MAX];

        reader_error(reader, node, "%s is %s; allowed are %s", what, config_quote(value, quoted),
                     allowed);
}

static void read_rule(struct Reader *reader, const struct ConfigKey *key, const yaml_node_t *node,
                      void *value) {
        struct Text text;

        if (reader_text(reader, node, key->name, &text) && !rule_kind_from_name(text.text, value))
                bad_choice(reader, node, key->name, text.text, "likelihood, count and percent");
}

static const struct ConfigKey JUDGE_KEYS[] = {
        {"rule", CONFIG_KEY_OTHER, JUDGE(rule), .read = read_rule},
        {"tolerate", CONFIG_KEY_SHARE, JUDGE(tolerate), PERCENT / 10, 50 * PERCENT},
        {"confidence", CONFIG_KEY_SHARE, JUDGE(confidence), 90 * PERCENT, 999990},
        {"failures", CONFIG_KEY_COUNT, JUDGE(failures), 1, 10000},
        {"percent", CONFIG_KEY_SHARE, JUDGE(percent), PERCENT, 100 * PERCENT},
        {"sustain", CONFIG_KEY_DURATION, JUDGE(sustain), 0, USEC_PER_HOUR},
        {"settle", CONFIG_KEY_DURATION, JUDGE(settle), USEC_PER_SEC, USEC_PER_HOUR},
        {"survive_after", CONFIG_KEY_DURATION, JUDGE(survive_after), USEC_PER_SEC, USEC_PER_DAY},
        {"placement_grace", CONFIG_KEY_DURATION, JUDGE(placement_grace), 0, USEC_PER_DAY},
        {"stall_after", CONFIG_KEY_DURATION, JUDGE(stall_after), USEC_PER_SEC, 7 * USEC_PER_DAY},
        {"watch_after_success", CONFIG_KEY_DURATION, JUDGE(watch_after_success), 0, USEC_PER_DAY},
        {"act_within", CONFIG_KEY_DURATION, JUDGE(act_within), 0, 7 * USEC_PER_DAY},
        {"native_grace", CONFIG_KEY_DURATION, JUDGE(native_grace), 0, USEC_PER_HOUR},
        {"learn", CONFIG_KEY_FLAG, JUDGE(learn)},
};
const struct ConfigSection JUDGE_SECTION = {"judge", JUDGE_KEYS, ARRAY_SIZE(JUDGE_KEYS)};

static void read_judge(struct Reader *reader, const struct ConfigKey *key, const yaml_node_t *node,
                       void *value) {
        struct JudgeRule *judge = value;

        section_read(reader, &JUDGE_SECTION, key->name, node, judge);
        if (judge->survive_after < judge->settle)
                reader_error(reader, node,
                             "survive_after is shorter than settle; allowed are settle to 1d");
}

const enum Cause *read_cause_list(struct Reader *reader, const struct ConfigKey *key,
                                  const yaml_node_t *node, size_t *ret_n) {
        struct TextList list;
        enum Cause *causes;
        size_t n = 0;

        if (!reader_text_list(reader, node, key->name, false, &list))
                return NULL;
        causes = reader_alloc(reader, list.n, sizeof(causes[0]));
        for (size_t i = 0; causes && i < list.n; i++)
                if (!cause_from_name(list.items[i].text, causes + n) ||
                    !cause_is_verdict_cause(causes[n]))
                        bad_choice(reader, reader_item(reader, node, i), "cause",
                                   list.items[i].text,
                                   "app_exit, oom, container_health, lb_health, image_pull, "
                                   "resource_init, config, capacity, disk_full, host_bad, "
                                   "host_lost, aws_internal, native_failure and unknown");
                else
                        n++;
        *ret_n = n;
        return causes;
}

static void read_causes(struct Reader *reader, const struct ConfigKey *key, const yaml_node_t *node,
                        void *value) {
        struct PolicyWhen *when = value;

        when->causes = read_cause_list(reader, key, node, &when->n_causes);
}

static const char *const *texts_of(struct Reader *reader, const struct TextList *list) {
        const char **texts = reader_alloc(reader, list->n, sizeof(texts[0]));

        for (size_t i = 0; texts && i < list->n; i++)
                texts[i] = list->items[i].text;
        return texts;
}

static void read_strategies(struct Reader *reader, const struct ConfigKey *key,
                            const yaml_node_t *node, void *value) {
        static const char *const known[] = {"ROLLING", "BLUE_GREEN", "LINEAR", "CANARY"};
        struct PolicyWhen *when = value;
        struct TextList list;

        if (!reader_text_list(reader, node, key->name, false, &list))
                return;
        for (size_t i = 0; i < list.n; i++) {
                size_t k = 0;

                while (k < ARRAY_SIZE(known) && !text_equal(known[k], list.items[i].text))
                        k++;
                if (k == ARRAY_SIZE(known))
                        bad_choice(reader, reader_item(reader, node, i), "strategy",
                                   list.items[i].text, "ROLLING, BLUE_GREEN, LINEAR and CANARY");
        }
        when->strategies = texts_of(reader, &list);
        when->n_strategies = list.n;
}

static void read_when_services(struct Reader *reader, const struct ConfigKey *key,
                               const yaml_node_t *node, void *value) {
        struct PolicyWhen *when = value;
        struct TextList list;

        if (!reader_text_list(reader, node, key->name, false, &list))
                return;
        when->services = texts_of(reader, &list);
        when->n_services = list.n;
}

static const struct ConfigKey WHEN_KEYS[] = {
        {"cause", CONFIG_KEY_OTHER, .read = read_causes},
        {"strategy", CONFIG_KEY_OTHER, .read = read_strategies},
        {"service", CONFIG_KEY_OTHER, .read = read_when_services},
};
const struct ConfigSection WHEN_SECTION = {"when", WHEN_KEYS, ARRAY_SIZE(WHEN_KEYS)};

static void read_when(struct Reader *reader, const struct ConfigKey *key, const yaml_node_t *node,
                      void *value) {
        section_read(reader, &WHEN_SECTION, key->name, node, value);
}

/* An entry has one action at most: two at once would work against each other. */
static void take_action(struct Reader *reader, const yaml_node_t *node, struct PolicyEntry *entry,
                        enum ActionKind action) {
        if (entry->has_action)
                reader_error(reader, node,
                             "an entry has one action at most; this one has %s and %s: remove one",
                             action_kind_name(entry->action), action_kind_name(action));
        entry->has_action = true;
        entry->action = action;
}

const struct ConfigSection QUIESCE_SECTION = {"quiesce", NULL, 0};

static void read_quiesce(struct Reader *reader, const struct ConfigKey *key,
                         const yaml_node_t *node, void *value) {
        take_action(reader, node, value, ACTION_QUIESCE);
        section_read(reader, &QUIESCE_SECTION, key->name, node, value);
}

#define DRAIN(member) offsetof(struct DrainHost, member)
static const struct ConfigKey DRAIN_KEYS[] = {
        {"keep", CONFIG_KEY_COUNT, DRAIN(keep), 1, 10000},
};
const struct ConfigSection DRAIN_SECTION = {"drain_host", DRAIN_KEYS, ARRAY_SIZE(DRAIN_KEYS)};

static void read_drain_host(struct Reader *reader, const struct ConfigKey *key,
                            const yaml_node_t *node, void *value) {
        struct PolicyEntry *entry = value;

        take_action(reader, node, entry, ACTION_DRAIN_HOST);
        entry->drain_host = (struct DrainHost) {.keep = 2};
        section_read(reader, &DRAIN_SECTION, key->name, node, &entry->drain_host);
}

static void read_group(struct Reader *reader, const struct ConfigKey *key, const yaml_node_t *node,
                       void *value) {
        struct ScaleOut *scale = value;
        struct Text text;

        if (reader_text(reader, node, key->name, &text))
                scale->group = text.text;
}

#define SCALE(member) offsetof(struct ScaleOut, member)
static const struct ConfigKey SCALE_KEYS[] = {
        {"group", CONFIG_KEY_OTHER, .read = read_group, .is_needed = true},
        {"by", CONFIG_KEY_COUNT, SCALE(by), 1, 100},
        {"max", CONFIG_KEY_COUNT, SCALE(most), 1, 10000},
        {"cooldown", CONFIG_KEY_DURATION, SCALE(cooldown), 0, USEC_PER_DAY},
};
const struct ConfigSection SCALE_SECTION = {"scale_out", SCALE_KEYS, ARRAY_SIZE(SCALE_KEYS)};

static void read_scale_out(struct Reader *reader, const struct ConfigKey *key,
                           const yaml_node_t *node, void *value) {
        struct PolicyEntry *entry = value;

        take_action(reader, node, entry, ACTION_SCALE_OUT);
        entry->scale_out =
                (struct ScaleOut) {.by = 1, .most = 10, .cooldown = 10 * USEC_PER_MINUTE};
        section_read(reader, &SCALE_SECTION, key->name, node, &entry->scale_out);
}

static void read_rollback_method(struct Reader *reader, const struct ConfigKey *key,
                                 const yaml_node_t *node, void *value) {
        struct PolicyEntry *entry = value;
        struct Text text;

        if (!reader_text(reader, node, key->name, &text))
                return;
        take_action(reader, node, entry, ACTION_ROLLBACK);
        if (!rollback_method_from_name(text.text, &entry->rollback)) {
                bad_choice(reader, node, key->name, text.text,
                           "auto, stop_deployment, update_service, task_set and never");
                return;
        }
}

static void read_notify(struct Reader *reader, const struct ConfigKey *key, const yaml_node_t *node,
                        void *value) {
        struct PolicyEntry *entry = value;
        struct TextList list;

        if (!reader_text_list(reader, node, key->name, false, &list))
                return;
        for (size_t i = 0; i < list.n; i++)
                file_refer(reader, list.items + i);
        entry->notify = texts_of(reader, &list);
        entry->n_notify = list.n;
}

static const struct ConfigKey ENTRY_KEYS[] = {
        {"when", CONFIG_KEY_OTHER, offsetof(struct PolicyEntry, when), .read = read_when},
        {"rollback", CONFIG_KEY_OTHER, .read = read_rollback_method},
        {"notify", CONFIG_KEY_OTHER, .read = read_notify},
        {"run", CONFIG_KEY_REFUSED},
        {"scale_out", CONFIG_KEY_OTHER, .read = read_scale_out},
        {"drain_host", CONFIG_KEY_OTHER, .read = read_drain_host},
        {"quiesce", CONFIG_KEY_OTHER, .read = read_quiesce},
};
const struct ConfigSection ENTRY_SECTION = {"entry", ENTRY_KEYS, ARRAY_SIZE(ENTRY_KEYS)};

static void read_entries(struct Reader *reader, const struct ConfigKey *key,
                         const yaml_node_t *node, void *value) {
        enum PolicyTrigger trigger = ON_FAILED;
        struct Policy *policy = value;
        struct PolicyEntry *entries;
        size_t n;

        policy_trigger_from_name(key->name + strlen("on_"), &trigger);
        if (!reader_sequence(reader, node, key->name, ENTRIES_MAX, &n))
                return;
        entries = reader_alloc(reader, n, sizeof(entries[0]));
        for (size_t i = 0; entries && i < n; i++) {
                const yaml_node_t *item = reader_item(reader, node, i);

                section_read(reader, &ENTRY_SECTION, "an entry", item, entries + i);
                if (entries[i].has_action && trigger != ON_FAILED && trigger != ON_STALLED)
                        reader_error(reader, item,
                                     "%s is for on_failed and on_stalled; remove it from %s",
                                     action_kind_name(entries[i].action), key->name);
        }
        policy->on[trigger].entries = entries;
        policy->on[trigger].n_entries = entries ? n : 0;
}

static void read_mode(struct Reader *reader, const struct ConfigKey *key, const yaml_node_t *node,
                      void *value) {
        enum PolicyMode *mode = value;
        struct Text text;

        if (!reader_text(reader, node, key->name, &text))
                return;
        if (!policy_mode_from_name(text.text, mode))
                bad_choice(reader, node, key->name, text.text, "observe, confirm and enforce");
}

static void read_native(struct Reader *reader, const struct ConfigKey *key, const yaml_node_t *node,
                        void *value) {
        struct Text text;

        if (reader_text(reader, node, key->name, &text) && !native_mode_from_name(text.text, value))
                bad_choice(reader, node, key->name, text.text, "defer and race");
}

#define ON(name) \
        { "on_" name, CONFIG_KEY_OTHER, .read = read_entries }

#define EVIDENCE(member) offsetof(struct Policy, evidence_##member)
static const struct ConfigKey EVIDENCE_KEYS[] = {
        {"logs", CONFIG_KEY_COUNT, EVIDENCE(logs), 0, 100},
};
const struct ConfigSection EVIDENCE_SECTION = {"evidence", EVIDENCE_KEYS,
                                               ARRAY_SIZE(EVIDENCE_KEYS)};

static void read_evidence(struct Reader *reader, const struct ConfigKey *key,
                          const yaml_node_t *node, void *value) {
        section_read(reader, &EVIDENCE_SECTION, key->name, node, value);
}

static const struct ConfigKey POLICY_KEYS[] = {
        {"mode", CONFIG_KEY_OTHER, offsetof(struct Policy, mode), .read = read_mode},
        {"confirm_within", CONFIG_KEY_DURATION, offsetof(struct Policy, confirm_within),
         USEC_PER_MINUTE, USEC_PER_DAY},
        {"native", CONFIG_KEY_OTHER, offsetof(struct Policy, native), .read = read_native},
        {"judge", CONFIG_KEY_OTHER, offsetof(struct Policy, judge), .read = read_judge},
        {"evidence", CONFIG_KEY_OTHER, .read = read_evidence},
        ON("started"),
        ON("succeeded"),
        ON("failed"),
        ON("stalled"),
        ON("superseded"),
        ON("reverted"),
        ON("recovered"),
        ON("rollback_started"),
        ON("rollback_succeeded"),
        ON("rollback_failed"),
        ON("rollback_skipped"),
        ON("remedy_started"),
        ON("remedy_succeeded"),
        ON("remedy_failed"),
};
const struct ConfigSection POLICY_SECTION = {"policy", POLICY_KEYS, ARRAY_SIZE(POLICY_KEYS)};

void read_policies(struct Reader *reader, const struct ConfigKey *key, const yaml_node_t *node,
                   void *value) {
        struct ConfigFile *file = value;
        const yaml_node_t *name, *body;
        size_t n;

        if (!reader_mapping(reader, node, key->name, &n))
                return;
        file->policies = reader_scratch(reader, n, sizeof(file->policies[0]));
        for (size_t i = 0; file->policies && i < n && reader->problem == 0; i++) {
                struct FilePolicy *policy = file->policies + file->n_policies;

                body = reader_pair(reader, node, i, &name);
                if (!reader_text(reader, name, "a policy's name", &policy->name))
                        continue;
                policy->policy = (struct Policy) {
                        .name = policy->name.text,
                        .mode = MODE_OBSERVE,
                        .confirm_within = 30 * USEC_PER_MINUTE,
                        .native = NATIVE_DEFER,
                        .judge = judge_rule_default(),
                        .evidence_logs = 20,
                };
                section_read(reader, &POLICY_SECTION, "a policy", body, &policy->policy);
                file->n_policies++;
        }
}
