#include "app/ui/calendar.h"

#include <stdio.h>
#include <string.h>

int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month < 1 || month > 12 ? 0 : days[month - 1] + (month == 2 && leap);
}

static bool number(const char *z, int digits, int *out)
{
    *out = 0;
    for (int i = 0; i < digits; i++) {
        if (z[i] < '0' || z[i] > '9')
            return false;
        *out = *out * 10 + z[i] - '0';
    }
    return true;
}

static bool exists(struct day d)
{
    return d.year >= 1 && d.month >= 0 && d.month <= 12 && d.day >= 0 &&
           (d.month == 0 ? d.day == 0 : d.day <= days_in_month(d.year, d.month));
}

bool day_parse(const char *iso, struct day *out)
{
    struct day d = {0};
    size_t n = iso ? strlen(iso) : 0;
    if ((n != 4 && n != 7 && n != 10) || !number(iso, 4, &d.year))
        return false;
    if (n >= 7 && (iso[4] != '-' || !number(iso + 5, 2, &d.month) || d.month == 0))
        return false;
    if (n == 10 && (iso[7] != '-' || !number(iso + 8, 2, &d.day) || d.day == 0))
        return false;
    if (!exists(d))
        return false;
    *out = d;
    return true;
}

void day_format(struct day d, enum ui_date_kind kind, char out[11])
{
    unsigned y = (unsigned)d.year % 10000, m = (unsigned)d.month % 100, n = (unsigned)d.day % 100;
    if (kind == DATE_YEAR || !m)
        snprintf(out, 11, "%04u", y);
    else if (kind == DATE_MONTH || !n)
        snprintf(out, 11, "%04u-%02u", y, m);
    else
        snprintf(out, 11, "%04u-%02u-%02u", y, m, n);
}

static int within(int v, int least, int most)
{
    return v < least ? least : v > most ? most : v;
}

struct day day_turn(struct day d, int part, int by, int year_min, int year_max)
{
    if (part == 0)
        d.year = within(d.year + by, year_min, year_max);
    else if (part == 1)
        d.month = within(d.month + by, 1, 12);
    else
        d.day = within(d.day + by, 1, days_in_month(d.year, d.month));
    if (d.month && d.day > days_in_month(d.year, d.month))
        d.day = days_in_month(d.year, d.month);
    return d;
}

enum digits day_from_digits(const char *digits, enum ui_date_kind kind, bool unknown_day, bool finished, int year_min,
                            int year_max, struct day *out)
{
    size_t n = strlen(digits), whole = kind == DATE_YEAR ? 4 : kind == DATE_MONTH ? 6 : 8;
    struct day d = {0};
    bool short_day = kind == DATE_DAY && unknown_day && finished && n == 6;
    if (n < whole && !short_day)
        return finished && n ? DIGITS_NO_DATE : DIGITS_MORE;
    if (!number(digits, 4, &d.year) || (whole >= 6 && !number(digits + 4, 2, &d.month)) ||
        (whole == 8 && !short_day && !number(digits + 6, 2, &d.day)))
        return DIGITS_NO_DATE;
    if (n > whole || !exists(d) || (whole >= 6 && !d.month) || (whole == 8 && !short_day && !d.day))
        return DIGITS_NO_DATE;
    if (d.year < year_min || d.year > year_max)
        return DIGITS_OUTSIDE;
    *out = d;
    return DIGITS_DATE;
}
