/* Figures of the forms: loading the set, judging a whole declaration, searching the longest dictionary. */
#include "tests/support/declaration.h"
#include "tests/support/t.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define RUNS 200

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void load_once(void)
{
    struct err e = {0};
    struct form_set *f = form_set_load("assets", &e);
    if (!f)
        fail_msg("%s", e.text);
    form_set_destroy(f);
}

static struct doc *whole;

static void validate_once(void)
{
    CLEANUP(findings) struct findings f = {0};
    validate_scope_all(whole, TODAY, &f);
}

static void search_once(void)
{
    const struct dict_item *items[20];
    dict_search(dict_find(test_forms(), "divisions_cn"), "shi", NULL, items, ARRAY_LEN(items));
}

static void measure(const char *name, void (*once)(void), int runs)
{
    double t[RUNS];
    for (int i = 0; i < runs; i++) {
        double start = now_us();
        once();
        t[i] = now_us() - start;
    }
    qsort(t, (size_t)runs, sizeof *t, by_size);
    printf("{\"name\":\"%s\",\"unit\":\"us\",\"p50\":%.0f,\"p99\":%.0f}\n", name, t[runs / 2], t[runs * 99 / 100]);
}

int main(void)
{
    whole = test_declaration();
    for (int i = 0; i < 10; i++) /* ten papers: a declaration of some length */
        put(whole, MANY("paper", doc_entry_add(whole, "paper"), "title"), "论文题目");
    measure("form_set_load_us", load_once, 20);
    measure("validate_declaration_us", validate_once, RUNS);
    measure("dict_search_us", search_once, RUNS);
    doc_destroy(whole);
    return 0;
}
