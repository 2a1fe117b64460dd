#include "base/gzip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void add_member(struct xh_buf *packed, struct xh_str content)
{
    assert_int_equal(xh_gzip(content, 6, packed, NULL), 0);
}

/* Unpacks in pieces of `piece` bytes. */
static int unpack(struct xh_str packed, size_t piece, uint64_t max_bytes, unsigned max_ratio,
                  struct xh_buf *out, struct xh_err *err)
{
    struct xh_gunzip *z = xh_gunzip_create(max_bytes, max_ratio);
    int rc = 0;
    for (size_t at = 0; at < packed.len && rc == 0; at += piece) {
        struct xh_str part = xh_str_sub(packed, at, piece);
        char *copy = malloc(part.len);
        memcpy(copy, part.ptr, part.len);
        rc = xh_gunzip_feed(z, copy, part.len, out, err);
        free(copy);
    }
    if (rc == 0) {
        rc = xh_gunzip_end(z, err);
    } else {
        assert_int_equal(xh_gunzip_end(z, NULL), rc); /* the answer stays */
    }
    xh_gunzip_destroy(z);
    return rc;
}

static struct xh_str long_text(struct xh_buf *buf)
{
    for (int i = 0; i < 20000; i++) {
        xh_buf_add_format(buf, "line %d of the text;", i * 7919);
    }
    return xh_buf_str(buf);
}

static void a_text_comes_back_whatever_the_pieces(void **state)
{
    (void)state;
    struct xh_buf text = {0}, packed = {0}, out = {0};
    add_member(&packed, long_text(&text));
    assert_true(packed.len < text.len);
    assert_true(xh_gzip_is(packed.ptr, packed.len));
    static const size_t pieces[] = {1, 2, 7, 1000, 1 << 20};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        xh_buf_clear(&out);
        assert_int_equal(unpack(xh_buf_str(&packed), pieces[i], 0, 0, &out, NULL), 0);
        assert_true(xh_str_equal(xh_buf_str(&out), xh_buf_str(&text)));
    }
    xh_buf_finish(&text);
    xh_buf_finish(&packed);
    xh_buf_finish(&out);
}

static void members_one_after_another_are_one_text(void **state)
{
    (void)state;
    struct xh_buf packed = {0}, out = {0};
    add_member(&packed, XH_STR("one "));
    add_member(&packed, XH_STR(""));
    add_member(&packed, XH_STR("two"));
    for (size_t piece = 1; piece <= packed.len; piece++) {
        xh_buf_clear(&out);
        assert_int_equal(unpack(xh_buf_str(&packed), piece, 0, 0, &out, NULL), 0);
        assert_string_equal(xh_buf_text(&out), "one two");
    }
    xh_buf_finish(&packed);
    xh_buf_finish(&out);
}

static void a_member_that_fills_the_step_exactly_is_whole(void **state)
{
    (void)state;
    char *zeros = calloc(2, 64 << 10);
    struct xh_buf packed = {0}, out = {0};
    add_member(&packed, (struct xh_str){zeros, 64 << 10});
    add_member(&packed, (struct xh_str){zeros, 2 * (64 << 10)});
    assert_int_equal(unpack(xh_buf_str(&packed), packed.len, 0, 0, &out, NULL), 0);
    assert_int_equal(out.len, 3 * (64 << 10));
    free(zeros);
    xh_buf_finish(&packed);
    xh_buf_finish(&out);
}

static void every_cut_of_a_text_is_an_error(void **state)
{
    (void)state;
    struct xh_buf packed = {0}, out = {0};
    struct xh_err err = {0};
    add_member(&packed, XH_STR("some words, some words, some words"));
    for (size_t len = 0; len < packed.len; len++) {
        struct xh_str cut = {packed.ptr, len};
        assert_int_equal(unpack(cut, 1000, 0, 0, &out, &err), XH_E_INVALID);
        assert_non_null(strstr(err.text, "ends too early"));
    }
    xh_buf_finish(&packed);
    xh_buf_finish(&out);
}

static void damage_is_an_error(void **state)
{
    (void)state;
    struct xh_buf packed = {0}, out = {0};
    add_member(&packed, XH_STR("some words, some words, some words"));
    packed.ptr[packed.len - 6] ^= 1; /* the checksum */
    assert_int_equal(unpack(xh_buf_str(&packed), 1000, 0, 0, &out, NULL), XH_E_INVALID);
    assert_int_equal(out.len, 0); /* nothing of a piece that failed */
    packed.ptr[packed.len - 6] ^= 1;
    xh_buf_add_text(&packed, "more"); /* no member behind the member */
    assert_int_equal(unpack(xh_buf_str(&packed), 1000, 0, 0, &out, NULL), XH_E_INVALID);
    assert_int_equal(unpack(XH_STR("plain text"), 1000, 0, 0, &out, NULL), XH_E_INVALID);
    assert_false(xh_gzip_is("plain", 5));
    assert_false(xh_gzip_is("\x1F", 1));
    xh_buf_finish(&packed);
    xh_buf_finish(&out);
}

static void a_bomb_is_refused_before_it_is_unpacked(void **state)
{
    (void)state;
    enum { BOMB_BYTES = 64 << 20 };
    char *zeros = calloc(1, BOMB_BYTES);
    struct xh_buf packed = {0}, out = {0};
    struct xh_err err = {0};
    add_member(&packed, (struct xh_str){zeros, BOMB_BYTES});
    free(zeros);
    assert_int_equal(unpack(xh_buf_str(&packed), 100, 0, 100, &out, &err), XH_E_TOO_LARGE);
    assert_true(out.capacity < 8 << 20);
    assert_non_null(strstr(err.text, "100 to 1"));
    xh_buf_finish(&out);
    assert_int_equal(unpack(xh_buf_str(&packed), 100, 1000, 0, &out, &err), XH_E_TOO_LARGE);
    assert_true(out.capacity < 1 << 20);
    assert_string_equal(err.text, "gzip: more than 1000 bytes unpacked");
    struct xh_buf small;
    xh_buf_init(&small, 5000);
    assert_int_equal(unpack(xh_buf_str(&packed), 100, 0, 0, &small, &err), XH_E_TOO_LARGE);
    assert_int_equal(unpack(xh_buf_str(&packed), packed.len, BOMB_BYTES, 2000, &out, &err), 0);
    xh_buf_finish(&small);
    xh_buf_finish(&packed);
    xh_buf_finish(&out);
}

static void many_members_do_not_hide_a_bomb(void **state)
{
    (void)state;
    enum { MEMBER_BYTES = 512 << 10 };
    char *zeros = calloc(1, MEMBER_BYTES);
    struct xh_buf packed = {0}, out = {0};
    for (int i = 0; i < 8; i++) {
        add_member(&packed, (struct xh_str){zeros, MEMBER_BYTES});
    }
    free(zeros);
    assert_int_equal(unpack(xh_buf_str(&packed), 100, 0, 100, &out, NULL), XH_E_TOO_LARGE);
    assert_int_equal(unpack(xh_buf_str(&packed), 100, 3 << 20, 0, &out, NULL), XH_E_TOO_LARGE);
    xh_buf_finish(&packed);
    xh_buf_finish(&out);
}

static void a_full_buffer_is_an_error(void **state)
{
    (void)state;
    struct xh_buf out;
    xh_buf_init(&out, 10);
    assert_int_equal(xh_gzip(XH_STR("some words"), 9, &out, NULL), XH_E_TOO_LARGE);
    xh_buf_finish(&out);
}

static void the_same_content_gives_the_same_bytes(void **state)
{
    (void)state;
    struct xh_buf a = {0}, b = {0};
    add_member(&a, XH_STR("words"));
    add_member(&b, XH_STR("words"));
    assert_true(xh_str_equal(xh_buf_str(&a), xh_buf_str(&b)));
    assert_memory_equal(a.ptr + 4, "\0\0\0\0", 4); /* no time (RFC 1952, MTIME) */
    xh_buf_finish(&a);
    xh_buf_finish(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_comes_back_whatever_the_pieces),
        cmocka_unit_test(members_one_after_another_are_one_text),
        cmocka_unit_test(a_member_that_fills_the_step_exactly_is_whole),
        cmocka_unit_test(every_cut_of_a_text_is_an_error),
        cmocka_unit_test(damage_is_an_error),
        cmocka_unit_test(a_bomb_is_refused_before_it_is_unpacked),
        cmocka_unit_test(many_members_do_not_hide_a_bomb),
        cmocka_unit_test(a_full_buffer_is_an_error),
        cmocka_unit_test(the_same_content_gives_the_same_bytes),
    };
    return cmocka_run_group_tests_name("base/gzip", tests, NULL, NULL);
}
