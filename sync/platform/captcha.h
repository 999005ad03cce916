/* captcha.h — 验证码: a picture of a few characters that a person reads and types. Drawn here, as grey pixels in a PNG: strokes
 * of an alphabet without look-alikes, each character turned, stretched and shifted, the whole bent by waves, lines and specks
 * across it. `large` is twice the size for people who see badly. Pure; any thread. */
#ifndef BULU_PLATFORM_CAPTCHA_H
#define BULU_PLATFORM_CAPTCHA_H

#include "sync/base/random.h"
#include "sync/base/str.h"

#define CAPTCHA_CHARS  5
#define CAPTCHA_SIZE   (CAPTCHA_CHARS + 1)
#define CAPTCHA_WIDTH  240
#define CAPTCHA_HEIGHT 88

/* The characters that occur: upper case; what a person types counts without regard to case and blanks. */
extern const char captcha_alphabet[];
void captcha_make(const struct random *r, char out[CAPTCHA_SIZE]);
/* Appends the PNG of a text of the alphabet. */
void captcha_draw(const struct random *r, const char *text, bool large, struct str *png);
/* What was typed, as it is compared. False: it cannot be right. */
bool captcha_read(const char *typed, char out[CAPTCHA_SIZE]) WARN_UNUSED;

#endif
