/* calendar.h — dates as the wheels turn them: Gregorian, day may be unknown. Pure. */
#ifndef BULU_UI_CALENDAR_H
#define BULU_UI_CALENDAR_H

#include "app/ui/ui.h"

struct day {
    int year, month, day; /* day 0: 日不详, or not asked for; month 0: not asked for */
};
int days_in_month(int year, int month);
/* "2010-12-31", "2010-12", "2010"; false for anything that is no date. */
bool day_parse(const char *iso, struct day *out);
void day_format(struct day d, enum ui_date_kind kind, char out[11]);
/* Moves one part (0 year, 1 month, 2 day) by `by`, within the years; the day follows the month's length. */
struct day day_turn(struct day d, int part, int by, int year_min, int year_max);

enum digits {
    DIGITS_MORE /* not all there yet */,
    DIGITS_DATE,
    DIGITS_NO_DATE /* 20101332 */,
    DIGITS_OUTSIDE /* of the years */
};
/* Digits typed one after another: 20101231; 201012 when the day is not asked for or (finished) unknown. */
enum digits day_from_digits(const char *digits, enum ui_date_kind kind, bool unknown_day, bool finished, int year_min,
                            int year_max, struct day *out);

#endif
