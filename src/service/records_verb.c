/* records_verb.c: a record goes from one state to another.
 *
 * Order, all in one transaction: may who, is the state right, is the input right, guard, effect,
 * checks of what the effect changed, write, change row. Guard and effect are the room's own code:
 * they run with the engine's rights under the name of who, so that they may write what nobody may
 * from outside, READ_ONLY and frozen fields among them.
 */
#include "service/records_internal.h"

#include <string.h>

struct move {
    const struct xh__rtype *rtype;
    int64_t id;
    const char *verb;
    const struct xh_doc *in;
    struct xh_record moved;
};

static bool may_move(struct xh_ctx *ctx, const struct xh_transition *t, int64_t owner)
{
    return xh__may_change(&t->access, ctx->who, owner);
}

/* "issue is for draft": from which states the verb leads on. */
static int state_fault(const struct move *m, const struct xh_record *before, struct xh_err *err)
{
    const struct xh_record_type *type = m->rtype->type;
    struct xh_buf from = {0};
    for (size_t i = 0; i < type->transition_count; i++) {
        if (strcmp(type->transitions[i].verb, m->verb) == 0) {
            xh_buf_add_format(&from, "%s%s", from.len > 0 ? ", " : "", type->transitions[i].from);
        }
    }
    int code = xh_err_field(err, XH_E_CONFLICT, "state", before->state, xh_buf_text(&from), NULL,
                            "a %s that is \"%.*s\" cannot %s; it must be: %s", m->rtype->name.ptr,
                            XH_STR_ARG(before->state), m->verb, xh_buf_text(&from));
    xh_buf_finish(&from);
    return code;
}

/* The line of the table that applies. Who may see nothing of the record learns nothing of it. */
static int find_line(struct xh_ctx *ctx, const struct move *m, const struct xh_record *before,
                     const struct xh_transition **ret, struct xh_err *err)
{
    const struct xh_record_type *type = m->rtype->type;
    bool is_known = false, is_allowed = false;
    for (size_t i = 0; i < type->transition_count; i++) {
        const struct xh_transition *t = &type->transitions[i];
        if (strcmp(t->verb, m->verb) != 0) {
            continue;
        }
        is_known = true;
        is_allowed = is_allowed || may_move(ctx, t, before->owner);
        if (xh_str_is(before->state, t->from) && may_move(ctx, t, before->owner)) {
            *ret = t;
            return XH_E_OK;
        }
    }
    if (!xh__may_see(m->rtype, ctx->who, before->owner) && !is_allowed) {
        return xh__not_found(m->rtype, m->id, err);
    }
    if (!is_known) {
        return xh_err_field(err, XH_E_INVALID, "verb", xh_str_from(m->verb), NULL, NULL,
                            "a %s has no verb \"%s\"", m->rtype->name.ptr, m->verb);
    }
    return is_allowed ? state_fault(m, before, err)
                      : xh__forbidden(m->rtype, ctx->who, m->verb, err);
}

static int check_in(const struct xh_doc *in, struct xh_err *err)
{
    return in != NULL ? xh_doc_check(in, err) : XH_E_OK;
}

static int run_hooks(struct xh_ctx *ctx, struct xh_rel_conn *conn, const struct xh_transition *t,
                     const struct xh_doc *in_doc, struct xh_record *record, struct xh_err *err)
{
    struct xh__elevated e;
    struct xh_ctx *own = xh__elevate(&e, ctx, conn);
    struct xh_in in = {.doc = in_doc, .record = record};
    struct xh_out out = {0};
    int code = t->guard != NULL ? t->guard(own, &in, &out, err) : XH_E_OK;
    if (code >= 0 && t->effect != NULL) {
        code = t->effect(own, &in, &out, err);
    }
    return code;
}

static int verb_run(struct xh_ctx *ctx, struct xh_rel_conn *conn, void *arg, struct xh_err *err)
{
    struct move *m = arg;
    const struct xh_transition *t = NULL;
    struct xh_record before, record;
    int code = xh__record_load(ctx, m->rtype, conn, m->id, &before, err);
    code = code < 0 ? code : find_line(ctx, m, &before, &t, err);
    if (code < 0) {
        return code;
    }
    const struct xh_doc *in = m->in;
    if (t->in == NULL) {
        in = NULL;
    } else if (in == NULL) {
        in = xh_doc_create(ctx->arena, t->in);
    }
    code = check_in(in, err);
    if (code < 0) {
        return code;
    }
    record = before;
    record.doc = xh_doc_copy(ctx->arena, before.doc);
    record.state = xh_str_from(t->to);
    code = run_hooks(ctx, conn, t, in, &record, err);
    if (code >= 0 && !xh__doc_same(record.doc, before.doc)) {
        code = xh__record_check(ctx, m->rtype, conn, &record, err);
    }
    if (code < 0) {
        return code;
    }
    record.owner = xh__record_owner(m->rtype, &record);
    code = xh__record_store(ctx, m->rtype, conn, &before, &record, m->verb, err);
    m->moved = record;
    return code;
}

int xh_record_verb(struct xh_ctx *ctx, const char *type, int64_t id, const char *verb,
                   const struct xh_doc *in, struct xh_record *ret, struct xh_err *err)
{
    struct move m = {.id = id, .verb = verb, .in = in};
    int code = xh__rtype_get(ctx, type, &m.rtype, err);
    code = code < 0 ? code : xh__change(ctx, verb_run, &m, err);
    if (code < 0) {
        return code;
    }
    xh__record_compute(ctx, &m.moved);
    if (ret != NULL) {
        *ret = m.moved;
    }
    return XH_E_OK;
}
