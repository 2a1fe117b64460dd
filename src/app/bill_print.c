/* bill_print.c: the lines of a bill, a bar for each tier or band, the sums, what it rests on. */
#include "app/bill.h"

enum { BAR_COLUMNS = 16 };

static const char *say(const struct xh_app *app, const char *en, const char *vi)
{
    return xh_term_say(&app->out, en, vi);
}

static struct xh_str money(struct xh_app *app, const struct xh_tree *bill, struct xh_str digits)
{
    struct xh_buf buf = {0};
    struct xh_dec amount;

    if (xh_dec_parse(digits, &amount, NULL) < 0) {
        return digits;
    }
    xh_say_price(&buf, amount, xh_tree_text(bill, "currency"), xh_term_lang(&app->out));
    struct xh_str text = xh_arena_str(app->arena, xh_buf_str(&buf));
    xh_buf_finish(&buf);
    return text;
}

static double largest_quantity(const struct xh_tree *lines)
{
    double largest = 0;
    for (const struct xh_tree *line = lines ? lines->first : NULL; line; line = line->next) {
        double quantity = xh_tree_real(line, "quantity");
        largest = quantity > largest ? quantity : largest;
    }
    return largest;
}

static void print_lines(struct xh_app *app, const struct xh_tree *bill)
{
    const struct xh_tree *lines = xh_tree_get(bill, "lines");
    double largest = largest_quantity(lines);
    struct xh_table table;
    const char *heads[] = {say(app, "line", "dòng"), "", say(app, ">amount", ">thành tiền"),
                           say(app, "document", "văn bản")};

    xh_table_init(&table, app->arena, heads, 4);
    for (const struct xh_tree *line = lines ? lines->first : NULL; line; line = line->next) {
        struct xh_str sentence = xh_tree_text(line, say(app, "sentence_en", "sentence_vi"));
        double quantity = xh_tree_real(line, "quantity");
        bool is_disputed = xh_tree_is_true(line, "is_disputed");
        xh_table_cell(&table, sentence, XH_PLAIN);
        xh_table_cell(&table,
                      xh_term_bar(app->arena, largest > 0 ? quantity / largest : 0, BAR_COLUMNS),
                      is_disputed ? XH_YELLOW : XH_GREEN);
        xh_table_cell(&table, money(app, bill, xh_tree_text(line, "amount")), XH_PLAIN);
        xh_table_cell(
            &table,
            xh_arena_format(app->arena, "%.*s%s", XH_STR_ARG(xh_tree_text(line, "document")),
                            is_disputed ? say(app, " (disputed)", " (còn ý kiến khác nhau)") : ""),
            XH_FAINT);
    }
    xh_table_print(&table, &app->out);
}

static void add_sum(struct xh_app *app, struct xh_table *table, const char *label,
                    struct xh_str text, enum xh_colour colour)
{
    xh_table_cell(table, xh_str_from(label), XH_PLAIN);
    xh_table_cell(table, text, colour);
    (void)app;
}

static void print_sums(struct xh_app *app, const struct xh_tree *bill)
{
    struct xh_table table;
    const char *heads[] = {"", ">"};
    struct xh_str quantity = xh_term_number(&app->out, xh_tree_text(bill, "quantity"), app->arena);

    xh_table_init(&table, app->arena, heads, 2);
    add_sum(app, &table, say(app, "quantity", "lượng"),
            xh_arena_format(app->arena, "%.*s %.*s", XH_STR_ARG(quantity),
                            XH_STR_ARG(xh_tree_text(bill, "unit"))),
            XH_PLAIN);
    add_sum(app, &table, say(app, "before tax", "chưa thuế"),
            money(app, bill, xh_tree_text(bill, "net")), XH_PLAIN);
    add_sum(app, &table, say(app, "tax", "thuế"), money(app, bill, xh_tree_text(bill, "tax")),
            XH_PLAIN);
    add_sum(app, &table, say(app, "to pay", "phải trả"),
            money(app, bill, xh_tree_text(bill, "total")), XH_BOLD);
    xh_term_print(&app->out, "\n");
    xh_table_print(&table, &app->out);
}

/* 429.24000000000001 kg reads no better than 429.24. */
static void print_ghg(struct xh_app *app, const struct xh_tree *bill)
{
    if (xh_tree_is_null(bill, "ghg_kgco2")) {
        return;
    }
    xh_term_print(&app->out, "\n");
    xh_say_num(&app->out.out, xh_tree_real(bill, "ghg_kgco2"), 1, xh_term_lang(&app->out));
    xh_term_print(&app->out, " kg CO2");
    if (!xh_tree_is_null(bill, "ghg_factor_unit")) {
        struct xh_str factor = xh_term_number(&app->out, xh_tree_text(bill, "ghg_factor"),
                                              app->arena);
        xh_term_print(&app->out, " (%.*s %.*s, %.*s: %.*s)", XH_STR_ARG(factor),
                      XH_STR_ARG(xh_tree_text(bill, "ghg_factor_unit")),
                      XH_STR_ARG(xh_tree_text(bill, "ghg_factor_year")),
                      XH_STR_ARG(xh_tree_text(bill, "ghg_factor_document")));
    }
    xh_term_print(&app->out, "\n");
}

/* A kept bill's note has a line in each language, Vietnamese first. */
static struct xh_str note_line(const struct xh_app *app, struct xh_str note)
{
    ptrdiff_t end = xh_str_find_char(note, '\n');

    if (end < 0) {
        return note;
    }
    return app->out.is_vietnamese ? xh_str_sub(note, 0, (size_t)end)
                                  : xh_str_sub(note, (size_t)end + 1, note.len);
}

void xh_bill_print(struct xh_app *app, const struct xh_tree *bill)
{
    struct xh_str number = xh_tree_text(bill, "number");
    struct xh_str note = xh_tree_text(bill, say(app, "note_en", "note_vi"));

    if (note.len == 0) {
        note = note_line(app, xh_tree_text(bill, "note"));
    }
    xh_term_colour(&app->out, XH_BOLD);
    xh_term_print(&app->out, "%.*s%s%.*s", XH_STR_ARG(xh_tree_text(bill, "tariff")),
                  number.len ? "  " : "", XH_STR_ARG(number));
    xh_term_colour(&app->out, XH_PLAIN);
    xh_term_print(&app->out, say(app, "  %.*s until %.*s\n\n", "  %.*s đến trước %.*s\n\n"),
                  XH_STR_ARG(xh_tree_text(bill, "period_from")),
                  XH_STR_ARG(xh_tree_text(bill, "period_to")));
    print_lines(app, bill);
    print_sums(app, bill);
    print_ghg(app, bill);
    if (note.len > 0) {
        xh_term_print(&app->out, "\n%.*s\n", XH_STR_ARG(note));
    }
    if (xh_tree_is_true(bill, "has_disputed_rows")) {
        xh_term_print(&app->out, "\n%s\n",
                      say(app, "Sources differ on whether a row used here applies yet.",
                          "Các nguồn còn khác nhau về hiệu lực của một dòng đã dùng."));
    }
    if (xh_tree_is_true(bill, "has_partial_rows")) {
        xh_term_print(&app->out, "\n%s\n",
                      say(app,
                          "Some rows used here are only partly verified (`--json` says which).",
                          "Một số dòng mới kiểm chứng một phần (`--json` nói rõ dòng nào)."));
    }
}
