/* term.h: what a person sees: aligned tables, bars, colours on a terminal only.
 *
 * Output is gathered in one buffer and written when the command is done (or flushed), so that an
 * error leaves no half table behind. Width is counted in code points: Vietnamese as the program
 * writes it is composed, one column each.
 */
#ifndef XH_APP_TERM_H
#define XH_APP_TERM_H

#include "base/arena.h"
#include "kernel/say.h"

enum xh_colour { XH_PLAIN, XH_BOLD, XH_FAINT, XH_GREEN, XH_YELLOW, XH_RED };

struct xh_term {
    int fd;
    bool is_tty, has_colour, is_vietnamese;
    bool is_unread; /* who read it went away, as `head` does: no fault worth a sentence */
    struct xh_buf out;
};
/* colour: "auto" "always" "never". */
void xh_term_init(struct xh_term *term, int fd, const char *colour, bool is_vietnamese);
void xh_term_finish(struct xh_term *term); /* writes what is left */
/* XH_E_IO when nobody reads any more; then what is left is dropped. */
int xh_term_flush(struct xh_term *term, struct xh_err *err);
void xh_term_print(struct xh_term *term, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void xh_term_colour(struct xh_term *term, enum xh_colour colour);
const char *xh_term_say(const struct xh_term *term, const char *en, const char *vi)
    __attribute__((format_arg(2), format_arg(3))); /* as a format both are checked */

enum xh_lang xh_term_lang(const struct xh_term *term); /* for kernel/say.h */
/* "1234567.50" as people write it: 1,234,567.50 or 1.234.567,50. Other texts stay. In the arena. */
struct xh_str xh_term_number(const struct xh_term *term, struct xh_str digits,
                             struct xh_arena *arena);

enum { XH_TABLE_COLUMNS_MAX = 24 };
struct xh_table_cell {
    struct xh_str text;
    enum xh_colour colour;
};
struct xh_table {
    struct xh_arena *arena;
    size_t column_count;
    bool is_right[XH_TABLE_COLUMNS_MAX]; /* numbers */
    struct xh_table_cell *cells;
    size_t cell_count, cell_capacity;
    bool has_head;
};
/* heads: one for each column, '>' in front: to the right. */
void xh_table_init(struct xh_table *table, struct xh_arena *arena, const char *const *heads,
                   size_t count);
void xh_table_cell(struct xh_table *table, struct xh_str text, enum xh_colour colour);
void xh_table_text(struct xh_table *table, const char *text);
void xh_table_print(const struct xh_table *table, struct xh_term *term);
/* A bar of `share` (0 to 1) of `width` columns, in eighths. */
struct xh_str xh_term_bar(struct xh_arena *arena, double share, int width);

#endif
