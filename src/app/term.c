/* term.c: tables, bars and colours. */
#include "app/term.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/env.h"

static const char *const escapes[] = {
    [XH_PLAIN] = "\033[0m",  [XH_BOLD] = "\033[1m",    [XH_FAINT] = "\033[2m",
    [XH_GREEN] = "\033[32m", [XH_YELLOW] = "\033[33m", [XH_RED] = "\033[31m",
};

void xh_term_init(struct xh_term *term, int fd, const char *colour, bool is_vietnamese)
{
    *term = (struct xh_term){.fd = fd, .is_vietnamese = is_vietnamese};
    term->is_tty = isatty(fd) == 1;
    term->has_colour = strcmp(colour, "always") == 0 ||
                       (strcmp(colour, "auto") == 0 && term->is_tty && !getenv("NO_COLOR"));
    xh_buf_init(&term->out, 0);
}

int xh_term_flush(struct xh_term *term, struct xh_err *err)
{
    size_t at = 0;
    int code = 0;

    while (at < term->out.len && code == 0) {
        ssize_t n = write(term->fd, term->out.ptr + at, term->out.len - at);
        if (n >= 0) {
            at += (size_t)n;
        } else if (errno == EINTR) {
            continue;
        } else {
            code = xh_err_errno(err, errno, "write", "the output");
        }
    }
    term->is_unread |= code < 0 && errno == EPIPE;
    xh_buf_clear(&term->out);
    return code;
}

void xh_term_finish(struct xh_term *term)
{
    (void)xh_term_flush(term, NULL);
    xh_buf_finish(&term->out);
}

void xh_term_print(struct xh_term *term, const char *format, ...)
{
    char *text = NULL;
    va_list args;

    va_start(args, format);
    int len = vasprintf(&text, format, args);
    va_end(args);
    xh_assert(len >= 0);
    xh_buf_add(&term->out, text, (size_t)len);
    free(text);
}

void xh_term_colour(struct xh_term *term, enum xh_colour colour)
{
    if (term->has_colour) {
        xh_buf_add_text(&term->out, escapes[colour]);
    }
}

const char *xh_term_say(const struct xh_term *term, const char *en, const char *vi)
{
    return term->is_vietnamese && vi ? vi : en;
}

enum xh_lang xh_term_lang(const struct xh_term *term)
{
    return term->is_vietnamese ? XH_LANG_VI : XH_LANG_EN;
}

struct xh_str xh_term_number(const struct xh_term *term, struct xh_str digits,
                             struct xh_arena *arena)
{
    struct xh_dec dec;
    struct xh_buf buf = {0};

    if (xh_dec_parse(digits, &dec, NULL) < 0) {
        return digits;
    }
    xh_say_dec(&buf, dec, xh_term_lang(term));
    struct xh_str text = xh_arena_str(arena, xh_buf_str(&buf));
    xh_buf_finish(&buf);
    return text;
}

/* ---- tables ---- */

static size_t width_of(struct xh_str s)
{
    size_t width = 0;
    for (size_t i = 0; i < s.len; i++) {
        width += ((unsigned char)s.ptr[i] & 0xc0) != 0x80;
    }
    return width;
}

void xh_table_init(struct xh_table *table, struct xh_arena *arena, const char *const *heads,
                   size_t count)
{
    xh_assert(count <= XH_TABLE_COLUMNS_MAX);
    *table = (struct xh_table){.arena = arena, .column_count = count};
    for (size_t i = 0; i < count; i++) {
        table->is_right[i] = heads[i][0] == '>';
        xh_table_cell(table, xh_str_from(heads[i] + table->is_right[i]), XH_FAINT);
        table->has_head |= heads[i][table->is_right[i]] != '\0';
    }
}

void xh_table_cell(struct xh_table *table, struct xh_str text, enum xh_colour colour)
{
    table->cells = xh_arena_grow(table->arena, table->cells, &table->cell_capacity,
                                 table->cell_count + 1, sizeof *table->cells);
    table->cells[table->cell_count++] = (struct xh_table_cell){xh_arena_str(table->arena, text),
                                                               colour};
}

void xh_table_text(struct xh_table *table, const char *text)
{
    xh_table_cell(table, xh_str_from(text), XH_PLAIN);
}

static void print_cell(struct xh_term *term, const struct xh_table_cell *cell, size_t width,
                       bool is_right, bool is_last)
{
    size_t pad = width - width_of(cell->text);

    for (size_t i = 0; is_right && i < pad; i++) {
        xh_buf_add_char(&term->out, ' ');
    }
    if (cell->colour != XH_PLAIN) {
        xh_term_colour(term, cell->colour);
    }
    xh_buf_add_str(&term->out, cell->text);
    if (cell->colour != XH_PLAIN) {
        xh_term_colour(term, XH_PLAIN);
    }
    for (size_t i = 0; !is_right && !is_last && i < pad; i++) {
        xh_buf_add_char(&term->out, ' ');
    }
    if (!is_last) {
        xh_buf_add_text(&term->out, "  ");
    }
}

void xh_table_print(const struct xh_table *table, struct xh_term *term)
{
    size_t widths[XH_TABLE_COLUMNS_MAX] = {0}, columns = table->column_count;

    for (size_t i = 0; i < table->cell_count; i++) {
        size_t width = width_of(table->cells[i].text);
        if (width > widths[i % columns]) {
            widths[i % columns] = width;
        }
    }
    for (size_t i = table->has_head ? 0 : columns; i < table->cell_count; i++) {
        size_t column = i % columns;
        print_cell(term, &table->cells[i], widths[column], table->is_right[column],
                   column + 1 == columns);
        if (column + 1 == columns) {
            xh_buf_add_char(&term->out, '\n');
        }
    }
}

struct xh_str xh_term_bar(struct xh_arena *arena, double share, int width)
{
    static const char *const parts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    struct xh_buf buf = {0};
    double clamped = share < 0 ? 0 : share > 1 ? 1 : share;
    int eighths = (int)(clamped * width * 8 + 0.5);

    if (eighths == 0 && clamped > 0) {
        eighths = 1;
    }
    for (int i = 0; i < eighths / 8; i++) {
        xh_buf_add_text(&buf, "█");
    }
    xh_buf_add_text(&buf, parts[eighths % 8]);
    struct xh_str text = xh_arena_str(arena, xh_buf_str(&buf));
    xh_buf_finish(&buf);
    return text;
}
