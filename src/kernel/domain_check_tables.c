/* domain_check_tables.c: queries, actions, jobs, indicators, tariffs and seeds of a room. */
#include "kernel/domain_check_internal.h"

#include <string.h>

static int check_read(const struct xh__check *check, const struct xh_access *access)
{
    return (access->read | access->read_own) != 0 ? XH_E_OK
                                                  : xh__check_fault(check, "nobody may read it");
}

/* ---- queries ---- */

static bool is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || xh_char_is_digit(c) || c == '_';
}

/* The next :name behind *at, outside of quotes; false when there is none. */
static bool next_param(struct xh_str sql, size_t *at, struct xh_str *ret_name)
{
    char quote = '\0';
    for (size_t i = *at; i < sql.len; i++) {
        char c = sql.ptr[i];
        if (quote != '\0') {
            quote = c == quote ? '\0' : quote;
        } else if (c == '\'' || c == '"') {
            quote = c;
        } else if (c == ':') {
            size_t end = i + 1;
            while (end < sql.len && is_word_char(sql.ptr[end])) {
                end++;
            }
            *ret_name = xh_str_sub(sql, i + 1, end - i - 1);
            *at = end;
            return true;
        }
    }
    return false;
}

static bool has_param(struct xh_str sql, const char *name)
{
    size_t at = 0;
    struct xh_str found;
    while (next_param(sql, &at, &found)) {
        if (xh_str_is(found, name)) {
            return true;
        }
    }
    return false;
}

static bool has_word(struct xh_str sql, const char *word)
{
    size_t len = strlen(word);
    for (size_t i = 0; i + len <= sql.len; i++) {
        bool is_start = i == 0 || !is_word_char(sql.ptr[i - 1]);
        bool is_end = i + len == sql.len || !is_word_char(sql.ptr[i + len]);
        if (is_start && is_end && memcmp(sql.ptr + i, word, len) == 0) {
            return true;
        }
    }
    return false;
}

static int check_params(const struct xh__check *check, const struct xh_query *query)
{
    struct xh_str sql = xh_str_from(query->sql), name;
    const struct xh_shape *params = &query->params;
    for (size_t i = 0; i < params->field_count; i++) {
        if (!has_param(sql, params->fields[i].name)) {
            return xh__check_fault(check, "its SQL does not name :%s", params->fields[i].name);
        }
    }
    for (size_t at = 0; next_param(sql, &at, &name);) {
        if (xh_field_find(params->fields, params->field_count, name) == NULL) {
            return xh__check_fault(check, "its SQL names :%.*s, which is no parameter",
                                   XH_STR_ARG(name));
        }
    }
    return XH_E_OK;
}

static int check_sql(const struct xh__check *check, const struct xh_query *query)
{
    struct xh_str sql = xh_str_from(query->sql);
    if (!xh_str_starts(sql, XH_STR("SELECT ")) && !xh_str_starts(sql, XH_STR("WITH "))) {
        return xh__check_fault(check, "its SQL begins with neither SELECT nor WITH");
    }
    if (xh_str_find_char(sql, ';') >= 0) {
        return xh__check_fault(check, "its SQL is more than one statement");
    }
    if (query->owner_column != NULL && !has_word(sql, query->owner_column)) {
        return xh__check_fault(check, "its SQL does not name the owner column \"%s\"",
                               query->owner_column);
    }
    if (query->access.read_own != 0 && query->owner_column == NULL) {
        return xh__check_fault(check, "read_own needs an owner_column");
    }
    return check_params(check, query);
}

static int check_query(struct xh__check *check, const struct xh_domain *domain, size_t at)
{
    const struct xh_query *query = &domain->queries[at];
    check->table = "query";
    check->row = query->name;
    int code = xh__check_row_name(check, query->name, domain->queries, sizeof *query, at);
    if (code == XH_E_OK) {
        code = xh__check_labels(check, query->label_vi, query->label_en);
    }
    if (code == XH_E_OK) {
        code = xh__check_helps(check, query->help_vi, query->help_en);
    }
    if (code == XH_E_OK) {
        code = check_read(check, &query->access);
    }
    if (code == XH_E_OK) {
        code = xh__check_shape(check, &query->params, XH__SHAPE_INPUT);
    }
    if (code == XH_E_OK) {
        code = xh__check_shape(check, &query->columns, XH__SHAPE_OUTPUT);
    }
    bool is_flat = query->params.part_count == 0 && query->columns.part_count == 0 &&
                   query->columns.field_count > 0;
    if (code == XH_E_OK && !is_flat) {
        code = xh__check_fault(check, "parameters and columns have no parts, and one column is "
                                      "needed");
    }
    return code == XH_E_OK ? check_sql(check, query) : code;
}

/* ---- actions, jobs, indicators ---- */

static int check_action(struct xh__check *check, const struct xh_domain *domain, size_t at)
{
    const struct xh_action *action = &domain->actions[at];
    check->table = "action";
    check->row = action->name;
    int code = xh__check_row_name(check, action->name, domain->actions, sizeof *action, at);
    if (code == XH_E_OK) {
        code = xh__check_labels(check, action->label_vi, action->label_en);
    }
    if (code == XH_E_OK) {
        code = xh__check_helps(check, action->help_vi, action->help_en);
    }
    if (code == XH_E_OK && action->run == NULL) {
        code = xh__check_fault(check, "it has no function");
    }
    const struct xh_access *access = &action->access;
    bool is_open = action->is_read ? (access->read | access->read_own) != 0
                                   : (access->write | access->write_own) != 0;
    if (code == XH_E_OK && !is_open) {
        code = xh__check_fault(check, "nobody may do it: an action that reads takes the read "
                                      "masks, another the write masks");
    }
    if (code == XH_E_OK && action->in != NULL) {
        code = xh__check_shape(check, action->in, XH__SHAPE_INPUT);
    }
    return code == XH_E_OK && action->out != NULL
               ? xh__check_shape(check, action->out, XH__SHAPE_OUTPUT)
               : code;
}

static int check_job(struct xh__check *check, const struct xh_domain *domain, size_t at)
{
    const struct xh_job *job = &domain->jobs[at];
    check->table = "job";
    check->row = job->name;
    int code = xh__check_row_name(check, job->name, domain->jobs, sizeof *job, at);
    if (code == XH_E_OK) {
        code = xh__check_labels(check, job->label_vi, job->label_en);
    }
    if (code == XH_E_OK && job->run == NULL) {
        code = xh__check_fault(check, "it has no function");
    }
    if (code == XH_E_OK && (job->every_s < 0 || (job->every_s == 0 && job->on_change == NULL))) {
        code = xh__check_fault(check, "it runs neither by the clock nor on a change");
    }
    return code == XH_E_OK && job->on_change != NULL ? xh__check_ref(check, job->on_change) : code;
}

static int check_indicator(struct xh__check *check, const struct xh_domain *domain, size_t at)
{
    const struct xh_indicator *indicator = &domain->indicators[at];
    check->table = "indicator";
    check->row = indicator->name;
    int code = xh__check_row_name(check, indicator->name, domain->indicators, sizeof *indicator,
                                  at);
    const char *const texts[][2] = {
        {indicator->label_vi, indicator->label_en},
        {indicator->formula_vi, indicator->formula_en},
        {indicator->numerator_vi, indicator->numerator_en},
        {indicator->denominator_vi, indicator->denominator_en},
    };
    for (size_t i = 0; code == XH_E_OK && i < XH_COUNT(texts); i++) {
        bool is_optional = i >= 2; /* a plain count has no denominator */
        code = is_optional ? xh__check_helps(check, texts[i][0], texts[i][1])
                           : xh__check_labels(check, texts[i][0], texts[i][1]);
    }
    if (code == XH_E_OK && indicator->run == NULL) {
        code = xh__check_fault(check, "it has no function");
    }
    if (code == XH_E_OK && (indicator->unit == NULL || !xh__check_is_unit(indicator->unit))) {
        code = xh__check_fault(check, "unit \"%s\" is not known",
                               indicator->unit ? indicator->unit : "");
    }
    return code == XH_E_OK ? check_read(check, &indicator->access) : code;
}

/* ---- tariffs and seeds ---- */

static bool has_component_before(const struct xh_tariff *tariff, size_t at, const char *name)
{
    for (size_t i = 0; i < at; i++) {
        if (strcmp(tariff->components[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static int check_component(struct xh__check *check, const struct xh_tariff *tariff, size_t at)
{
    const struct xh_charge_component *c = &tariff->components[at];
    check->subtable = "component";
    check->subrow = c->name;
    int code = xh__check_row_name(check, c->name, tariff->components, sizeof *c, at);
    if (code == XH_E_OK) {
        code = xh__check_labels(check, c->label_vi, c->label_en);
    }
    if (code == XH_E_OK && c->key == NULL) {
        code = xh__check_fault(check, "it names no key of dated rows");
    }
    bool is_percent = c->kind == XH_CHARGE_PERCENT;
    if (code == XH_E_OK && is_percent != (c->of[0] != NULL)) {
        code = xh__check_fault(check, "a percentage, and only that, is of other components");
    }
    for (size_t i = 0; code == XH_E_OK && i < XH_COUNT(c->of) && c->of[i] != NULL; i++) {
        if (!has_component_before(tariff, at, c->of[i])) {
            code = xh__check_fault(check, "\"%s\" is no component before it", c->of[i]);
        }
    }
    return code;
}

static int check_tariff(struct xh__check *check, const struct xh_domain *domain, size_t at)
{
    const struct xh_tariff *tariff = domain->tariffs[at];
    check->table = "tariff";
    check->row = tariff->code;
    int code = xh__check_labels(check, tariff->label_vi, tariff->label_en);
    for (size_t i = 0; code == XH_E_OK && i < at; i++) {
        if (strcmp(domain->tariffs[i]->code, tariff->code) == 0) {
            code = xh__check_fault(check, "the code is there twice");
        }
    }
    if (code == XH_E_OK && !xh__check_is_full_name(tariff->quantity)) {
        code = xh__check_fault(check, "its quantity is not a full name, room.name");
    }
    if (code == XH_E_OK && !xh__check_is_currency(tariff->currency)) {
        code = xh__check_fault(check, "its currency is not known");
    }
    if (code == XH_E_OK && (tariff->unit == NULL || !xh__check_is_unit(tariff->unit))) {
        code = xh__check_fault(check, "its unit is not known");
    }
    if (code == XH_E_OK && tariff->component_count == 0) {
        code = xh__check_fault(check, "it has no components");
    }
    for (size_t i = 0; code == XH_E_OK && i < tariff->component_count; i++) {
        code = check_component(check, tariff, i);
    }
    check->subtable = check->subrow = NULL;
    return code;
}

static int check_seeds(struct xh__check *check, const struct xh_domain *domain)
{
    for (const char *const *seed = domain->seeds; seed != NULL && *seed != NULL; seed++) {
        if (!xh_str_ends(xh_str_from(*seed), XH_STR(".csv"))) {
            check->table = "seed";
            check->row = *seed;
            return xh__check_fault(check, "it is not a .csv file");
        }
    }
    return XH_E_OK;
}

int xh__check_tables(const struct xh_domain *domain, struct xh_err *err)
{
    struct xh__check check = {.domain = domain, .err = err};
    const struct {
        size_t count;
        int (*row)(struct xh__check *, const struct xh_domain *, size_t);
    } tables[] = {
        {domain->query_count, check_query},   {domain->action_count, check_action},
        {domain->job_count, check_job},       {domain->indicator_count, check_indicator},
        {domain->tariff_count, check_tariff},
    };
    for (size_t t = 0; t < XH_COUNT(tables); t++) {
        for (size_t i = 0; i < tables[t].count; i++) {
            int code = tables[t].row(&check, domain, i);
            if (code < 0) {
                return code;
            }
        }
    }
    return check_seeds(&check, domain);
}
