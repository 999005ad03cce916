/* formula.c — the named formulas of the rules.
 * Resident ID: GB 11643-1999, ISO 7064 MOD 11-2. Credit code: GB 32100-2015, modulus 31 over an alphabet without I O S
 * V Z. ISBN: ISO 2108. ISSN: ISO 3297. Patent number: ZC 0006-2003, weights 2–9 and 2–5, modulus 11. */
#include "sync/record/validate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool digits(const char *z, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (z[i] < '0' || z[i] > '9')
            return false;
    return true;
}

static int number(const char *z, size_t n)
{
    int v = 0;
    while (n--)
        v = v * 10 + (*z++ - '0');
    return v;
}

static bool date_exists(int year, int month, int day)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month < 1 || month > 12 || day < 1)
        return false;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day <= days[month - 1] + (month == 2 && leap);
}

bool date_check(const char *z)
{
    size_t n = strlen(z);
    if ((n != 10 && n != 7) || !digits(z, 4) || z[4] != '-' || !digits(z + 5, 2))
        return false;
    if (n == 7)
        return date_exists(number(z, 4), number(z + 5, 2), 1);
    return z[7] == '-' && digits(z + 8, 2) && date_exists(number(z, 4), number(z + 5, 2), number(z + 8, 2));
}

enum id_verdict resident_id_check(const char *id, struct civil today)
{
    static const int weights[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    size_t n = strlen(id);
    if (n == 15 && digits(id, 15))
        return ID_15;
    if (n != 18 || !digits(id, 17) || (!digits(id + 17, 1) && id[17] != 'X' && id[17] != 'x'))
        return ID_FORMAT;
    int year = number(id + 6, 4), month = number(id + 10, 2), day = number(id + 12, 2);
    int born = (year * 100 + month) * 100 + day, now = (today.year * 100 + today.month) * 100 + today.day;
    if (year < 1850 || !date_exists(year, month, day) || born > now)
        return ID_BIRTH;
    int sum = 0;
    for (size_t i = 0; i < 17; i++)
        sum += (id[i] - '0') * weights[i];
    char last = id[17] == 'x' ? 'X' : id[17];
    return "10X98765432"[sum % 11] == last ? ID_OK : ID_CHECK_DIGIT;
}

char resident_id_sex(const char *id)
{
    return (id[16] - '0') % 2 ? '1' : '2';
}

void resident_id_birth(const char *id, char out[11])
{
    snprintf(out, 11, "%.4s-%.2s-%.2s", id + 6, id + 10, id + 12);
}

bool uscc_check(const char *z)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    if (strlen(z) != 18)
        return false;
    int sum = 0, weight = 1, last = 0;
    for (size_t i = 0; i < 18; i++) {
        const char *at = strchr(alphabet, z[i]);
        if (!at)
            return false;
        last = (int)(at - alphabet);
        if (i < 17)
            sum += last * weight;
        weight = weight * 3 % 31;
    }
    return last == (31 - sum % 31) % 31;
}

/* Copies digits and X without hyphens and blanks; returns their number, or -1 for anything else. */
static int squeeze(const char *z, char *out, int max)
{
    int n = 0;
    for (; *z; z++) {
        if (*z == '-' || *z == ' ')
            continue;
        if (n == max || (!digits(z, 1) && *z != 'X' && *z != 'x'))
            return -1;
        out[n++] = *z == 'x' ? 'X' : *z;
    }
    return n;
}

/* Value of a check character: X is ten, and only at the last place. */
static int check_value(char c)
{
    return c == 'X' ? 10 : c - '0';
}

bool isbn_check(const char *z)
{
    char d[13];
    int n = squeeze(z, d, 13), sum = 0;
    if (n == 10 && digits(d, 9)) {
        for (int i = 0; i < 10; i++)
            sum += check_value(d[i]) * (10 - i);
        return sum % 11 == 0;
    }
    if (n != 13 || !digits(d, 13) || (strncmp(d, "978", 3) != 0 && strncmp(d, "979", 3) != 0))
        return false;
    for (int i = 0; i < 13; i++)
        sum += (d[i] - '0') * (i % 2 ? 3 : 1);
    return sum % 10 == 0;
}

bool issn_check(const char *z)
{
    char d[8];
    if (strlen(z) != 9 || z[4] != '-' || squeeze(z, d, 8) != 8 || !digits(d, 7))
        return false;
    int sum = 0;
    for (int i = 0; i < 8; i++)
        sum += check_value(d[i]) * (8 - i);
    return sum % 11 == 0;
}

bool patent_check(const char *z)
{
    if (strncmp(z, "ZL", 2) == 0 || strncmp(z, "CN", 2) == 0)
        z += 2;
    while (*z == ' ')
        z++;
    size_t n = strspn(z, "0123456789"), body = n >= 12 ? 12 : 8;
    if (n < 8)
        return false;
    const char *check = z + body;
    if (*check == '.')
        check++;
    if ((!digits(check, 1) && *check != 'X' && *check != 'x') || check[1])
        return false;
    int sum = 0;
    for (size_t i = 0; i < body; i++)
        sum += (z[i] - '0') * (int)(i % 8 + 2);
    return sum % 11 == check_value(*check == 'x' ? 'X' : *check);
}

bool mobile_check(const char *z)
{
    return strlen(z) == 11 && digits(z, 11) && z[0] == '1' && z[1] >= '3';
}
