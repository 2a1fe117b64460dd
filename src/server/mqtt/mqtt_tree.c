/* mqtt_tree.c: topics and filters, level by level, in one tree: who subscribed to a filter, what is
 * retained of a topic. A node is found by its parent's number and its level, in one table; a topic
 * of n levels meets at most 2^n nodes, but only those that are there. */
#include <stdlib.h>
#include <string.h>

#include "server/mqtt/mqtt_internal.h"

void xh__mqtt_tree_create(struct xh_mqtt *mqtt)
{
    mqtt->root = xh_alloc(sizeof *mqtt->root);
}

static void free_below(struct xh_mqtt *mqtt, struct xh__mqtt_node *node)
{
    while (node->first_child != NULL) {
        struct xh__mqtt_node *child = node->first_child;
        node->first_child = child->next;
        free_below(mqtt, child);
        xh__mqtt_body_drop(child->retained);
        free(child);
    }
}

void xh__mqtt_tree_destroy(struct xh_mqtt *mqtt)
{
    free_below(mqtt, mqtt->root);
    free(mqtt->root);
}

/* ---- nodes ---- */

/* The next level of a name; false behind the last. */
static bool take_level(struct xh_str *rest, bool *is_over, struct xh_str *ret)
{
    if (*is_over) {
        return false;
    }
    ptrdiff_t slash = xh_str_find_char(*rest, '/');
    *is_over = slash < 0;
    *ret = slash < 0 ? *rest : xh_str_sub(*rest, 0, (size_t)slash);
    *rest = slash < 0 ? (struct xh_str){0} : xh_str_sub(*rest, (size_t)slash + 1, rest->len);
    return true;
}

static struct xh__mqtt_node *child_find(struct xh_mqtt *mqtt, const struct xh__mqtt_node *parent,
                                        struct xh_str level)
{
    if (parent->first_child == NULL) {
        return NULL;
    }
    xh_buf_clear(&mqtt->key);
    xh_buf_add(&mqtt->key, &parent->number, sizeof parent->number);
    xh_buf_add_str(&mqtt->key, level);
    return xh_map_get(mqtt->nodes, xh_buf_str(&mqtt->key));
}

static struct xh__mqtt_node *child_make(struct xh_mqtt *mqtt, struct xh__mqtt_node *parent,
                                        struct xh_str level)
{
    struct xh__mqtt_node *node = child_find(mqtt, parent, level);
    if (node != NULL) {
        return node;
    }
    node = xh_alloc(sizeof *node + sizeof parent->number + level.len);
    node->number = ++mqtt->last_node;
    node->key_len = sizeof parent->number + level.len;
    node->level_len = level.len;
    memcpy(node->key, &parent->number, sizeof parent->number);
    if (level.len > 0) {
        memcpy(node->key + sizeof parent->number, level.ptr, level.len);
    }
    node->parent = parent;
    node->next = parent->first_child;
    if (node->next != NULL) {
        node->next->prev = node;
    }
    parent->first_child = node;
    (void)xh_map_put(mqtt->nodes, (struct xh_str){node->key, node->key_len}, node);
    return node;
}

static struct xh__mqtt_node *node_make(struct xh_mqtt *mqtt, struct xh_str name)
{
    struct xh__mqtt_node *node = mqtt->root;
    struct xh_str level;
    bool is_over = false;
    while (take_level(&name, &is_over, &level)) {
        node = child_make(mqtt, node, level);
    }
    return node;
}

static struct xh__mqtt_node *node_find(struct xh_mqtt *mqtt, struct xh_str name)
{
    struct xh__mqtt_node *node = mqtt->root;
    struct xh_str level;
    bool is_over = false;
    while (node != NULL && take_level(&name, &is_over, &level)) {
        node = child_find(mqtt, node, level);
    }
    return node;
}

static bool is_wanted(const struct xh__mqtt_node *node)
{
    return node->subs != NULL || node->groups != NULL;
}

/* Nodes that nobody needs go, from the leaf upwards. */
static void prune(struct xh_mqtt *mqtt, struct xh__mqtt_node *node)
{
    while (node->parent != NULL && node->first_child == NULL && !is_wanted(node) &&
           node->retained == NULL) {
        struct xh__mqtt_node *parent = node->parent;
        (void)xh_map_remove(mqtt->nodes, (struct xh_str){node->key, node->key_len});
        if (node->prev != NULL) {
            node->prev->next = node->next;
        } else {
            parent->first_child = node->next;
        }
        if (node->next != NULL) {
            node->next->prev = node->prev;
        }
        free(node);
        node = parent;
    }
}

static struct xh_str level_of(const struct xh__mqtt_node *node)
{
    return (struct xh_str){node->key + sizeof node->number, node->level_len};
}

/* ---- subscriptions ---- */

static void tell_owner(struct xh_mqtt *mqtt, struct xh_str filter, bool is_wanted)
{
    const struct xh_mqtt_owner *owner = &mqtt->options.owner;
    if (owner->wanted != NULL && !mqtt->is_quiet) {
        owner->wanted(owner->self, filter, is_wanted);
    }
}

static struct xh__mqtt_group *group_make(struct xh__mqtt_node *node, struct xh_str name)
{
    struct xh__mqtt_group *group = node->groups;
    while (group != NULL && !xh_str_equal(group->name, name)) {
        group = group->next;
    }
    if (group == NULL) {
        group = xh_alloc(sizeof *group + name.len);
        memcpy(group + 1, name.ptr, name.len);
        group->name = (struct xh_str){(char *)(group + 1), name.len};
        group->next = node->groups;
        node->groups = group;
    }
    return group;
}

static void options_set(struct xh__mqtt_sub *sub, const struct xh__mqtt_filter *filter, uint32_t id)
{
    sub->options = filter->options;
    sub->qos = filter->qos;
    sub->no_local = filter->no_local;
    sub->retain_as_published = filter->retain_as_published;
    sub->id = id;
}

bool xh__mqtt_sub_put(struct xh_mqtt *mqtt, struct xh__mqtt_session *session,
                      const struct xh__mqtt_filter *filter, uint32_t id)
{
    struct xh_str group, name;
    for (struct xh__mqtt_sub *s = session->subs; s != NULL; s = s->next_of_session) {
        if (xh_str_equal(s->text, filter->text)) {
            options_set(s, filter, id);
            xh__mqtt_log_sub(mqtt, s);
            return true;
        }
    }
    bool is_right = xh__mqtt_filter_split(filter->text, &group, &name);
    xh_assert(is_right);
    struct xh__mqtt_node *node = node_make(mqtt, name);
    bool was_wanted = is_wanted(node);
    struct xh__mqtt_sub *sub = xh_alloc(sizeof *sub + filter->text.len);
    memcpy(sub + 1, filter->text.ptr, filter->text.len);
    sub->text = (struct xh_str){(char *)(sub + 1), filter->text.len};
    sub->session = session;
    sub->node = node;
    sub->group = group.len > 0 ? group_make(node, group) : NULL;
    struct xh__mqtt_sub **list = sub->group != NULL ? &sub->group->subs : &node->subs;
    sub->next_of_node = *list;
    *list = sub;
    sub->next_of_session = session->subs;
    session->subs = sub;
    session->sub_count++;
    options_set(sub, filter, id);
    xh__mqtt_count(&mqtt->counters.subscriptions, 1);
    xh__mqtt_log_sub(mqtt, sub);
    if (!was_wanted) {
        tell_owner(mqtt, name, true);
    }
    return false;
}

static void group_leave(struct xh__mqtt_node *node, struct xh__mqtt_group *group,
                        const struct xh__mqtt_sub *sub)
{
    if (group->turn == sub) {
        group->turn = sub->next_of_node;
    }
    if (group->subs != NULL) {
        return;
    }
    struct xh__mqtt_group **at = &node->groups;
    while (*at != group) {
        at = &(*at)->next;
    }
    *at = group->next;
    free(group);
}

/* Out of its node and group; not out of its session's list. */
static void sub_leave(struct xh_mqtt *mqtt, struct xh__mqtt_sub *sub)
{
    struct xh__mqtt_node *node = sub->node;
    struct xh_str group, name;
    struct xh__mqtt_sub **at = sub->group != NULL ? &sub->group->subs : &node->subs;
    while (*at != sub) {
        at = &(*at)->next_of_node;
    }
    *at = sub->next_of_node;
    if (sub->group != NULL) {
        group_leave(node, sub->group, sub);
    }
    xh__mqtt_count(&mqtt->counters.subscriptions, -1);
    if (!is_wanted(node) && xh__mqtt_filter_split(sub->text, &group, &name)) {
        tell_owner(mqtt, name, false);
    }
    prune(mqtt, node);
    free(sub);
}

bool xh__mqtt_sub_remove(struct xh_mqtt *mqtt, struct xh__mqtt_session *session, struct xh_str text)
{
    for (struct xh__mqtt_sub **at = &session->subs; *at != NULL; at = &(*at)->next_of_session) {
        struct xh__mqtt_sub *sub = *at;
        if (xh_str_equal(sub->text, text)) {
            *at = sub->next_of_session;
            session->sub_count--;
            xh__mqtt_log_sub_end(mqtt, session, sub->text);
            sub_leave(mqtt, sub);
            return true;
        }
    }
    return false;
}

void xh__mqtt_sub_remove_all(struct xh_mqtt *mqtt, struct xh__mqtt_session *session)
{
    while (session->subs != NULL) {
        struct xh__mqtt_sub *sub = session->subs;
        session->subs = sub->next_of_session;
        sub_leave(mqtt, sub);
    }
    session->sub_count = 0;
}

void xh__mqtt_want_all(struct xh_mqtt *mqtt)
{
    size_t cursor = 0;
    struct xh_str key, group, name;
    void *value;
    while (xh_map_next(mqtt->nodes, &cursor, &key, &value)) {
        const struct xh__mqtt_node *node = value;
        if (is_wanted(node)) {
            const struct xh__mqtt_sub *sub = node->subs != NULL ? node->subs : node->groups->subs;
            if (xh__mqtt_filter_split(sub->text, &group, &name)) {
                tell_owner(mqtt, name, true);
            }
        }
    }
}

/* ---- matching ---- */

struct matching {
    struct xh_mqtt *mqtt;
    const struct xh__mqtt_session *from;
    uint8_t qos;
    bool is_retained;
};

static struct xh__mqtt_match *row_add(struct xh_mqtt *mqtt, struct xh__mqtt_session *session)
{
    if (mqtt->match_count == mqtt->match_capacity) {
        mqtt->match_capacity = mqtt->match_capacity != 0 ? mqtt->match_capacity * 2 : 64;
        mqtt->matches = xh_realloc(mqtt->matches, mqtt->match_capacity * sizeof *mqtt->matches);
    }
    struct xh__mqtt_match *row = &mqtt->matches[mqtt->match_count++];
    *row = (struct xh__mqtt_match){.session = session};
    return row;
}

static void id_add(struct xh_mqtt *mqtt, struct xh__mqtt_match *row, uint32_t id)
{
    if (mqtt->match_id_count == mqtt->match_id_capacity) {
        mqtt->match_id_capacity = mqtt->match_id_capacity != 0 ? mqtt->match_id_capacity * 2 : 64;
        mqtt->match_ids = xh_realloc(mqtt->match_ids,
                                     mqtt->match_id_capacity * sizeof *mqtt->match_ids);
    }
    mqtt->match_ids[mqtt->match_id_count] = (struct xh__mqtt_match_id){id, row->id_first};
    row->id_first = (uint32_t)mqtt->match_id_count++;
    row->id_count++;
}

static void row_widen(const struct matching *m, struct xh__mqtt_match *row,
                      const struct xh__mqtt_sub *sub)
{
    uint8_t qos = sub->qos < m->qos ? sub->qos : m->qos;
    row->qos = qos > row->qos ? qos : row->qos;
    row->is_retained = row->is_retained || (m->is_retained && sub->retain_as_published);
    if (sub->id != 0) {
        id_add(m->mqtt, row, sub->id);
    }
}

/* One copy for a session whose filters overlap, with the highest QoS of them (3.3.4). */
static void add_sub(const struct matching *m, const struct xh__mqtt_sub *sub)
{
    struct xh__mqtt_session *session = sub->session;
    if (sub->no_local && session == m->from) {
        return;
    }
    if (session->match_round != m->mqtt->match_round) {
        session->match_round = m->mqtt->match_round;
        session->match_at = m->mqtt->match_count;
        (void)row_add(m->mqtt, session);
    }
    row_widen(m, &m->mqtt->matches[session->match_at], sub);
}

/* How well a member of a group would do now: 2 it is there, 1 it would get it later, 0 not. */
static int fitness(const struct matching *m, const struct xh__mqtt_sub *sub)
{
    const struct xh__mqtt_session *s = sub->session;
    bool is_full = s->queue.count >= m->mqtt->options.queue_messages_max;
    if (is_full) {
        return 0;
    }
    return s->conn != NULL ? 2 : sub->qos > 0 && m->qos > 0 ? 1 : 0;
}

/* 4.8.2: one of a group, in turn; one that is there before one that is not. */
static void add_group(const struct matching *m, struct xh__mqtt_group *group)
{
    struct xh__mqtt_sub *start = group->turn != NULL ? group->turn : group->subs, *best = NULL;
    struct xh__mqtt_sub *sub = start;
    int best_fitness = 0;
    do {
        int fit = fitness(m, sub);
        if (fit > best_fitness) {
            best = sub;
            best_fitness = fit;
        }
        sub = sub->next_of_node != NULL ? sub->next_of_node : group->subs;
    } while (best_fitness < 2 && sub != start);
    if (best != NULL) {
        group->turn = best->next_of_node;
        row_widen(m, row_add(m->mqtt, best->session), best);
    }
}

static void collect(const struct matching *m, const struct xh__mqtt_node *node)
{
    for (const struct xh__mqtt_sub *sub = node->subs; sub != NULL; sub = sub->next_of_node) {
        add_sub(m, sub);
    }
    for (struct xh__mqtt_group *group = node->groups; group != NULL; group = group->next) {
        add_group(m, group);
    }
}

static void collect_child(const struct matching *m, const struct xh__mqtt_node *node,
                          struct xh_str level)
{
    const struct xh__mqtt_node *child = child_find(m->mqtt, node, level);
    if (child != NULL) {
        collect(m, child);
    }
}

static void descend(const struct matching *m, const struct xh__mqtt_node *node, struct xh_str rest,
                    bool is_over, bool is_guarded)
{
    struct xh_str level;
    if (!take_level(&rest, &is_over, &level)) {
        collect(m, node);
        collect_child(m, node, XH_STR("#")); /* 4.7.1.2: "a/#" is "a", too */
        return;
    }
    const struct xh__mqtt_node *child = child_find(m->mqtt, node, level);
    if (child != NULL) {
        descend(m, child, rest, is_over, false);
    }
    if (is_guarded) {
        return; /* 4.7.2: wildcards in front do not meet $SYS */
    }
    child = child_find(m->mqtt, node, XH_STR("+"));
    if (child != NULL) {
        descend(m, child, rest, is_over, false);
    }
    collect_child(m, node, XH_STR("#"));
}

void xh__mqtt_match(struct xh_mqtt *mqtt, struct xh_str topic, uint8_t qos, bool is_retained,
                    const struct xh__mqtt_session *from)
{
    const struct matching m = {mqtt, from, qos, is_retained};
    mqtt->match_count = 0;
    mqtt->match_id_count = 1;
    mqtt->match_round++;
    if (mqtt->match_ids == NULL) {
        mqtt->match_id_capacity = 64;
        mqtt->match_ids = xh_alloc(mqtt->match_id_capacity * sizeof *mqtt->match_ids);
    }
    descend(&m, mqtt->root, topic, false, topic.len > 0 && topic.ptr[0] == '$');
}

/* ---- what is retained ---- */

int xh__mqtt_retain(struct xh_mqtt *mqtt, struct xh__mqtt_body *body)
{
    struct xh__mqtt_node *node = node_find(mqtt, body->topic);
    bool is_there = node != NULL && node->retained != NULL;
    if (!is_there && body->payload.len == 0) {
        return XH_E_OK;
    }
    if (!is_there && atomic_load(&mqtt->counters.retained) >= mqtt->options.retained_max) {
        xh__mqtt_count(&mqtt->counters.dropped, 1);
        return XH_E_TOO_MANY;
    }
    node = node != NULL ? node : node_make(mqtt, body->topic);
    xh__mqtt_body_drop(node->retained);
    node->retained = body->payload.len > 0 ? xh__mqtt_body_keep(body) : NULL;
    xh__mqtt_count(&mqtt->counters.retained, (node->retained != NULL) - (is_there ? 1 : 0));
    if (body->topic.ptr[0] != '$') {
        xh__mqtt_log_retained(mqtt, body);
    }
    prune(mqtt, node);
    return XH_E_OK;
}

struct visit {
    struct xh_mqtt *mqtt;
    void (*each)(void *arg, struct xh__mqtt_body *body);
    void *arg;
};

static void visit_node(const struct visit *v, const struct xh__mqtt_node *node)
{
    if (node->retained != NULL) {
        v->each(v->arg, node->retained);
    }
}

static void visit_all(const struct visit *v, const struct xh__mqtt_node *node)
{
    visit_node(v, node);
    for (const struct xh__mqtt_node *c = node->first_child; c != NULL; c = c->next) {
        if (node->parent != NULL || level_of(c).len == 0 || level_of(c).ptr[0] != '$') {
            visit_all(v, c);
        }
    }
}

static void visit_below(const struct visit *v, const struct xh__mqtt_node *node, struct xh_str rest,
                        bool is_over)
{
    struct xh_str level;
    if (!take_level(&rest, &is_over, &level)) {
        visit_node(v, node);
        return;
    }
    if (xh_str_is(level, "#")) {
        visit_all(v, node);
        return;
    }
    if (!xh_str_is(level, "+")) {
        const struct xh__mqtt_node *child = child_find(v->mqtt, node, level);
        if (child != NULL) {
            visit_below(v, child, rest, is_over);
        }
        return;
    }
    for (const struct xh__mqtt_node *c = node->first_child; c != NULL; c = c->next) {
        if (node->parent != NULL || level_of(c).len == 0 || level_of(c).ptr[0] != '$') {
            visit_below(v, c, rest, is_over);
        }
    }
}

void xh__mqtt_retained_each(struct xh_mqtt *mqtt, struct xh_str filter,
                            void (*each)(void *arg, struct xh__mqtt_body *body), void *arg)
{
    const struct visit v = {mqtt, each, arg};
    visit_below(&v, mqtt->root, filter, false);
}
