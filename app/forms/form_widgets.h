/* form_widgets.h — field type → widget. Private to app/forms. */
#ifndef BULU_FORMS_FORM_WIDGETS_H
#define BULU_FORMS_FORM_WIDGETS_H

#include "app/forms/form_view.h"

struct form_frame {
    char id[160];
    struct doc_path path;
    const struct form_field *field;
    struct ui_field f;
    struct str error, warning;
};
static inline void form_frame_cleanup(struct form_frame *f)
{
    str_finish(&f->error);
    str_finish(&f->warning);
}

void form_widget(struct form_view *v, struct ui *u, struct form_frame *frame);
/* A bool that must be answered and has no initial value: 是 / 否 side by side, so that a blank is no answer. */
bool form_bool_is_choice(const struct form_field *f);
/* The two boxes that go with the first box of a 文号; false when this field is none. */
bool form_doc_no_boxes(const struct doc *d, struct doc_path p, const struct form_field *f, struct doc_path *year,
                       struct doc_path *no);

#endif
