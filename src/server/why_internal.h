/* why_internal.h: the answer to "why is this number so?", filled by why_api.c (bills, indicators,
 * dated rows), why_record.c (records) and why_use.c (consumption), written by why_write.c. */
#ifndef XH_SERVER_WHY_INTERNAL_H
#define XH_SERVER_WHY_INTERNAL_H

#include "kernel/say.h"
#include "server/server_internal.h"
#include "service/records.h"

struct xh__why_part {
    struct xh_str label_vi, label_en;
    bool has_value;
    struct xh_dec value;
    struct xh_str unit, href;
};

/* All texts in the request's arena. The href of a part is an address of the API that tells more. */
struct xh__why {
    struct xh_str title_vi, title_en, unit, formula_vi, formula_en, note_vi, note_en;
    bool has_value;
    struct xh_dec value;
    struct xh__why_part *parts;
    size_t part_count, part_capacity;
    struct xh__why_part *missing;
    size_t missing_count, missing_capacity;
    struct xh_record *rows; /* of core.dated */
    size_t row_count, row_capacity;
    const struct xh_series *series;
    struct xh_reading *readings;
    size_t reading_count, reading_capacity;
    bool has_more_readings;
    const char *versions_type; /* whose changes are told; NULL: none */
    int64_t versions_id;
};

struct xh__why_part *xh__why_part_add(struct xh__request *req, struct xh__why *why);
struct xh__why_part *xh__why_missing_add(struct xh__request *req, struct xh__why *why);
/* The dated row with this id; one that is told already, or that is gone, is left out. */
int xh__why_row_add(struct xh__request *req, struct xh__why *why, int64_t id, struct xh_err *err);
/* The readings that [from, to) rests on: inside, and the nearest on both sides. */
int xh__why_readings_add(struct xh__request *req, struct xh__why *why,
                         const struct xh_series *series, int64_t from_us, int64_t to_us,
                         struct xh_err *err);
void xh__why_set_real(bool *ret_has, struct xh_dec *ret, double value);

/* The days of a question, to exclusive; none when both are the same. */
struct xh__why_days {
    int32_t from, to;
};
/* Where more is told of a record: a why of its own where it has one, else the record. Empty: of no
 * type that is known. days: of a series; NULL: its usual. */
struct xh_str xh__why_href(struct xh__request *req, struct xh_str type, int64_t id,
                           const struct xh__why_days *days);

/* Of a record (why_record.c): its type's why. */
int xh__why_record(struct xh__request *req, struct xh__why *why, struct xh_err *err);
/* Of a place and a quantity (why_place.c), of a series. */
int xh__why_place(struct xh__request *req, struct xh__why *why, struct xh_err *err);
int xh__why_use(struct xh__request *req, struct xh__why *why, struct xh_err *err);
int xh__why_respond(struct xh__request *req, const struct xh__why *why, struct xh_err *err);

#endif
