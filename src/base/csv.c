/* csv.c: see csv.h.
 *
 * Reading: `in` holds what was fed and, from `at`, not yet read. Each byte is read once and moves
 * the reader from one state to the next, its text going to `record`; so it does not matter where
 * the pieces end. Field i is record[ends[i - 1], ends[i]). Only the guess of the separator looks
 * ahead.
 */
#include "base/csv.h"
#include "base/num.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum state { FIELD_START, IN_FIELD, IN_QUOTES, AFTER_QUOTE };

struct xh_csv_reader {
    char separator; /* 0 while it is not known */
    bool is_last;
    bool has_begun;    /* the byte-order mark is behind us */
    bool is_after_cr;  /* an LF now belongs to the line end before it */
    bool has_quotes;   /* the record has a quoted field, so it is not an empty line */
    enum state state;
    struct xh_buf in;
    size_t at;
    uint64_t line;        /* of the byte at `at` */
    uint64_t record_line; /* where the record begins */
    uint64_t given_line;
    struct xh_buf record;
    size_t ends[XH_CSV_FIELDS_MAX];
    struct xh_str fields[XH_CSV_FIELDS_MAX];
    size_t count;
    bool is_given; /* record and fields were given out and are to be forgotten */
    struct xh_err failure;
};

struct xh_csv_reader *xh_csv_reader_create(char separator)
{
    struct xh_csv_reader *r = xh_alloc(sizeof *r);
    r->separator = separator;
    r->line = 1;
    r->record_line = 1;
    return r;
}

void xh_csv_reader_destroy(struct xh_csv_reader *r)
{
    if (!r) {
        return;
    }
    xh_buf_finish(&r->in);
    xh_buf_finish(&r->record);
    free(r);
}

void xh_csv_feed(struct xh_csv_reader *r, const void *bytes, size_t len, bool is_last)
{
    xh_assert(!r->is_last || len == 0);
    xh_buf_drop_front(&r->in, r->at);
    r->at = 0;
    if (len > 0) {
        xh_buf_add(&r->in, bytes, len);
    }
    r->is_last = r->is_last || is_last;
}

uint64_t xh_csv_line(const struct xh_csv_reader *r)
{
    return r->given_line;
}

char xh_csv_separator(const struct xh_csv_reader *r)
{
    return r->separator;
}

static int fail(struct xh_csv_reader *r, int code, const char *what)
{
    return xh_err_set(&r->failure, code, "csv line %llu: %s", (unsigned long long)r->record_line,
                      what);
}

/* -- before the first record -- */

/* False when more bytes are needed to tell. */
static bool skip_mark(struct xh_csv_reader *r)
{
    static const char mark[] = {(char)0xEF, (char)0xBB, (char)0xBF};
    size_t have = r->in.len - r->at;
    size_t compared = have < sizeof mark ? have : sizeof mark;
    bool is_mark = compared > 0 && memcmp(r->in.ptr + r->at, mark, compared) == 0;
    if (have < sizeof mark && (have == 0 || is_mark) && !r->is_last) {
        return false;
    }
    if (is_mark && compared == sizeof mark) {
        r->at += sizeof mark;
    }
    r->has_begun = true;
    return true;
}

/* What may separate, in the order of preference when the counts are equal. */
static const char separators[] = {',', ';', '\t'};
enum { SEPARATORS = sizeof separators, GUESS_BYTES_MAX = 64 << 10 };

static int separator_index(char c)
{
    for (int i = 0; i < SEPARATORS; i++) {
        if (separators[i] == c) {
            return i;
        }
    }
    return -1;
}

/* Counts separators outside quotes up to the end of the first line that is not empty. Returns
 * whether that end was found. */
static bool count_separators(struct xh_str text, size_t counts[SEPARATORS])
{
    bool is_quoted = false, has_just_closed = false;
    size_t from = 0;
    while (from < text.len && (text.ptr[from] == '\r' || text.ptr[from] == '\n')) {
        from++;
    }
    for (size_t i = from; i < text.len; i++) {
        char c = text.ptr[i];
        char before = i > from ? text.ptr[i - 1] : 0;
        bool is_toggle = c == '"' && (is_quoted || has_just_closed || i == from ||
                                      separator_index(before) >= 0);
        has_just_closed = is_toggle && is_quoted;
        is_quoted = is_quoted != is_toggle;
        if (is_quoted) {
            continue;
        }
        if (c == '\r' || c == '\n') {
            return true;
        }
        int index = separator_index(c);
        bool is_decimal = c == ',' && xh_char_is_digit(before) && i + 1 < text.len &&
                          xh_char_is_digit(text.ptr[i + 1]);
        if (index >= 0 && !is_decimal) {
            counts[index]++;
        }
    }
    return false;
}

/* False when more bytes are needed. */
static bool guess_separator(struct xh_csv_reader *r)
{
    size_t counts[SEPARATORS] = {0};
    struct xh_str text = xh_str_sub(xh_buf_str(&r->in), r->at, GUESS_BYTES_MAX);
    if (text.len == 0 && !r->is_last) {
        return false;
    }
    bool is_whole = count_separators(text, counts);
    if (!is_whole && !r->is_last && text.len < GUESS_BYTES_MAX) {
        return false;
    }
    int best = 0;
    for (int i = 1; i < SEPARATORS; i++) {
        if (counts[i] > counts[best]) {
            best = i;
        }
    }
    r->separator = separators[best];
    return true;
}

/* -- records -- */

static void count_line(struct xh_csv_reader *r, char c)
{
    if (c == '\r' || (c == '\n' && !r->is_after_cr)) {
        r->line++;
    }
    r->is_after_cr = c == '\r';
}

static int end_field(struct xh_csv_reader *r)
{
    if (r->count == XH_CSV_FIELDS_MAX) {
        return fail(r, XH_E_TOO_LARGE, "the record has more than 4096 fields");
    }
    r->ends[r->count++] = r->record.len;
    r->state = FIELD_START;
    return 0;
}

static void forget_record(struct xh_csv_reader *r)
{
    xh_buf_clear(&r->record);
    r->count = 0;
    r->has_quotes = false;
    r->is_given = false;
    r->record_line = r->line;
}

/* The record is whole. 1: it is given out; 0: it was an empty line. */
static int give_record(struct xh_csv_reader *r)
{
    if (r->count == 1 && r->record.len == 0 && !r->has_quotes) {
        forget_record(r);
        return 0;
    }
    if (!xh_utf8_is_valid(xh_buf_str(&r->record))) {
        return fail(r, XH_E_INVALID, "the text is not valid utf-8");
    }
    for (size_t i = 0; i < r->count; i++) {
        size_t from = i > 0 ? r->ends[i - 1] : 0;
        size_t len = r->ends[i] - from;
        r->fields[i] = len > 0 ? (struct xh_str){r->record.ptr + from, len} : XH_STR("");
    }
    r->given_line = r->record_line;
    r->is_given = true;
    return 1;
}

/* Moves the bytes that stand for themselves from `in` to `record`. */
static int take_plain(struct xh_csv_reader *r)
{
    size_t from = r->at, end = r->in.len;
    const char *text = r->in.ptr;
    if (r->state == IN_QUOTES) {
        while (r->at < end && text[r->at] != '"') {
            count_line(r, text[r->at]);
            r->at++;
        }
    } else {
        while (r->at < end && text[r->at] != r->separator && text[r->at] != '\n' &&
               text[r->at] != '\r') {
            r->at++;
        }
    }
    if (r->at == from) {
        return 0;
    }
    if (r->at - from > XH_CSV_RECORD_BYTES_MAX - r->record.len) {
        return fail(r, XH_E_TOO_LARGE, "the record is longer than 1048576 bytes");
    }
    xh_buf_add(&r->record, text + from, r->at - from);
    return 0;
}

/* One byte outside quotes that ends a field. 1: it ends the record, too. */
static int take_delimiter(struct xh_csv_reader *r, char c)
{
    r->at++;
    if (c != r->separator) {
        count_line(r, c);
    }
    int rc = end_field(r);
    return rc < 0 ? rc : c != r->separator;
}

/* One byte that means something where it stands, or a run of plain ones. 1: the record is whole. */
static int step(struct xh_csv_reader *r)
{
    char c = r->in.ptr[r->at];
    bool is_quote = c == '"';
    bool is_delimiter = c == r->separator || c == '\n' || c == '\r';
    if (r->state == IN_QUOTES && is_quote) {
        r->at++;
        r->is_after_cr = false;
        r->state = AFTER_QUOTE;
        return 0;
    }
    if (r->state == AFTER_QUOTE && is_quote) { /* a doubled quote is one */
        r->state = IN_QUOTES;
        r->at++;
        if (r->record.len == XH_CSV_RECORD_BYTES_MAX) {
            return fail(r, XH_E_TOO_LARGE, "the record is longer than 1048576 bytes");
        }
        xh_buf_add_char(&r->record, '"');
        return 0;
    }
    if (r->state != IN_QUOTES && is_delimiter) {
        return take_delimiter(r, c);
    }
    if (r->state == AFTER_QUOTE) {
        return fail(r, XH_E_INVALID, "text stands behind a closing quote");
    }
    if (r->state == FIELD_START && is_quote) {
        r->at++;
        r->has_quotes = true;
        r->state = IN_QUOTES;
        return 0;
    }
    if (r->state == FIELD_START) {
        r->state = IN_FIELD;
    }
    return take_plain(r);
}

/* Nothing follows: what was begun is the last record. */
static int end_text(struct xh_csv_reader *r)
{
    if (r->state == IN_QUOTES) {
        return fail(r, XH_E_INVALID, "a quoted field is never closed");
    }
    if (r->state == FIELD_START && r->count == 0) {
        return 0;
    }
    int rc = end_field(r);
    return rc < 0 ? rc : give_record(r);
}

static int next_record(struct xh_csv_reader *r)
{
    if (r->is_given) {
        forget_record(r);
    }
    if (r->in.is_over) {
        return fail(r, XH_E_TOO_LARGE, "more than 1 GiB was fed at once");
    }
    if (!r->has_begun && !skip_mark(r)) {
        return 0;
    }
    if (!r->separator && !guess_separator(r)) {
        return 0;
    }
    while (r->at < r->in.len) {
        if (r->is_after_cr && r->state != IN_QUOTES) {
            r->is_after_cr = false;
            if (r->in.ptr[r->at] == '\n') {
                r->at++;
                continue;
            }
        }
        int rc = step(r);
        if (rc > 0) {
            rc = give_record(r);
        }
        if (rc != 0) {
            return rc;
        }
    }
    return r->is_last ? end_text(r) : 0;
}

int xh_csv_next(struct xh_csv_reader *r, const struct xh_str **ret_fields, size_t *ret_count,
                struct xh_err *err)
{
    if (r->failure.code == 0) {
        int rc = next_record(r);
        if (rc > 0) {
            *ret_fields = r->fields;
            *ret_count = r->count;
        }
        if (rc >= 0) {
            return rc;
        }
    }
    if (err) {
        *err = r->failure;
    }
    return r->failure.code;
}

/* -- writing -- */

void xh_csv_writer_init(struct xh_csv_writer *w, struct xh_buf *out)
{
    *w = (struct xh_csv_writer){.out = out, .separator = ','};
}

static void begin_field(struct xh_csv_writer *w, bool is_empty)
{
    if (w->has_field) {
        xh_buf_add_char(w->out, w->separator);
    }
    w->is_blank = !w->has_field && is_empty;
    w->has_field = true;
}

static bool looks_like_formula(struct xh_str value)
{
    double ignored;
    return value.len > 0 && memchr("=+-@", value.ptr[0], 4) &&
           xh_num_parse(value, &ignored, NULL) != 0;
}

static bool needs_quotes(const struct xh_csv_writer *w, struct xh_str value)
{
    if (value.len == 0) {
        return false;
    }
    if (value.ptr[0] == ' ' || value.ptr[0] == '\t') {
        return true;
    }
    if (xh_str_starts(value, XH_STR("\xEF\xBB\xBF"))) { /* a reader would drop it as a mark */
        return true;
    }
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (c == w->separator || c == '"' || c == '\r' || c == '\n') {
            return true;
        }
    }
    return false;
}

void xh_csv_field(struct xh_csv_writer *w, struct xh_str value)
{
    bool is_formula = w->is_for_spreadsheet && looks_like_formula(value);
    bool is_quoted = needs_quotes(w, value);
    begin_field(w, value.len == 0);
    if (is_quoted) {
        xh_buf_add_char(w->out, '"');
    }
    if (is_formula) {
        xh_buf_add_char(w->out, '\'');
    }
    while (is_quoted) {
        ptrdiff_t quote = xh_str_find_char(value, '"');
        if (quote < 0) {
            break;
        }
        size_t len = (size_t)quote + 1;
        xh_buf_add(w->out, value.ptr, len);
        xh_buf_add_char(w->out, '"');
        value = xh_str_sub(value, len, value.len - len);
    }
    xh_buf_add_str(w->out, value);
    if (is_quoted) {
        xh_buf_add_char(w->out, '"');
    }
}

void xh_csv_text(struct xh_csv_writer *w, const char *value)
{
    xh_csv_field(w, xh_str_from(value));
}

void xh_csv_int(struct xh_csv_writer *w, int64_t value)
{
    char text[XH_NUM_TEXT_BYTES];
    begin_field(w, false);
    xh_buf_add(w->out, text, xh_int_print(value, text));
}

void xh_csv_num_as(struct xh_csv_writer *w, double value, int decimals)
{
    char text[XH_NUM_FIXED_BYTES];
    begin_field(w, !isfinite(value));
    if (isfinite(value)) {
        xh_buf_add(w->out, text, xh_num_print_as(value, decimals, text));
    }
}

void xh_csv_end(struct xh_csv_writer *w)
{
    if (w->is_blank) {
        xh_buf_add_text(w->out, "\"\"");
    }
    xh_buf_add_text(w->out, "\r\n");
    w->has_field = false;
    w->is_blank = false;
}
