/* show.c: lists as tables. */
#include "app/show.h"

#include "base/num.h"

enum {
    BAR_COLUMNS = 30,
    COLUMNS_MAX = 12,
    CELL_BYTES_MAX = 60,
    MEMBER_BYTES_MAX = 2000,
    DECIMALS_TOLD_MAX = 10,
    DECIMALS_TOLD = 6
};

static const struct xh_tree *find_list(const struct xh_tree *answer)
{
    if (answer->type == XH_JSON_ARRAY) {
        return answer;
    }
    for (const struct xh_tree *m = answer->first; m; m = m->next) {
        if (m->type == XH_JSON_ARRAY &&
            (!m->first || m->first->type == XH_JSON_OBJECT || xh_str_is(m->name, "items"))) {
            return m;
        }
    }
    return NULL;
}

/* What was computed may have more digits than it deserves (0.07999999999992724); what was read from
 * a meter never has that many. --json gives all of them. */
static struct xh_str number_text(struct xh_arena *arena, struct xh_str digits)
{
    char text[XH_NUM_FIXED_BYTES];
    ptrdiff_t point = xh_str_find_char(digits, '.');
    double value;

    if (point < 0 || digits.len - (size_t)point <= DECIMALS_TOLD_MAX ||
        xh_num_parse(digits, &value, NULL) < 0) {
        return digits;
    }
    size_t len = xh_num_print_fixed(value, DECIMALS_TOLD, text);
    while (len > 0 && text[len - 1] == '0') {
        len--;
    }
    if (len > 0 && text[len - 1] == '.') {
        len--;
    }
    return xh_arena_str(arena, (struct xh_str){text, len});
}

static struct xh_str cell_text(struct xh_arena *arena, const struct xh_tree *value,
                               size_t bytes_max)
{
    struct xh_buf buf = {0};

    if (value && value->type == XH_JSON_ARRAY) {
        for (const struct xh_tree *item = value->first; item; item = item->next) {
            xh_buf_add_text(&buf, buf.len > 0 ? " " : "");
            xh_buf_add_str(&buf, item->text);
        }
    } else if (value && value->type == XH_JSON_NUMBER) {
        xh_buf_add_str(&buf, number_text(arena, value->text));
    } else if (value) {
        xh_buf_add_str(&buf, value->text);
    }
    struct xh_str text = xh_arena_str(arena, xh_str_sub(xh_buf_str(&buf), 0, bytes_max));
    xh_buf_finish(&buf);
    while (text.len > 0 && !xh_utf8_is_valid(text)) {
        text.len--;
    }
    return text;
}

static bool is_nested(const struct xh_tree *value)
{
    return value->type == XH_JSON_OBJECT ||
           (value->type == XH_JSON_ARRAY && value->first && value->first->type != XH_JSON_STRING);
}

/* Plain values and lists of texts; a list that is empty in one item may hold objects in another. */
static bool is_column(const struct xh_tree *list, const char *name)
{
    bool has_any = false;
    for (const struct xh_tree *item = list->first; item; item = item->next) {
        const struct xh_tree *value = xh_tree_get(item, name);
        if (value && is_nested(value)) {
            return false;
        }
        has_any |= value && (value->type != XH_JSON_ARRAY || value->first);
    }
    return has_any;
}

/* The first item's members that can be a column. */
static size_t find_columns(struct xh_arena *arena, const struct xh_tree *list,
                           const struct xh_tree **ret_columns)
{
    size_t count = 0;

    for (const struct xh_tree *m = list->first ? list->first->first : NULL; m; m = m->next) {
        if (count < COLUMNS_MAX && is_column(list, xh_arena_text(arena, m->name))) {
            ret_columns[count++] = m;
        }
    }
    return count;
}

static void show_list(struct xh_app *app, const struct xh_tree *list)
{
    const struct xh_tree *columns[COLUMNS_MAX];
    const char *heads[COLUMNS_MAX];
    struct xh_table table;
    size_t count = find_columns(app->arena, list, columns);

    for (size_t i = 0; i < count; i++) {
        bool is_number = columns[i]->type == XH_JSON_NUMBER;
        heads[i] = xh_arena_format(app->arena, "%s%.*s", is_number ? ">" : "",
                                   XH_STR_ARG(columns[i]->name))
                       .ptr;
    }
    if (count == 0) {
        xh_term_print(&app->out, "%s\n", xh_term_say(&app->out, "nothing", "không có gì"));
        return;
    }
    xh_table_init(&table, app->arena, heads, count);
    for (const struct xh_tree *item = list->first; item; item = item->next) {
        for (size_t i = 0; i < count; i++) {
            const char *name = xh_arena_text(app->arena, columns[i]->name);
            xh_table_cell(&table, cell_text(app->arena, xh_tree_get(item, name), CELL_BYTES_MAX),
                          XH_PLAIN);
        }
    }
    xh_table_print(&table, &app->out);
}

static void show_members(struct xh_app *app, const struct xh_tree *answer)
{
    struct xh_table table;
    const char *heads[] = {"", ""};

    xh_table_init(&table, app->arena, heads, 2);
    for (const struct xh_tree *m = answer->first; m; m = m->next) {
        if (m->type == XH_JSON_OBJECT || m->type == XH_JSON_NULL ||
            (m->type == XH_JSON_ARRAY && (!m->first || m->first->type == XH_JSON_OBJECT))) {
            continue;
        }
        xh_table_cell(&table, m->name, XH_FAINT);
        xh_table_cell(&table, cell_text(app->arena, m, MEMBER_BYTES_MAX), XH_PLAIN);
    }
    xh_table_print(&table, &app->out);
}

void xh_show(struct xh_app *app, const struct xh_tree *answer)
{
    const struct xh_tree *list = find_list(answer);

    if (list && (answer->type == XH_JSON_ARRAY || xh_str_is(list->name, "items"))) {
        show_list(app, list);
    } else if (answer->type == XH_JSON_OBJECT) {
        show_members(app, answer);
    }
    if (list && answer->type == XH_JSON_OBJECT && !xh_str_is(list->name, "items") && list->first) {
        xh_term_print(&app->out, "\n");
        show_list(app, list);
    }
    if (!xh_tree_is_null(answer, "next")) {
        xh_term_print(&app->note,
                      xh_term_say(&app->note, "more: --after %.*s\n", "còn nữa: --after %.*s\n"),
                      XH_STR_ARG(xh_tree_text(answer, "next")));
    }
}

/* ---- consumption ---- */

static struct xh_str amount(struct xh_app *app, const struct xh_tree *tree, const char *name)
{
    char text[XH_NUM_FIXED_BYTES];

    if (xh_tree_is_null(tree, name)) {
        return XH_STR("–");
    }
    struct xh_str digits = {text, xh_num_print_fixed(xh_tree_real(tree, name), 2, text)};
    return xh_term_number(&app->out, digits, app->arena);
}

static double largest_amount(const struct xh_tree *windows)
{
    double largest = 0;
    for (const struct xh_tree *w = windows ? windows->first : NULL; w; w = w->next) {
        double value = xh_tree_real(w, "amount");
        largest = value > largest ? value : largest;
    }
    return largest;
}

void xh_show_use(struct xh_app *app, const struct xh_tree *answer)
{
    const struct xh_tree *windows = xh_tree_get(answer, "windows");
    struct xh_str period = xh_tree_text(answer, "period"), unit = xh_tree_text(answer, "unit");
    double largest = largest_amount(windows);
    struct xh_table table;
    const char *heads[] = {"", xh_arena_format(app->arena, ">%.*s", XH_STR_ARG(unit)).ptr, "", ""};
    size_t keep = xh_str_is(period, "hour")    ? 16
                  : xh_str_is(period, "month") ? 7
                  : xh_str_is(period, "year")  ? 4
                                               : 10;

    xh_table_init(&table, app->arena, heads, 4);
    for (const struct xh_tree *w = windows ? windows->first : NULL; w; w = w->next) {
        double value = xh_tree_real(w, "amount");
        xh_table_cell(&table, xh_str_sub(xh_tree_text(w, "from"), 0, keep), XH_PLAIN);
        xh_table_cell(&table, amount(app, w, "amount"), XH_PLAIN);
        xh_table_cell(&table,
                      xh_term_bar(app->arena, largest > 0 ? value / largest : 0, BAR_COLUMNS),
                      XH_GREEN);
        xh_table_cell(&table, cell_text(app->arena, xh_tree_get(w, "flags"), CELL_BYTES_MAX),
                      XH_YELLOW);
    }
    xh_table_print(&table, &app->out);
    struct xh_str sentence = xh_tree_text(answer,
                                          xh_term_say(&app->out, "sentence_en", "sentence_vi"));
    struct xh_str total = amount(app, answer, "total");
    if (sentence.len > 0) {
        xh_term_print(&app->out, "\n%.*s\n", XH_STR_ARG(sentence));
    } else {
        xh_term_print(&app->out, "\n%.*s %.*s\n", XH_STR_ARG(total), XH_STR_ARG(unit));
    }
}
