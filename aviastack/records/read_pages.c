/* Reads whole pages of one endpoint's records into the buffers of Arrow columns.
 *
 * It reads only what the endpoint declares, in the form that the API normally sends, and refuses everything else: an
 * unknown, a missing or a repeated key, a value of another type, an offset other than +00:00, an unusual number, JSON
 * that is not valid. A refused page is read by Arrow's reader or record by record, so refusing costs time and no data.
 * The one thing that this code must never do is to accept a page and return other values than those readers would.
 *
 * It is fast because it expects the keys in the order in which the page before had them: comparing a key with the
 * expected one is cheaper than finding its end and looking it up. The order is only a guess; another one is slower.
 *
 * Memory: nothing is read at or after `end` of a page (see has() and next_eight()), and nothing is written to a column
 * without room for it (see room_for_text() and room_for_rows()). There is no recursion over the page: objects nest only
 * as deep as the declaration. There is no state between two calls, so any number of threads may read at once.
 *
 * Integers are assumed to be little-endian; the caller checks that.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LAYOUT 2 /* of the structs and functions that parse_native.py knows */
#define MOST_NODES 256

enum kind { OBJECT, LIST, COUNT, TEXT, INTEGER, REAL, BOOLEAN, INSTANT };

/* What the declaration says about one key. The children of an object are neighbours. */
struct node {
    const char *key; /* with its quotes and colon: "name": */
    int32_t key_length;
    int32_t kind;
    int32_t column;      /* of a value that is kept */
    int32_t first_child; /* of an object; of a list, the node of its records */
    int32_t children;    /* of an object: at most 64, because a record's keys are ticked off in the bits of a word */
    int32_t unused;
    uint64_t required; /* the children, as bits, that a page must have */
};

/* The buffers of an Arrow column. A text's bytes are values[offsets[row]] up to values[offsets[row + 1]]. */
struct column {
    uint8_t *validity; /* a bit per row, 0 for null */
    uint8_t *values;   /* 8 bytes per row, a bit per row if boolean, or the bytes of all texts */
    int32_t *offsets;  /* of texts only */
    int64_t room;      /* bytes that `values` has room for, of texts only */
    int64_t nulls;
    int32_t kind;
    int32_t beyond_ascii; /* whether a text may have a byte over 0x7f, so that its UTF-8 must be checked */
    int32_t untrimmed;    /* whether a text is empty, or may begin or end with white space */
    int32_t unused;
};

struct reader {
    const uint8_t *at, *end; /* the next byte of the page, and the first that is not part of it */
    const struct node *nodes;
    int16_t *leads, *follows; /* by node: the child whose key is expected first in an object, and next after a value */
    struct column *columns;
    int32_t column_count;
    int64_t row, rows; /* the row that is being read, and how many the columns have room for */
};

static const uint64_t ONES = 0x0101010101010101u, HIGHS = 0x8080808080808080u;

/* ---- Room ---- */

static bool has(const struct reader *r, int64_t bytes) { return r->end - r->at >= bytes; }

static bool is_next(const struct reader *r, char byte) { return r->at < r->end && *r->at == (uint8_t)byte; }

/* Returns the next eight bytes; those after the page's end are 0, which is a control character and ends a text. */
static inline uint64_t next_eight(const struct reader *r)
{
    uint64_t word = 0;
    if (has(r, 8))
        memcpy(&word, r->at, 8);
    else
        memcpy(&word, r->at, (size_t)(r->end - r->at));
    return word;
}

static inline bool room_for_text(struct column *c, int64_t used, int64_t more)
{
    if (c->room - used >= more)
        return true;
    int64_t room = 2 * c->room + more;
    uint8_t *values = realloc(c->values, (size_t)room);
    if (values == NULL)
        return false;
    c->values = values;
    c->room = room;
    return true;
}

static size_t bytes_of(int32_t kind, int64_t rows)
{
    return (size_t)(kind == BOOLEAN ? (rows + 7) / 8 : 8 * rows);
}

/* Returns the buffer with `size` bytes, the new ones 0; NULL if there is no memory, and then the buffer is unchanged. */
static void *resized(void *buffer, size_t old_size, size_t size)
{
    uint8_t *bytes = realloc(buffer, size);
    if (bytes != NULL && size > old_size)
        memset(bytes + old_size, 0, size - old_size);
    return bytes;
}

static bool resize_rows(struct column *c, int64_t from, int64_t to)
{
    uint8_t *validity = resized(c->validity, bytes_of(BOOLEAN, from), bytes_of(BOOLEAN, to));
    if (validity == NULL)
        return false;
    c->validity = validity;
    if (c->kind != TEXT) {
        uint8_t *values = resized(c->values, bytes_of(c->kind, from), bytes_of(c->kind, to));
        if (values != NULL)
            c->values = values;
        return values != NULL;
    }
    int64_t old = c->offsets == NULL ? 0 : from + 1;
    int32_t *offsets = resized(c->offsets, 4 * (size_t)old, 4 * (size_t)(to + 1));
    if (offsets != NULL)
        c->offsets = offsets;
    return offsets != NULL;
}

static bool room_for_rows(struct reader *r, int64_t rows)
{
    for (int32_t i = 0; i < r->column_count; i++)
        if (!resize_rows(&r->columns[i], r->rows, rows))
            return false;
    r->rows = rows;
    return true;
}

static bool without_spare_room(struct reader *r)
{
    int64_t rows = r->row;
    if (!room_for_rows(r, rows > 0 ? rows : 1))
        return false;
    for (int32_t i = 0; i < r->column_count; i++) {
        struct column *c = &r->columns[i];
        uint8_t *values = c->kind == TEXT && c->values != NULL ? realloc(c->values, (size_t)c->offsets[rows] + 1) : NULL;
        if (values != NULL)
            c->values = values;
    }
    return true;
}

/* ---- Values ---- */

static inline void set_bit(uint8_t *bits, int64_t at) { bits[at >> 3] |= (uint8_t)(1u << (at & 7)); }

static void put_null(struct reader *r, struct column *c)
{
    c->nulls++;
    if (c->kind == TEXT)
        c->offsets[r->row + 1] = c->offsets[r->row];
}

static void put_word(struct reader *r, struct column *c, const void *eight_bytes)
{
    memcpy(c->values + 8 * r->row, eight_bytes, 8);
    set_bit(c->validity, r->row);
}

static void skip_space(struct reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\n' || *r->at == '\r' || *r->at == '\t'))
        r->at++;
}

static bool takes(struct reader *r, const char *word, int64_t length)
{
    if (!has(r, length) || memcmp(r->at, word, (size_t)length) != 0)
        return false;
    r->at += length;
    return true;
}

/* Marks (in the high bits of bytes) the quotes, backslashes and control characters of a word. A mark may be false only
 * after a true one, because the subtraction borrows from there; so the first mark is always true. */
static inline uint64_t ends_of_text(uint64_t word)
{
    uint64_t quote = word ^ (ONES * '"'), backslash = word ^ (ONES * '\\');
    return (((quote - ONES) & ~quote) | ((backslash - ONES) & ~backslash) | ((word - ONES * 0x20) & ~word)) & HIGHS;
}

static bool read_hex(struct reader *r, uint32_t *unit)
{
    if (!has(r, 4))
        return false;
    *unit = 0;
    for (int i = 0; i < 4; i++) {
        uint8_t digit = *r->at++, letter = digit | 0x20;
        if (digit >= '0' && digit <= '9')
            *unit = *unit << 4 | (uint32_t)(digit - '0');
        else if (letter >= 'a' && letter <= 'f')
            *unit = *unit << 4 | (uint32_t)(letter - 'a' + 10);
        else
            return false;
    }
    return true;
}

/* Reads what follows \u: a character, or a surrogate pair that is one. Half a pair alone is no character. */
static bool read_character(struct reader *r, uint32_t *character)
{
    uint32_t low;
    if (!read_hex(r, character))
        return false;
    if (*character < 0xd800 || *character > 0xdfff)
        return true;
    if (*character > 0xdbff || !takes(r, "\\u", 2) || !read_hex(r, &low) || low < 0xdc00 || low > 0xdfff)
        return false;
    *character = 0x10000 + ((*character - 0xd800) << 10) + (low - 0xdc00);
    return true;
}

/* Writes a character as UTF-8 and returns how many bytes it is: at most 4. */
static int64_t put_character(uint8_t *to, uint32_t character)
{
    if (character < 0x80) {
        to[0] = (uint8_t)character;
        return 1;
    }
    int more = character < 0x800 ? 1 : character < 0x10000 ? 2 : 3;
    static const uint8_t lead[] = {0, 0xc0, 0xe0, 0xf0};
    to[0] = (uint8_t)(lead[more] | character >> (6 * more));
    for (int i = 1; i <= more; i++)
        to[i] = (uint8_t)(0x80 | ((character >> (6 * (more - i))) & 0x3f));
    return more + 1;
}

/* Reads an escape, from its backslash on. */
static bool read_escape(struct reader *r, struct column *c, int64_t *used)
{
    static const char names[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    if (!has(r, 2) || !room_for_text(c, *used, 4))
        return false;
    uint8_t name = r->at[1];
    r->at += 2;
    if (name == 'u') {
        uint32_t character;
        if (!read_character(r, &character))
            return false;
        *used += put_character(c->values + *used, character);
        return true;
    }
    const char *found = name == 0 ? NULL : strchr(names, name);
    if (found == NULL)
        return false;
    c->values[(*used)++] = (uint8_t)meanings[found - names];
    return true;
}

/* Whether a text that begins or ends with this byte may have white space there, of ASCII or of the rest of Unicode. */
static bool may_be_space(uint8_t byte) { return byte <= ' ' || byte > 0x7e; }

/* Reads a text from its opening quote on. Eight bytes are copied at a time, before it is known where the text ends. */
static bool read_text(struct reader *r, struct column *c)
{
    const int64_t start = c->offsets[r->row];
    int64_t used = start;
    uint64_t bytes_seen = 0;
    if (!takes(r, "\"", 1))
        return false;
    for (;;) {
        if (!room_for_text(c, used, 8))
            return false;
        uint64_t word = next_eight(r), marks = ends_of_text(word);
        memcpy(c->values + used, &word, 8);
        bytes_seen |= word;
        int plain = marks == 0 ? 8 : __builtin_ctzll(marks) / 8;
        r->at += plain;
        used += plain;
        if (marks == 0)
            continue;
        if (is_next(r, '"'))
            break;
        if (!is_next(r, '\\') || !read_escape(r, c, &used))
            return false;
    }
    r->at++;
    c->beyond_ascii |= (bytes_seen & HIGHS) != 0;
    c->untrimmed |= used == start || may_be_space(c->values[start]) || may_be_space(c->values[used - 1]);
    c->offsets[r->row + 1] = (int32_t)used; /* fits: the texts are shorter than the pages, which are under 2 GiB */
    set_bit(c->validity, r->row);
    return true;
}

static bool is_digit(uint8_t byte) { return (uint8_t)(byte - '0') < 10; }

/* Reads up to `most` digits into `value` and returns how many there were. */
static int read_digits(struct reader *r, int most, int64_t *value)
{
    int digits = 0;
    while (digits < most && r->at < r->end && is_digit(*r->at)) {
        *value = *value * 10 + (*r->at++ - '0');
        digits++;
    }
    return digits;
}

/* Whether a number goes on: then it has more digits than this reader takes, or is written in another way. */
static bool number_goes_on(const struct reader *r)
{
    return r->at < r->end && (is_digit(*r->at) || *r->at == '.' || (*r->at | 0x20) == 'e');
}

/* Reads the sign and the digits before the point. 18 digits fit 64 bits. */
static bool read_whole(struct reader *r, bool *negative, int64_t *value, int *digits)
{
    *negative = takes(r, "-", 1);
    bool zero_leads = is_next(r, '0');
    *value = 0;
    *digits = read_digits(r, 18, value);
    return *digits == 1 || (*digits > 1 && !zero_leads);
}

static bool read_integer(struct reader *r, int64_t *value)
{
    bool negative;
    int digits;
    if (!read_whole(r, &negative, value, &digits) || number_goes_on(r))
        return false;
    *value = negative ? -*value : *value;
    return true;
}

/* Reads a number of at most 15 digits: they and the power of ten are exact doubles, so their quotient is rounded once,
 * to the double that is nearest to the number. */
static bool read_real(struct reader *r, double *value)
{
    static const double powers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    bool negative;
    int64_t number;
    int digits, decimals = 0;
    if (!read_whole(r, &negative, &number, &digits) || digits > 15)
        return false;
    if (takes(r, ".", 1)) {
        decimals = read_digits(r, 15 - digits, &number);
        if (decimals == 0)
            return false;
    }
    if (number_goes_on(r))
        return false;
    *value = (double)number / powers[decimals];
    *value = negative ? -*value : *value;
    return true;
}

static bool read_boolean(struct reader *r, struct column *c)
{
    bool value = takes(r, "true", 4);
    if (!value && !takes(r, "false", 5))
        return false;
    if (value)
        set_bit(c->values, r->row);
    set_bit(c->validity, r->row);
    return true;
}

/* Returns the two digits at `text` as a number; over 99 if they are not digits. */
static unsigned two(const uint8_t *text)
{
    return is_digit(text[0]) && is_digit(text[1]) ? (unsigned)(10 * (text[0] - '0') + text[1] - '0') : 100;
}

/* Returns the days from 1970-01-01 to a date of the Gregorian calendar (the year begins in March, in eras of 400). */
static int64_t days_since_1970(int64_t year, unsigned month, unsigned day)
{
    year -= month <= 2;
    int64_t era = year / 400, year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static unsigned days_in(unsigned year, unsigned month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : days[month - 1];
}

/* Reads "2026-11-18T04:05:00+00:00" to microseconds since 1970; no other form, and the years 1 to 9999. */
static bool read_instant(struct reader *r, int64_t *micros)
{
    const uint8_t *text = r->at + 1;
    if (!has(r, 27) || r->at[0] != '"' || memcmp(text + 19, "+00:00\"", 7) != 0)
        return false;
    if (text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':')
        return false;
    unsigned century = two(text), year_of_century = two(text + 2), month = two(text + 5), day = two(text + 8);
    unsigned hour = two(text + 11), minute = two(text + 14), second = two(text + 17);
    unsigned year = 100 * century + year_of_century;
    if (century > 99 || year_of_century > 99 || year < 1 || month < 1 || month > 12)
        return false;
    if (day < 1 || day > days_in(year, month) || hour > 23 || minute > 59 || second > 59)
        return false;
    *micros = (days_since_1970(year, month, day) * 86400 + hour * 3600 + minute * 60 + second) * 1000000;
    r->at += 27;
    return true;
}

/* ---- Structure ---- */

static bool read_object(struct reader *r, int16_t object);

/* Makes every value of a node null: of an object that is null, or of an optional key that is not there. */
static void put_nulls(struct reader *r, const struct node *node)
{
    if (node->kind == OBJECT)
        for (int32_t i = 0; i < node->children; i++)
            put_nulls(r, &r->nodes[node->first_child + i]);
    else if (node->kind != COUNT)
        put_null(r, &r->columns[node->column]);
}

static bool read_list(struct reader *r, int16_t record)
{
    if (!takes(r, "[", 1))
        return false;
    skip_space(r);
    if (takes(r, "]", 1))
        return true;
    do {
        skip_space(r);
        if (r->row == r->rows && !room_for_rows(r, 2 * r->rows))
            return false;
        if (!read_object(r, record))
            return false;
        r->row++;
        skip_space(r);
    } while (takes(r, ",", 1));
    return takes(r, "]", 1);
}

static bool read_value(struct reader *r, int16_t at)
{
    const struct node *node = &r->nodes[at];
    struct column *c = &r->columns[node->column];
    int64_t word;
    double real;
    if (node->kind == LIST)
        return read_list(r, (int16_t)node->first_child);
    if (is_next(r, 'n')) {
        put_nulls(r, node);
        return takes(r, "null", 4);
    }
    switch (node->kind) {
    case OBJECT:
        return read_object(r, at);
    case COUNT:
        return read_integer(r, &word);
    case TEXT:
        return read_text(r, c);
    case BOOLEAN:
        return read_boolean(r, c);
    case INTEGER:
        if (!read_integer(r, &word))
            return false;
        put_word(r, c, &word);
        return true;
    case INSTANT:
        if (!read_instant(r, &word))
            return false;
        put_word(r, c, &word);
        return true;
    case REAL:
        if (!read_real(r, &real))
            return false;
        put_word(r, c, &real);
        return true;
    }
    return false;
}

/* Returns the child whose key is next, or -1. The slow way, for a key in an unexpected place or before a space. */
static int16_t find_child(struct reader *r, const struct node *object)
{
    for (int32_t i = 0; i < object->children; i++) {
        const struct node *child = &r->nodes[object->first_child + i];
        if (takes(r, child->key, child->key_length - 1)) { /* without the colon */
            skip_space(r);
            return takes(r, ":", 1) ? (int16_t)(object->first_child + i) : -1;
        }
    }
    return -1;
}

/* Returns the child whose key is next, or -1; `expected` is corrected if it was wrong. */
static int16_t read_key(struct reader *r, const struct node *object, int16_t *expected)
{
    if (*expected < object->first_child + object->children) {
        const struct node *child = &r->nodes[*expected];
        if (takes(r, child->key, child->key_length))
            return *expected;
    }
    int16_t found = find_child(r, object);
    if (found >= 0)
        *expected = found;
    return found;
}

/* Reads an object with every required key, and none twice. */
static bool read_object(struct reader *r, int16_t at)
{
    const struct node *object = &r->nodes[at];
    uint64_t missing = object->children == 64 ? ~UINT64_C(0) : (UINT64_C(1) << object->children) - 1;
    int16_t *expected = &r->leads[at];
    if (!takes(r, "{", 1))
        return false;
    do {
        skip_space(r);
        int16_t child = read_key(r, object, expected);
        if (child < 0)
            return false;
        expected = &r->follows[child];
        uint64_t bit = UINT64_C(1) << (child - object->first_child);
        if (!(missing & bit))
            return false;
        missing ^= bit;
        skip_space(r);
        if (!read_value(r, child))
            return false;
        skip_space(r);
    } while (takes(r, ",", 1));
    if (!takes(r, "}", 1) || (missing & object->required))
        return false;
    for (; missing != 0; missing &= missing - 1)
        put_nulls(r, &r->nodes[object->first_child + __builtin_ctzll(missing)]);
    return true;
}

static bool read_page(struct reader *r, const uint8_t *body, int64_t length)
{
    r->at = body;
    r->end = body + length;
    skip_space(r);
    if (!read_object(r, 0))
        return false;
    skip_space(r);
    return r->at == r->end;
}

/* The keys are expected in the order of the declaration until a page has shown another one. */
static void expect_declared_order(struct reader *r, int32_t node_count)
{
    for (int16_t i = 0; i < node_count; i++) {
        r->leads[i] = (int16_t)r->nodes[i].first_child;
        r->follows[i] = (int16_t)(i + 1);
    }
}

/* ---- What parse_native.py calls ---- */

int32_t layout(void) { return LAYOUT; }

void release(void *buffer) { free(buffer); }

void release_columns(struct column *columns, int32_t column_count)
{
    for (int32_t i = 0; i < column_count; i++) {
        free(columns[i].validity);
        free(columns[i].values);
        free(columns[i].offsets);
        columns[i].validity = columns[i].values = NULL;
        columns[i].offsets = NULL;
    }
}

/* Reads `page_count` bodies, under 2 GiB together, and returns how many of them were read: fewer than all if one is
 * refused or there is no memory. `counts` gets the records of each. The columns, whose `kind` is set and whose rest is
 * 0, get the rows of the bodies that were read; the caller releases them in any case. */
int32_t read_pages(const struct node *nodes, int32_t node_count, struct column *columns, int32_t column_count,
                   const uint8_t *const *bodies, const int64_t *lengths, int32_t page_count, int64_t *counts)
{
    int16_t leads[MOST_NODES], follows[MOST_NODES];
    struct reader r = {.nodes = nodes, .leads = leads, .follows = follows, .columns = columns, .column_count = column_count};
    int64_t bytes = 0;
    if (node_count > MOST_NODES)
        return 0;
    expect_declared_order(&r, node_count);
    for (int32_t i = 0; i < page_count; i++)
        bytes += lengths[i];
    if (!room_for_rows(&r, bytes / 1024 + 64)) /* a flight has about 1,000 bytes; other rows double the room */
        return 0;
    for (int32_t i = 0; i < page_count; i++) {
        int64_t before = r.row;
        if (!read_page(&r, bodies[i], lengths[i]))
            return i;
        counts[i] = r.row - before;
    }
    return without_spare_room(&r) ? page_count : 0;
}
