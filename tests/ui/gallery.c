/* gallery — every widget in each of its states, on pages, as pictures: to be looked at, and to see what a change does.
 * build/release/tests/ui/gallery [OUT_DIR [WORD]]: portrait, landscape, Uyghur, large text, contrast; only pages whose
 * name contains WORD. Also prints how long a frame of each page takes. */
#include "app/shell/font.h"
#include "app/ui/ui.h"
#include "app/worker/door.h"
#include "sync/base/cleanup.h"

#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { ANY = 1 };
#define TAP ACT(.kind = ANY)

struct gallery {
    struct shell *shell;
    struct ui *ui;
    struct clock_fake clock;
    struct strings *zh, *en, *ug;
    struct image paper, blank;
    struct worker_door *door; /* NULL without the program beside it */
    char last[200];           /* what the last event said */
};

/* --- what is shown --- */

static const char *const steps[] = {"核对", "资格", "网址", "照片", "附件", "16 项", "提交"};
#define PAGE(name, ...)                                                                                                \
    &(struct ui_page)                                                                                                  \
    {                                                                                                                  \
        .id = name, .exit_label = "退出", .exit = TAP, .language = TAP, .large = TAP, .staff = TAP, __VA_ARGS__        \
    }
#define STEPS(k) .steps = steps, .n_steps = 7, .step = (k), .steps_done = (1u << (k)) - 1

static void mountains(void *ctx, struct draw *d, struct rect r)
{
    (void)ctx;
    draw_gradient(d, r, 0x0a5656, 0x0c6b6a);
    int w = r.w, h = r.h, b = r.y + h;
    int far[] = {r.x,
                 b - h / 5,
                 r.x + w / 7,
                 b - h / 4,
                 r.x + w / 4,
                 b - h / 6,
                 r.x + w * 2 / 5,
                 b - h / 3,
                 r.x + w / 2,
                 b - h / 8,
                 r.x + w * 2 / 3,
                 b - h / 4,
                 r.x + w * 4 / 5,
                 b - h / 10,
                 r.x + w * 9 / 10,
                 b - h / 6,
                 r.x + w,
                 b - h / 16,
                 r.x + w,
                 b,
                 r.x,
                 b};
    int near[] = {r.x,
                  b - h / 12,
                  r.x + w / 6,
                  b - h / 5,
                  r.x + w / 3,
                  b - h / 14,
                  r.x + w / 2,
                  b - h / 6,
                  r.x + w * 2 / 3,
                  b - h / 20,
                  r.x + w * 5 / 6,
                  b - h / 7,
                  r.x + w,
                  b,
                  r.x,
                  b};
    draw_polygon(d, far, 11, 0xffffff, 26);
    draw_polygon(d, near, 8, 0xffffff, 52);
}

static void idle_page(void *ctx, struct ui *u)
{
    (void)ctx;
    bool land = ui_environment(u)->landscape;
    ui_page_open(u, &(struct ui_page){.id = "idle", .plain = true});
    UI_OPEN(u, .dir = land ? UI_ROW : UI_COLUMN, .grow = 1);
    UI_OPEN(u, .dir = UI_STACK, .min_height = land ? 0 : 760, .grow = land ? 5 : 0);
    ui_canvas(u, "idle.mountains", NULL, 0, 760, 1, mountains, NULL);
    UI_OPEN(u, .pad = 64, .gap = 20);
    UI_OPEN(u, .dir = UI_ROW, .main = MAIN_BETWEEN, .gap = 20);
    UI_TEXT(u, .text = "自治区人力资源服务大厅 · 3 号机", .style = TEXT_SECONDARY, .tone = TONE_ON_DEEP);
    UI_TEXT(u, .text = "北京时间 10:24　开放 10:00–19:30", .style = TEXT_SECONDARY, .tone = TONE_ON_DEEP);
    ui_close(u);
    ui_space(u, 60, 0);
    UI_TEXT(u, .text = "职称评审信息\n历史数据补录", .style = TEXT_HERO, .tone = TONE_ON_DEEP);
    UI_TEXT(u, .text = "补录 2000 年至 2021 年间取得的职称", .style = TEXT_LEAD, .tone = TONE_ON_DEEP);
    UI_TEXT(u, .text = "第一次约 40–60 分钟，可以随时停下，下次接着办。请带身份证、职称证书、批文",
            .style = TEXT_SECONDARY, .tone = TONE_ON_DEEP2);
    ui_close(u);
    ui_close(u);
    UI_OPEN(u, .pad_x = 64, .pad_y = 48, .gap = 32, .grow = land ? 6 : 1);
    UI_BUTTON(u, .id = "idle.start", .label = "开始办理", .style = BUTTON_HERO, .action = TAP);
    UI_OPEN(u, .dir = UI_GRID, .columns = 2, .gap = 32);
    UI_OPEN(u, .id = "idle.status", .surface = SURFACE_CARD, .pad = 40, .gap = 4, .tap = TAP);
    ui_text(u, TEXT_LEAD_BOLD, "查询进度");
    UI_TEXT(u, .text = "登录，或用回执号和取件码", .style = TEXT_SECONDARY, .tone = TONE_INK2);
    ui_close(u);
    UI_OPEN(u, .id = "idle.which", .surface = SURFACE_CARD, .pad = 40, .gap = 4, .tap = TAP);
    ui_text(u, TEXT_LEAD_BOLD, "我要补录哪些？");
    UI_TEXT(u, .text = "列出您的职称，马上知道", .style = TEXT_SECONDARY, .tone = TONE_INK2);
    ui_close(u);
    ui_close(u);
    UI_OPEN(u, .dir = UI_GRID, .columns = 4, .gap = 20);
    UI_BUTTON(u, .id = "idle.zh", .label = "中文", .style = BUTTON_QUIET, .selected = true, .action = TAP);
    UI_BUTTON(u, .id = "idle.ug", .label = "ئۇيغۇرچە", .style = BUTTON_QUIET, .action = TAP);
    UI_BUTTON(u, .id = "idle.kk", .label = "قازاقشا", .style = BUTTON_QUIET, .action = TAP);
    UI_BUTTON(u, .id = "idle.en", .label = "English", .style = BUTTON_QUIET, .action = TAP);
    ui_close(u);
    ui_close(u);
    ui_close(u);
    ui_page_bottom(u);
    UI_BUTTON(u, .id = "idle.large", .label = "大字版", .style = BUTTON_PILL, .icon = "large", .action = TAP);
    UI_BUTTON(u, .id = "idle.voice", .label = "语音引导", .style = BUTTON_PILL, .icon = "sound", .action = TAP);
    ui_badge(u, "idle.net", TONE_GOOD, "✓", "已连接平台");
    UI_BUTTON(u, .id = "idle.staff", .label = "叫工作人员", .style = BUTTON_ATTENTION, .icon = "staff", .action = TAP);
    ui_page_close(u);
}

static void wizard_page(void *ctx, struct ui *u)
{
    (void)ctx;
    ui_page_open(u, PAGE("wizard", .where = "补录申报表 · 工程师（2010）", STEPS(1),
                         .step_text = "第 2 步，共 7 步　选填专业技术资格", .title = "批准文号是多少？",
                         .help = "在批文的标题下面，例如“新经信人事【2011】3号”。整个写在第一格也可以，会自动分开。"));
    UI_OPEN(u, .dir = UI_ROW, .gap = 20);
    ui_textbox(u, &(struct ui_textbox){
                      .field = {.id = "f.doc", .label = "机关代字", .required = true, .grow = 5, .action = TAP},
                      .value = "新经信人事"});
    ui_textbox(
        u, &(struct ui_textbox){.field = {.id = "f.year", .label = "年份", .required = true, .grow = 3, .action = TAP},
                                .value = "2011",
                                .keyboard = "number"});
    ui_textbox(
        u, &(struct ui_textbox){.field = {.id = "f.no", .label = "序号", .required = true, .grow = 3, .action = TAP},
                                .value = "3",
                                .suffix = "号",
                                .keyboard = "number"});
    ui_close(u);
    ui_note(u, "f.saved", TONE_GOOD, "新经信人事〔2011〕3号　　已保存");
    ui_textbox(
        u, &(struct ui_textbox){.field = {.id = "f.name", .label = "批文名称", .required = true, .action = TAP},
                                .value = "关于批准张金鑫等48位同志取得自治区工程系列机械电子专业技术职务任职资格的通知",
                                .lines = 3});
    UI_OPEN(u, .dir = UI_WRAP, .gap = 20);
    UI_BUTTON(u, .id = "f.none", .label = "无批文／记不清", .style = BUTTON_PILL, .action = TAP);
    UI_BUTTON(u, .id = "f.scan", .label = "从扫描件识别", .style = BUTTON_PILL, .action = TAP);
    UI_BUTTON(u, .id = "f.example", .label = "看例子", .style = BUTTON_PILL, .action = TAP);
    ui_close(u);
    ui_page_bottom(u);
    UI_BUTTON(u, .id = "wizard.back", .label = "上一步", .style = BUTTON_QUIET, .action = TAP);
    UI_BUTTON(u, .id = "wizard.next", .label = "保存并下一步", .style = BUTTON_PRIMARY, .action = TAP);
    ui_page_close(u);
}

static const struct {
    const char *name, *sign, *tag;
    enum ui_tone tone;
    bool required, error;
} tasks[] = {{"基本信息", "✓", "已填", TONE_GOOD, true, false},
             {"联系方式", "✓", "已填", TONE_GOOD, true, false},
             {"人才工程", "–", "无此项", TONE_INK2, false, false},
             {"学历学位", "!", "有错 1 处", TONE_BAD, true, true},
             {"工作经历", "✓", "3 条", TONE_GOOD, true, false},
             {"职业资格信息", "✓", "1 条", TONE_GOOD, false, false},
             {"职（执）业资格信息", "–", "无此项", TONE_INK2, false, false},
             {"援疆信息", "–", "无此项", TONE_INK2, false, false},
             {"发表论文情况", "✓", "2 条", TONE_GOOD, false, false},
             {"获奖情况", NULL, "选填", TONE_INK2, false, false},
             {"著作情况", NULL, "选填", TONE_INK2, false, false},
             {"获得知识产权", NULL, "选填", TONE_INK2, false, false},
             {"科研实践工作能力", NULL, "选填", TONE_INK2, false, false},
             {"留学信息", NULL, "选填", TONE_INK2, false, false},
             {"国内外学术团体任职", NULL, "选填", TONE_INK2, false, false},
             {"继续教育", NULL, "联网后自动填", TONE_APRICOT, false, false}};

static void tasks_page(void *ctx, struct ui *u)
{
    (void)ctx;
    ui_page_open(
        u, PAGE("tasks", .where = "补录申报表 · 工程师（2010）", STEPS(5), .step_text = "第 6 步，共 7 步",
                .title = "完善 16 项信息",
                .help = "带 * 的必须填。1–8、16 只填一次，下一个职称自动带入；9–15 填与“工程师（2010）”对应的。"));
    UI_OPEN(u, .dir = UI_GRID, .columns = 2, .gap = 20);
    for (int i = 0; i < 16; i++) {
        char id[24];
        snprintf(id, sizeof id, "tasks.%d", i + 1);
        UI_OPEN(u, .id = id, .dir = UI_ROW, .cross = CROSS_CENTER, .gap = 18, .pad_x = 26, .pad_y = 18,
                .min_height = 122, .surface = tasks[i].error ? SURFACE_ERROR : SURFACE_CARD, .tap = TAP);
        UI_OPEN(u, .dir = UI_ROW, .main = MAIN_CENTER, .cross = CROSS_CENTER, .width = 58, .min_width = 58,
                .height = 58, .surface = SURFACE_TINT);
        UI_TEXT(u, .text = tr_int(u, i + 1), .style = TEXT_SECONDARY, .tone = TONE_BRAND);
        ui_close(u);
        UI_TEXT(u, .text = tasks[i].name, .style = TEXT_BODY, .grow = 1);
        ui_badge(u, NULL, tasks[i].tone, tasks[i].sign, tasks[i].tag);
        ui_close(u);
    }
    ui_close(u);
    ui_page_bottom(u);
    UI_BUTTON(u, .id = "tasks.back", .label = "上一步", .style = BUTTON_QUIET, .action = TAP);
    UI_BUTTON(u, .id = "tasks.rest", .label = "其余都没有", .style = BUTTON_SECONDARY, .action = TAP);
    UI_BUTTON(u, .id = "tasks.next", .label = "下一步", .style = BUTTON_PRIMARY, .disabled = true,
              .reason = "还有 1 处要改", .action = TAP);
    ui_page_close(u);
}

static void attach_page(void *ctx, struct ui *u)
{
    struct gallery *g = ctx;
    ui_page_open(u, PAGE("attach", .where = "补录申报表 · 工程师（2010）", STEPS(4),
                         .step_text = "第 5 步，共 7 步　上传附件", .title = "请扫描您的证书原件",
                         .help = "三类里至少一类。可以多页，机器会自动裁边、扶正、合成一份。"));
    UI_OPEN(u, .surface = SURFACE_CARD, .pad = 36, .gap = 24);
    UI_OPEN(u, .dir = UI_ROW, .main = MAIN_BETWEEN, .cross = CROSS_CENTER, .gap = 20);
    ui_text(u, TEXT_LEAD_BOLD, "职称证原件");
    ui_badge(u, "attach.size", TONE_GOOD, "✓", "2 页 · 1.8 MB");
    ui_close(u);
    UI_OPEN(u, .dir = UI_ROW, .gap = 24);
    UI_OPEN(u, .gap = 8);
    ui_image(u, "attach.p1", "第 1 页", &g->paper, 230, 312);
    UI_TEXT(u, .text = "第 1 页", .style = TEXT_TAG, .tone = TONE_INK2);
    ui_close(u);
    UI_OPEN(u, .gap = 8);
    ui_image(u, "attach.p2", "第 2 页", &g->blank, 230, 312);
    UI_TEXT(u, .text = "第 2 页 像是空白页", .style = TEXT_TAG, .tone = TONE_APRICOT);
    ui_close(u);
    UI_OPEN(u, .gap = 18, .grow = 1);
    UI_BUTTON(u, .id = "attach.view", .label = "查看 / 放大", .icon = "zoom_in", .action = TAP);
    UI_BUTTON(u, .id = "attach.more", .label = "再扫一页", .icon = "plus", .action = TAP);
    UI_BUTTON(u, .id = "attach.delete", .label = "删除第 2 页", .icon = "trash", .style = BUTTON_QUIET, .action = TAP);
    ui_close(u);
    ui_close(u);
    ui_note(u, "attach.ocr", TONE_INK, "识别到证书编号 20113202705，与您填写的一致");
    ui_close(u);
    UI_OPEN(u, .dir = UI_ROW, .surface = SURFACE_CARD, .pad_x = 36, .pad_y = 28, .gap = 24, .cross = CROSS_CENTER);
    UI_OPEN(u, .grow = 1);
    ui_text(u, TEXT_LEAD_BOLD, "评审表或初定表原件");
    UI_TEXT(u, .text = "还没有", .style = TEXT_SECONDARY, .tone = TONE_INK2);
    ui_close(u);
    UI_BUTTON(u, .id = "attach.scan", .label = "扫描", .icon = "scan", .action = TAP);
    UI_BUTTON(u, .id = "attach.phone", .label = "用手机传", .style = BUTTON_QUIET, .action = TAP);
    ui_close(u);
    UI_OPEN(u, .surface = SURFACE_SELECTED, .pad_x = 36, .pad_y = 28);
    ui_progress(u, "attach.progress", "批文（资格文件）原件　正在扫描第 1 页…", 0.62, 4, TAP);
    ui_close(u);
    UI_TEXT(u, .text = "支持 jpg、jpeg、bmp、png、pdf，单个文件不超过 4M，太大的会自动压缩。", .style = TEXT_SECONDARY,
            .tone = TONE_INK2);
    ui_page_bottom(u);
    UI_BUTTON(u, .id = "attach.back", .label = "上一步", .style = BUTTON_QUIET, .action = TAP);
    UI_BUTTON(u, .id = "attach.next", .label = "下一步", .style = BUTTON_PRIMARY, .disabled = true,
              .reason = "正在扫描…", .action = TAP);
    ui_page_close(u);
}

static void login_page(void *ctx, struct ui *u)
{
    (void)ctx;
    static const char *const tabs[] = {"身份证号登录", "微信扫码"};
    ui_page_open(u, PAGE("login", .where = "登录"));
    ui_tabs(u, "login.tabs", tabs, 2, 1, TAP);
    ui_space(u, 10, 0);
    UI_TEXT(u, .text = "用微信扫一扫", .style = TEXT_TITLE, .align = ALIGN_CENTER);
    UI_TEXT(u, .text = "在手机上核对下面的数字，再点“同意”", .style = TEXT_SECONDARY, .tone = TONE_INK2,
            .align = ALIGN_CENTER);
    UI_OPEN(u, .dir = UI_ROW, .main = MAIN_CENTER);
    UI_OPEN(u, .surface = SURFACE_CARD, .pad = 20);
    ui_qr(u, "login.qr", "微信登录二维码", "https://example.invalid/w/7K3M-9QXT-2RWD-P?k=3&n=4721", 12);
    ui_close(u);
    ui_close(u);
    UI_TEXT(u, .text = "47 · 21", .style = TEXT_FIGURE, .align = ALIGN_CENTER);
    UI_TEXT(u, .text = "3 号机 · 还有 96 秒", .style = TEXT_SECONDARY, .tone = TONE_INK2, .align = ALIGN_CENTER);
    ui_page_bottom(u);
    UI_BUTTON(u, .id = "login.back", .label = "返回", .style = BUTTON_QUIET, .action = TAP);
    UI_BUTTON(u, .id = "login.again", .label = "换一个码", .style = BUTTON_SECONDARY, .action = TAP);
    ui_page_close(u);
}

static const struct ui_option ways[] = {{"review", "评审", "评审委员会评审通过"},
                                        {"first", "初次确定", "学校毕业，考核合格后确定"},
                                        {"special", "特殊人才认定", "高层次、急需紧缺人才"},
                                        {"grant", "授予", "由主管部门授予"}};

static void choice_page(void *ctx, struct ui *u)
{
    (void)ctx;
    ui_page_open(
        u, PAGE("choice", .where = "资格", .step_text = "资格　第 1 问，共 9 问", .title = "您这个职称是怎样取得的？"));
    ui_choice(u,
              &(struct ui_choice){.field = {.id = "c.way", .action = TAP}, .options = ways, .n = 4, .value = "review"});
    ui_page_bottom(u);
    UI_BUTTON(u, .id = "choice.back", .label = "上一步", .style = BUTTON_SECONDARY, .action = TAP);
    UI_BUTTON(u, .id = "choice.hear", .label = "听一遍", .style = BUTTON_ATTENTION, .action = TAP);
    UI_BUTTON(u, .id = "choice.next", .label = "下一步", .style = BUTTON_PRIMARY, .action = TAP);
    ui_page_close(u);
}

static void fields_page(void *ctx, struct ui *u)
{
    (void)ctx;
    static const struct ui_option sexes[] = {{"1", "男", NULL}, {"2", "女", NULL}};
    ui_page_open(u, PAGE("fields", .where = "每一种输入", .title = "每一种输入，每一种样子"));
    ui_error_summary(u, "fields.errors",
                     (struct ui_problem[]){{"x.id", "身份证号", "最后一位不对，请对照身份证再看一遍", false},
                                           {"x.name", "姓名", "请填写姓名", false}},
                     2, TAP);
    ui_textbox(u, &(struct ui_textbox){.field = {.id = "x.id",
                                                 .label = "身份证号",
                                                 .required = true,
                                                 .error = "最后一位不对，请对照身份证再看一遍",
                                                 .action = TAP},
                                       .value = "650101199001010014",
                                       .group_id = true,
                                       .keyboard = "id"});
    ui_textbox(
        u, &(struct ui_textbox){
               .field = {.id = "x.name", .label = "姓名", .required = true, .help = "和身份证上一样", .action = TAP},
               .placeholder = "例如：阿依古丽·买买提"});
    ui_textbox(u, &(struct ui_textbox){.field = {.id = "x.code", .label = "取件码", .optional = true, .action = TAP},
                                       .value = "123456",
                                       .secret = true,
                                       .keyboard = "number"});
    ui_textbox(u, &(struct ui_textbox){.field = {.id = "x.cert",
                                                 .label = "证书编号",
                                                 .warning = "和扫描件上的不太一样，请再看一眼",
                                                 .action = TAP},
                                       .value = "20113202705",
                                       .confirm = NULL,
                                       .keyboard = "latin"});
    ui_textbox(u, &(struct ui_textbox){.field = {.id = "x.unit", .label = "工作单位", .read_only = true},
                                       .value = "新疆某机械厂"});
    ui_picker(u, &(struct ui_picker){.field = {.id = "x.pick", .label = "民族", .required = true, .action = TAP},
                                     .value = "03",
                                     .value_label = "回族"});
    ui_cascade(u, &(struct ui_cascade){.field = {.id = "x.casc", .label = "职称", .required = true, .action = TAP}});
    ui_choice(u, &(struct ui_choice){.field = {.id = "x.sex", .label = "性别", .required = true, .action = TAP},
                                     .options = sexes,
                                     .n = 2,
                                     .value = "2",
                                     .columns = 2});
    ui_choice(u, &(struct ui_choice){.field = {.id = "x.way", .label = "取得方式", .error = "请选一项", .action = TAP},
                                     .options = ways,
                                     .n = 4,
                                     .compact = true,
                                     .value = "first"});
    ui_check(u,
             &(struct ui_field){.id = "x.read", .label = "我已阅读工作通知和操作指南", .required = true, .action = TAP},
             true);
    ui_check(u, &(struct ui_field){.id = "x.read2", .label = "没有勾选的样子", .help = "带一行说明", .action = TAP},
             false);
    ui_switch(u, &(struct ui_field){.id = "x.now", .label = "这是目前最高学历", .action = TAP}, true, "是", "否");
    ui_switch(u, &(struct ui_field){.id = "x.now2", .label = "这是目前工作单位", .action = TAP}, false, "是", "否");
    ui_date(u, &(struct ui_date){.field = {.id = "x.date", .label = "授予时间", .required = true, .action = TAP},
                                 .value = "2010-12-31",
                                 .year_min = 2000,
                                 .year_max = 2021,
                                 .year_start = 2010,
                                 .unknown_day = true});
    ui_date(u, &(struct ui_date){.field = {.id = "x.end", .label = "结束时间", .optional = true, .action = TAP},
                                 .kind = DATE_MONTH,
                                 .value = "",
                                 .year_min = 1960,
                                 .year_max = 2026,
                                 .year_start = 2010,
                                 .open_end = true});
    ui_signature(u, "x.sign", "请在这里签名（选填）", TAP);
    ui_progress(u, "x.wait", "正在识别文字…", -1, -1, TAP);
    ui_page_bottom(u);
    UI_BUTTON(u, .id = "fields.back", .label = "上一步", .style = BUTTON_QUIET, .action = TAP);
    UI_BUTTON(u, .id = "fields.next", .label = "保存并下一步", .style = BUTTON_PRIMARY, .action = TAP);
    ui_page_close(u);
}

static void date_page(void *ctx, struct ui *u)
{
    (void)ctx;
    ui_page_open(u, PAGE("date", .where = "补录申报表", STEPS(1), .step_text = "第 2 步，共 7 步",
                         .title = "什么时候授予的？", .help = "证书上的“授予时间”"));
    ui_date(u, &(struct ui_date){.field = {.id = "d.date", .label = "授予时间", .required = true, .action = TAP},
                                 .value = "2010-12-31",
                                 .year_min = 2000,
                                 .year_max = 2021,
                                 .year_start = 2010,
                                 .unknown_day = true});
    ui_textbox(u, &(struct ui_textbox){.field = {.id = "d.name", .label = "姓名", .error = "请改正", .action = TAP},
                                       .value = "阿依古丽·买买提"});
    ui_page_bottom(u);
    UI_BUTTON(u, .id = "date.back", .label = "上一步", .style = BUTTON_QUIET, .action = TAP);
    UI_BUTTON(u, .id = "date.next", .label = "下一步", .style = BUTTON_PRIMARY, .action = TAP);
    ui_page_close(u);
}

static size_t many(void *ctx, const char *typed, struct ui_option *out, size_t from, size_t max)
{
    (void)ctx;
    static char labels[128][200], codes[128][12];
    static const char *const words[] = {
        "工程师", "高级工程师", "正高级工程师（机械电子与智能制造方向，含原教授级高级工程师）", "助理工程师", "讲师"};
    size_t all = strcmp(typed, "没有这个") == 0 ? 0 : *typed ? 37 : 4575;
    for (size_t i = 0; i < max && from + i < all; i++) {
        snprintf(labels[i], sizeof labels[i], "%s %zu", words[(from + i) % 5], from + i + 1);
        snprintf(codes[i], sizeof codes[i], "%zu", from + i);
        out[i] = (struct ui_option){codes[i], labels[i], (from + i) % 7 ? NULL : "2019 年以前的名称"};
    }
    return all;
}

static size_t level(void *ctx, size_t k, const char *const *chosen, struct ui_option *out, size_t from, size_t max)
{
    (void)ctx;
    (void)chosen;
    static const char *const names[3][3] = {
        {"工程技术人员", "高等学校教师", "卫生技术人员"}, {"机械电子", "建筑", "水利"}, {"初级", "中级", "高级"}};
    static const char *const codes[] = {"a", "b", "c"};
    for (size_t i = 0; i < max && from + i < 3; i++)
        out[i] = (struct ui_option){codes[from + i], names[k % 3][from + i], NULL};
    return 3;
}

static void picker_page(void *ctx, struct ui *u)
{
    (void)ctx;
    static const char *const titles[] = {"系列", "专业", "等级"};
    ui_page_open(u, PAGE("picker", .where = "补录申报表", .title = "职称名称"));
    ui_picker(u, &(struct ui_picker){.field = {.id = "p.title", .label = "职称名称", .required = true, .action = TAP},
                                     .value = "1",
                                     .value_label = "高级工程师 2",
                                     .search = many,
                                     .free_text = true});
    ui_cascade(u, &(struct ui_cascade){.field = {.id = "p.casc", .label = "系列、专业、等级", .action = TAP},
                                       .titles = titles,
                                       .levels = 3,
                                       .options = level});
    ui_page_bottom(u);
    UI_BUTTON(u, .id = "picker.back", .label = "上一步", .style = BUTTON_QUIET, .action = TAP);
    UI_BUTTON(u, .id = "picker.next", .label = "下一步", .style = BUTTON_PRIMARY, .action = TAP);
    ui_page_close(u);
}

static void viewer_page(void *ctx, struct ui *u)
{
    struct gallery *g = ctx;
    ui_page_open(u, PAGE("viewer", .where = "查看附件"));
    ui_viewer(u, &(struct ui_viewer){.id = "v.page",
                                     .label = "职称证原件",
                                     .image = &g->paper,
                                     .page = 0,
                                     .pages = 3,
                                     .page_action = TAP,
                                     .rotate_action = TAP,
                                     .detail_action = TAP});
    ui_page_bottom(u);
    UI_BUTTON(u, .id = "viewer.back", .label = "返回", .style = BUTTON_QUIET, .action = TAP);
    UI_BUTTON(u, .id = "viewer.delete", .label = "删除第 1 页", .style = BUTTON_DANGER, .action = TAP);
    ui_page_close(u);
}

static void buttons_page(void *ctx, struct ui *u)
{
    (void)ctx;
    ui_page_open(
        u, PAGE("buttons", .where = "按钮和标签", .title = "按钮和标签", .connection = "离线 · 上次联网 昨天 18:02"));
    static const char *const names[] = {"SECONDARY", "PRIMARY", "HERO", "QUIET", "DANGER", "PILL", "ATTENTION", "LINK"};
    UI_OPEN(u, .dir = UI_GRID, .columns = 3, .gap = 20);
    for (int s = 0; s < 8; s++)
        for (int state = 0; state < 3; state++) {
            char id[32];
            snprintf(id, sizeof id, "b.%d.%d", s, state);
            ui_button(u, &(struct ui_button){.id = id,
                                             .label = names[s],
                                             .style = (enum ui_button_style)s,
                                             .action = TAP,
                                             .disabled = state == 1,
                                             .selected = state == 2,
                                             .icon = state == 2 ? "check" : NULL});
        }
    ui_close(u);
    UI_OPEN(u, .dir = UI_WRAP, .gap = 16);
    ui_badge(u, NULL, TONE_GOOD, "✓", "已填");
    ui_badge(u, NULL, TONE_BAD, "!", "有错 1 处");
    ui_badge(u, NULL, TONE_INK2, "–", "无此项");
    ui_badge(u, NULL, TONE_APRICOT, NULL, "联网后自动填");
    ui_badge(u, NULL, TONE_BRAND, NULL, "草稿");
    ui_close(u);
    ui_note(u, "b.note", TONE_INK, "一句说明");
    ui_note(u, "b.good", TONE_GOOD, "已保存");
    ui_note(u, "b.warn", TONE_APRICOT,
            "请再看一眼：这个日期比参加工作早，如果没错就不用改，下一页会继续，长的句子要折行也要好看");
    ui_note(u, "b.bad", TONE_BAD, "请填写姓名");
    ui_page_bottom(u);
    UI_BUTTON(u, .id = "buttons.back", .label = "Return to the previous page", .style = BUTTON_QUIET, .action = TAP);
    UI_BUTTON(u, .id = "buttons.next", .label = "Save and continue to the next question", .style = BUTTON_PRIMARY,
              .action = TAP);
    ui_page_close(u);
}

static void dialog_page(void *ctx, struct ui *u)
{
    wizard_page(ctx, u);
    ui_dialog_open(u, &(struct ui_dialog){.id = "sure",
                                          .title = "要提交到【基层工作单位】吗？",
                                          .text = "提交以后，在单位退回之前不能再改。"});
    UI_OPEN(u, .dir = UI_ROW, .gap = 24, .main = MAIN_END);
    UI_BUTTON(u, .id = "sure.no", .label = "取消", .style = BUTTON_QUIET, .action = TAP);
    UI_BUTTON(u, .id = "sure.yes", .label = "确定", .style = BUTTON_PRIMARY, .action = TAP);
    ui_close(u);
    ui_dialog_close(u);
}

static void uyghur_page(void *ctx, struct ui *u)
{
    (void)ctx;
    ui_page_open(u, &(struct ui_page){.id = "ug",
                                      .exit_label = "چىكىنىش",
                                      .exit = TAP,
                                      .language = TAP,
                                      .large = TAP,
                                      .staff = TAP,
                                      .where = "باش بەت",
                                      STEPS(1),
                                      .title = "چىسلا تاللاڭ"});
    UI_TEXT(u, .text = "授予时间 · 2010-12-31", .style = TEXT_SECONDARY, .tone = TONE_INK2, .data = true);
    ui_date(u, &(struct ui_date){.field = {.id = "u.date", .label = "چېسلا", .required = true, .action = TAP},
                                 .value = "2010-12-31",
                                 .year_min = 2000,
                                 .year_max = 2021,
                                 .year_start = 2010,
                                 .unknown_day = true});
    ui_textbox(
        u, &(struct ui_textbox){
               .field = {.id = "u.name", .label = "ئاتى", .error = "تۆۋەندىكى خاتالىقلارنى توغرىلاڭ.", .action = TAP},
               .value = "阿依古丽·买买提"});
    ui_page_bottom(u);
    UI_BUTTON(u, .id = "ug.back", .label = "كەينى", .style = BUTTON_QUIET, .icon = "prev", .action = TAP);
    UI_BUTTON(u, .id = "ug.next", .label = "كېيىنكى", .style = BUTTON_PRIMARY, .action = TAP);
    ui_page_close(u);
}

static void on_event(void *ctx, const struct ui_event *ev)
{
    struct gallery *g = ctx;
    snprintf(g->last, sizeof g->last, "%d %s %d", ev->what, ev->text, ev->number);
}

/* --- taking the pictures --- */

static void tap(struct gallery *g, const char *id)
{
    struct ui_node_info n;
    ui_reveal(g->ui, id);
    if (!ui_node_find(g->ui, id, &n)) {
        fprintf(stderr, "gallery: no %s\n", id);
        return;
    }
    struct input_event ev = {
        .kind = INPUT_DOWN, .x = n.rect.x + n.rect.w / 2, .y = n.rect.y + n.rect.h / 2, .mono_ms = g->clock.mono};
    ui_input(g->ui, &ev);
    ev.kind = INPUT_UP;
    ui_input(g->ui, &ev);
    ui_frame(g->ui);
}

struct shot {
    const char *name;
    void (*view)(void *ctx, struct ui *u);
    const char *taps; /* ids, blank-separated; "@id" scrolls there, "=text" types, "~" waits for the worker */
    bool landscape, large, contrast;
    const char *lang;
};
static const struct shot shots[] = {
    {"idle", idle_page, "", false, false, false, "zh"},
    {"idle_land", idle_page, "", true, false, false, "zh"},
    {"idle_large", idle_page, "", false, true, false, "zh"},
    {"wizard", wizard_page, "f.doc", false, false, false, "zh"},
    {"wizard_land", wizard_page, "f.doc", true, false, false, "zh"},
    {"wizard_large", wizard_page, "", false, true, false, "zh"},
    {"wizard_large_kb", wizard_page, "f.name", false, true, false, "zh"},
    {"wizard_contrast", wizard_page, "f.no", false, false, true, "zh"},
    {"tasks", tasks_page, "", false, false, false, "zh"},
    {"tasks_land", tasks_page, "", true, false, false, "zh"},
    {"tasks_large", tasks_page, "", false, true, false, "zh"},
    {"tasks_rtl", tasks_page, "", false, false, false, "ug"},
    {"attach", attach_page, "", false, false, false, "zh"},
    {"attach_large", attach_page, "", false, true, false, "zh"},
    {"attach_land", attach_page, "", true, false, false, "zh"},
    {"login", login_page, "", false, false, false, "zh"},
    {"choice", choice_page, "", false, false, false, "zh"},
    {"choice_large", choice_page, "", false, true, false, "zh"},
    {"choice_land_large", choice_page, "", true, true, false, "zh"},
    {"fields", fields_page, "", false, false, false, "zh"},
    {"fields2", fields_page, "@x.way", false, false, false, "zh"},
    {"fields3", fields_page, "@x.wait.cancel", false, false, false, "zh"},
    {"fields_id", fields_page, "x.id", false, false, false, "zh"},
    {"fields_en", fields_page, "@x.end", false, false, false, "en"},
    {"fields_contrast", fields_page, "@x.way", false, false, true, "zh"},
    {"fields_large", fields_page, "@x.way", false, true, false, "zh"},
    {"date", date_page, "d.date", false, false, false, "zh"},
    {"date_grid", date_page, "d.date d.date.year", false, false, false, "zh"},
    {"date_land", date_page, "d.date", true, false, false, "zh"},
    {"date_large", date_page, "d.date", false, true, false, "zh"},
    {"date_unknown", date_page, "d.date d.date.unknown_day", false, false, false, "en"},
    {"picker", picker_page, "p.title", false, false, false, "zh"},
    {"picker_typed", picker_page, "p.title =没有这个", false, false, false, "zh"},
    {"picker_large", picker_page, "p.title", false, true, false, "zh"},
    {"picker_land", picker_page, "p.title", true, false, false, "zh"},
    {"cascade", picker_page, "p.casc p.casc.item.a p.casc.item.b", false, false, false, "zh"},
    {"viewer", viewer_page, "", false, false, false, "zh"},
    {"viewer_zoom", viewer_page, "v.page.zoom_in v.page.zoom_in", true, false, false, "zh"},
    {"buttons", buttons_page, "", false, false, false, "zh"},
    {"buttons_large", buttons_page, "", false, true, false, "en"},
    {"dialog", dialog_page, "", false, false, false, "zh"},
    {"dialog_land", dialog_page, "", true, false, false, "zh"},
    {"kb_latin", fields_page, "x.cert", false, false, false, "zh"},
    {"kb_symbol", fields_page, "x.name kb.symbol", false, false, false, "zh"},
    {"kb_pinyin", wizard_page, "f.doc kb.r kb.e kb.n kb.s kb.h kb.i ~", false, false, false, "zh"},
    {"kb_pinyin_more", wizard_page, "f.doc kb.s kb.h kb.i ~ kb.more", false, false, false, "zh"},
    {"kb_pinyin_large", wizard_page, "f.doc kb.j kb.i ~", false, true, false, "zh"},
    {"kb_pinyin_land", wizard_page, "f.doc kb.g kb.o kb.n kb.g ~", true, false, false, "zh"},
    {"kb_area", wizard_page, "f.name", false, false, false, "zh"},
    {"ug", uyghur_page, "u.date", false, false, false, "ug"},
    {"ug_kb", uyghur_page, "u.name", false, false, false, "ug"},
    {"ug_land", uyghur_page, "", true, false, false, "ug"},
};

/* Until the worker has had time to answer: its first answer takes the longest. */
static void wait_for_worker(struct gallery *g)
{
    for (int i = 0; g->door && i < 60; i++) {
        int64_t at;
        struct pollfd p = {.fd = worker_door_fd(g->door, &at), .events = POLLIN};
        poll(&p, 1, 10);
        worker_door_step(g->door, clock_mono(clock_system()));
    }
}

static void act(struct gallery *g, const char *taps)
{
    AUTOFREE char *copy = xstrdup(taps);
    for (char *save, *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
        if (*word == '@')
            ui_reveal(g->ui, word + 1);
        else if (*word == '~')
            wait_for_worker(g);
        else if (*word == '=')
            ui_input(g->ui, &(struct input_event){.kind = INPUT_TEXT, .text = word + 1, .mono_ms = g->clock.mono});
        else
            tap(g, word);
        ui_frame(g->ui);
    }
}

static double microseconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Milliseconds of a frame: with nothing changed but the view run again, or with everything painted anew. */
enum { TIMES = 15 };
static double frames(struct gallery *g, bool all)
{
    double best = 1e9;
    bool contrast = ui_environment(g->ui)->contrast;
    for (int i = 0; i < TIMES; i++) {
        if (all)
            ui_set_contrast(g->ui, !ui_environment(g->ui)->contrast);
        ui_changed(g->ui);
        double from = microseconds();
        ui_frame(g->ui);
        double took = microseconds() - from;
        best = took < best ? took : best;
    }
    ui_set_contrast(g->ui, contrast);
    return best / 1e3;
}

static bool take(struct gallery *g, const struct shot *s, struct fonts *fonts, const struct theme_set *themes,
                 const char *out)
{
    struct err e = {0};
    struct shell_ops ops = {0};
    struct shell_options so = {.width = s->landscape ? 1920 : 1080,
                               .height = s->landscape ? 1080 : 1920,
                               .offscreen = true,
                               .clock = &g->clock.clock};
    g->shell = shell_create(&so, &ops, g, &e);
    if (!g->shell) {
        fprintf(stderr, "gallery: %s\n", e.text);
        return false;
    }
    g->ui = ui_create(
        &(struct ui_options){
            .shell = g->shell, .fonts = fonts, .themes = themes, .assets_dir = "assets", .door = g->door},
        &e);
    if (!g->ui) {
        fprintf(stderr, "gallery: %s\n", e.text);
        return false;
    }
    ui_set_language(g->ui, strcmp(s->lang, "ug") == 0 ? g->ug : strcmp(s->lang, "en") == 0 ? g->en : g->zh, g->zh);
    ui_set_large(g->ui, s->large);
    ui_set_contrast(g->ui, s->contrast);
    ui_set_view(g->ui, s->name, s->view, on_event, g);
    ui_frame(g->ui);
    act(g, s->taps);
    AUTOFREE char *path = xasprintf("%s/%s.png", out, s->name);
    bool good = shell_screenshot(g->shell, path, &e);
    if (!good)
        fprintf(stderr, "gallery: %s\n", e.text);
    double build = frames(g, false), full = frames(g, true);
    printf("%-20s %5zu nodes  build and lay out %6.2f ms, with every pixel %6.2f ms (best of %d)\n", s->name,
           ui_node_count(g->ui), build, full, TIMES);
    ui_destroy(g->ui);
    shell_destroy(g->shell);
    return good;
}

/* A sheet of paper with lines like a certificate's, drawn here so that the gallery needs no file. */
static struct image paper(bool blank)
{
    struct image i = {.width = 420, .height = 594, .stride = 420, .stamp = blank ? 2 : 1};
    uint32_t *p = xmalloc((size_t)i.width * (size_t)i.height * sizeof *p);
    for (int y = 0; y < i.height; y++)
        for (int x = 0; x < i.width; x++) {
            bool line =
                !blank && x > 50 && x < 370 && y > 60 && y < 480 && y / 9 % 4 == 0 && (x * 7 + y / 36 * 13) % 37 > 6;
            bool seal = !blank && fabs(hypot(x - 290, y - 450) - 60) < 3;
            p[y * i.width + x] = line ? (y < 130 ? 0x8a1f1a : 0x5c5140) : seal ? 0xd0524a : 0xfaf5ea;
        }
    i.p = p;
    return i;
}

int main(int argc, char **argv)
{
    const char *out = argc > 1 ? argv[1] : "build/gallery", *word = argc > 2 ? argv[2] : "";
    struct err e = {0};
    struct gallery g = {0};
    struct theme_set themes;
    mkdir("build", 0777);
    mkdir(out, 0777);
    clock_fake_init(&g.clock, 1795400000000);
    struct fonts *fonts = fonts_open("fonts", &e);
    g.zh = strings_load("assets/strings/zh.po", &e);
    g.en = strings_load("assets/strings/en.po", &e);
    g.ug = strings_load("assets/strings/ug.po", &e);
    if (!fonts || !g.zh || !g.en || !g.ug || !theme_load("assets", &themes, &e)) {
        fprintf(stderr, "gallery: %s\n", e.text);
        return 1;
    }
    AUTOFREE char *self = realpath(argv[0], NULL);
    char *cut = self ? strstr(self, "/tests/ui/") : NULL;
    AUTOFREE char *program = cut ? xasprintf("%.*s/bin/bulu-worker", (int)(cut - self), self) : NULL;
    if (program && access(program, X_OK) == 0)
        g.door = worker_door_create(program, NULL, &e);
    g.paper = paper(false);
    g.blank = paper(true);
    bool good = true;
    for (size_t i = 0; i < sizeof shots / sizeof *shots; i++)
        if (strstr(shots[i].name, word))
            good = take(&g, &shots[i], fonts, &themes, out) && good;
    free((void *)g.paper.p);
    free((void *)g.blank.p);
    strings_destroy(g.zh);
    strings_destroy(g.en);
    strings_destroy(g.ug);
    worker_door_destroy(g.door);
    fonts_close(fonts);
    return !good;
}
