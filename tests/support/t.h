/* t.h — what every unit test includes: cmocka with the headers it forgets, and our clean-up macros. */
#ifndef BULU_TESTS_T_H
#define BULU_TESTS_T_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "sync/base/cleanup.h"
#include "sync/base/str.h"

#endif
