/* domain_check_words.c: names, words of SQL, units and labels of a room's tables. */
#include "kernel/domain_check_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { NAME_BYTES_MAX = 48 };

int xh__check_fault(const struct xh__check *check, const char *format, ...)
{
    char sentence[200];
    struct xh_buf place;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    xh_buf_init(&place, 0);
    xh_buf_add_format(&place, "%s", check->domain->name ? check->domain->name : "room");
    if (check->table != NULL) {
        xh_buf_add_format(&place, ", %s \"%s\"", check->table, check->row ? check->row : "");
    }
    if (check->subtable != NULL) {
        xh_buf_add_format(&place, ", %s \"%s\"", check->subtable,
                          check->subrow ? check->subrow : "");
    }
    int code = xh_err_set(check->err, XH_E_INTERNAL, "%s: %s", xh_buf_text(&place), sentence);
    xh_buf_finish(&place);
    return code;
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

bool xh__check_is_name(const char *name)
{
    if (name == NULL || !is_lower(name[0])) {
        return false;
    }
    size_t len = strlen(name);
    for (size_t i = 1; i < len; i++) {
        bool is_bar = name[i] == '_' && name[i - 1] != '_' && i + 1 < len;
        if (!is_lower(name[i]) && !xh_char_is_digit(name[i]) && !is_bar) {
            return false;
        }
    }
    return len <= NAME_BYTES_MAX;
}

/* SQLite 3.40: words that fail as the name of a column without quotes. PostgreSQL 15, appendix C:
 * words marked "reserved" or "reserved (can be function or type)". */
static const char *const sql_words[] = {
    "add", "all", "alter", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric",
    "authorization", "autoincrement", "between", "binary", "both", "case", "cast", "check",
    "collate", "collation", "column", "commit", "concurrently", "constraint", "create", "cross",
    "current_catalog", "current_date", "current_role", "current_schema", "current_time",
    "current_timestamp", "current_user", "default", "deferrable", "delete", "desc", "distinct",
    "do", "drop", "else", "end", "escape", "except", "exists", "false", "fetch", "for", "foreign",
    "freeze", "from", "full", "grant", "group", "having", "ilike", "in", "index", "initially",
    "inner", "insert", "intersect", "into", "is", "isnull", "join", "lateral", "leading", "left",
    "like", "limit", "localtime", "localtimestamp", "natural", "not", "nothing", "notnull", "null",
    "offset", "on", "only", "or", "order", "outer", "overlaps", "placing", "primary", "raise",
    "references", "returning", "right", "select", "session_user", "set", "similar", "some",
    "symmetric", "table", "tablesample", "then", "to", "trailing", "transaction", "true", "union",
    "unique", "update", "user", "using", "values", "variadic", "verbose", "when", "where", "window",
    "with",
};

bool xh__check_is_sql_word(const char *name)
{
    for (size_t i = 0; i < XH_COUNT(sql_words); i++) {
        if (strcmp(name, sql_words[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* A degree of arc is in no dimension of base/unit.h: nothing is ever converted to or from it. */
static bool is_simple_unit(struct xh_str unit)
{
    return xh_str_is(unit, "deg") || xh_unit_find(unit) != NULL;
}

bool xh__check_is_unit(const char *unit)
{
    struct xh_str text = xh_str_from(unit);
    if (is_simple_unit(text)) {
        return true;
    }
    ptrdiff_t slash = xh_str_find_char(text, '/');
    if (slash <= 0) {
        return false;
    }
    size_t at = (size_t)slash;
    return is_simple_unit(xh_str_sub(text, 0, at)) &&
           is_simple_unit(xh_str_sub(text, at + 1, text.len));
}

bool xh__check_is_currency(const char *unit)
{
    const struct xh_unit *found = unit != NULL ? xh_unit_find(xh_str_from(unit)) : NULL;
    return found != NULL && found->dimension >= XH_DIM_MONEY_VND &&
           found->dimension <= XH_DIM_MONEY_SGD;
}

bool xh__check_is_full_name(const char *name)
{
    char part[NAME_BYTES_MAX + 1];
    const char *point = name != NULL ? strchr(name, '.') : NULL;
    if (point == NULL || (size_t)(point - name) > NAME_BYTES_MAX) {
        return false;
    }
    memcpy(part, name, (size_t)(point - name));
    part[point - name] = '\0';
    return xh__check_is_name(part) && xh__check_is_name(point + 1);
}

static int check_text(const struct xh__check *check, const char *which, const char *text)
{
    struct xh_str s = xh_str_from(text);
    if (s.len == 0) {
        return xh__check_fault(check, "%s is empty", which);
    }
    if (!xh_utf8_is_valid(s) || xh_str_trim(s).len != s.len) {
        return xh__check_fault(check, "%s is not clean UTF-8 text", which);
    }
    return XH_E_OK;
}

int xh__check_labels(const struct xh__check *check, const char *vi, const char *en)
{
    int code = check_text(check, "the label in Vietnamese", vi);
    return code < 0 ? code : check_text(check, "the label in English", en);
}

int xh__check_helps(const struct xh__check *check, const char *vi, const char *en)
{
    if (vi == NULL && en == NULL) {
        return XH_E_OK;
    }
    int code = check_text(check, "the help in Vietnamese", vi);
    return code < 0 ? code : check_text(check, "the help in English", en);
}

int xh__check_row_name(const struct xh__check *check, const char *name, const void *rows,
                       size_t row_bytes, size_t at)
{
    if (!xh__check_is_name(name)) {
        return xh__check_fault(check,
                               "\"%s\" is not a name: lower case letters, digits and single "
                               "bars, at most %d",
                               name ? name : "", NAME_BYTES_MAX);
    }
    /* The name is the first member of every row of every table. */
    for (size_t i = 0; i < at; i++) {
        const char *other;
        memcpy(&other, (const char *)rows + i * row_bytes, sizeof other);
        if (strcmp(other, name) == 0) {
            return xh__check_fault(check, "the name is there twice");
        }
    }
    return XH_E_OK;
}
