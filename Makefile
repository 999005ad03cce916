# 补录亭 (bulu): make help tells the targets. Everything is built below build/; nothing else is written.
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.DELETE_ON_ERROR:

CC      ?= gcc
ifeq ($(origin CC),default)
CC      := gcc
endif
# VARIANT: release, or asan (address, undefined and leak sanitizers). Each has its own folder.
VARIANT ?= release
B       := build/$(VARIANT)
JOBS    ?= $(shell nproc)
# Short lines while building; V=1 shows the commands.
ifeq ($(V),)
Q       := @
say      = @echo '  $(1) $(2)'
endif

WARN    := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wundef
CFLAGS  ?= -O2 -g
ALL_CFLAGS := -std=c11 -D_GNU_SOURCE -I. $(WARN) $(CFLAGS) -fno-strict-aliasing -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
LDFLAGS ?=
ALL_LDFLAGS := -pie -Wl,--as-needed -Wl,-z,relro,-z,now $(LDFLAGS)
ifeq ($(VARIANT),asan)
ALL_CFLAGS  := $(filter-out -O2 -D_FORTIFY_SOURCE=2,$(ALL_CFLAGS)) -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
ALL_LDFLAGS += -fsanitize=address,undefined
endif
ifdef WERROR
ALL_CFLAGS  += -Werror
endif

# --- what is linked with what: a folder is a library; arrows run down the page as in the README's map ---
BASE     := sync/base
SYNC     := sync/protocol sync/link sync/store sync/record $(BASE)
APP      := app/screens app/journey app/forms app/ui app/input app/devices app/worker app/shell
PLATFORM := sync/platform sync/protocol sync/record $(BASE)
AGENT    := sync/agent $(SYNC)
CTL      := sync/ctl sync/agent $(SYNC)

PROGRAMS := bulu-kiosk bulu-worker bulu-sync bulu-platform bulu-ctl
MAIN_bulu-kiosk    := app/main.c
MAIN_bulu-worker   := app/worker/main.c
MAIN_bulu-sync     := sync/agent/main.c
MAIN_bulu-platform := sync/platform/main.c
MAIN_bulu-ctl      := sync/ctl/main.c
DIRS_bulu-kiosk    := $(APP) $(SYNC)
DIRS_bulu-worker   := app/worker $(BASE)
DIRS_bulu-sync     := $(AGENT)
DIRS_bulu-platform := $(PLATFORM)
DIRS_bulu-ctl      := $(CTL)

PC := sdl2 SDL2_ttf fribidi libqrencode sqlite3 libcurl libssl libcrypto libsodium nettle xlsxwriter libarchive jansson libzstd inih libpcre2-8 libutf8proc \
      libunibreak libmicrohttpd gnutls sane-backends libturbojpeg libpng lept tesseract libseccomp
PC_CFLAGS = $(eval PC_CFLAGS := $$(shell pkg-config --cflags $(PC) 2>/dev/null))$(PC_CFLAGS)
PC_LIBS   = $(eval PC_LIBS := $$(shell pkg-config --libs $(PC) 2>/dev/null))$(PC_LIBS)
LIBS = $(PC_LIBS) -lgooglepinyin -lgomp -lm -lpthread

LIB_DIRS := $(sort $(APP) $(PLATFORM) $(AGENT) $(CTL))
SRC_OF    = $(filter-out %/main.c,$(wildcard $(1)/*.c))
LIB       = $(B)/lib/$(subst /,-,$(1)).a
LIBRARIES := $(foreach d,$(LIB_DIRS),$(if $(call SRC_OF,$(d)),$(call LIB,$(d))))
BUILT     := $(foreach p,$(PROGRAMS),$(if $(wildcard $(MAIN_$(p))),$(p)))
BINARIES  := $(BUILT:%=$(B)/bin/%)

TEST_SRC  := $(shell find tests/unit tests/bench tests/fault -name '*.c' 2>/dev/null)
UNIT_SRC  := $(filter %_test.c,$(TEST_SRC))
UNIT_BIN  := $(UNIT_SRC:tests/%.c=$(B)/tests/%)
BENCH_BIN := $(patsubst tests/%.c,$(B)/tests/%,$(filter %_bench.c,$(TEST_SRC)))
# Programs that Python tests run.
E2E_BIN   := $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/e2e/*.c))
PRELOADS  := $(patsubst tests/%.c,$(B)/tests/%.so,$(filter %_preload.c,$(TEST_SRC)))

.PHONY: all build run test check asan bench clean help deps deps-check deps-test fuzz night
.DEFAULT_GOAL := help

help:
	@echo 'make run     install what is missing, build, start platform + agent + kiosk on loopback;'
	@echo '             without a display: drive one whole journey, leave its pictures and report in build/demo/'
	@echo 'make test    install what is missing, build, run the tests; ends with "N passed, N failed"'
	@echo 'make check   formatting, static analysis, arrows, strings, form tables, requirements trace'
	@echo 'make asan    the unit tests under address, undefined and leak sanitizers'
	@echo 'make bench   figures as JSON lines and a table'
	@echo 'make build   only build     make clean   remove build/'

all: build
build: deps
	@$(MAKE) --no-print-directory -j$(JOBS) programs

.PHONY: programs tests
programs: $(BINARIES)
tests: programs $(UNIT_BIN) $(E2E_BIN) $(PRELOADS) $(B)/tests/ui/gallery

$(B)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC  ,$<)
	$(Q)$(CC) $(ALL_CFLAGS) $(PC_CFLAGS) -MMD -MP -c $< -o $@

define library
$(call LIB,$(1)): $(patsubst %.c,$(B)/obj/%.o,$(call SRC_OF,$(1)))
	@mkdir -p $$(@D)
	@rm -f $$@
	$(Q)ar rcs $$@ $$^
endef
$(foreach d,$(LIB_DIRS),$(eval $(call library,$(d))))

define program
$(B)/bin/$(1): $(B)/obj/$(MAIN_$(1):.c=.o) $(filter $(foreach d,$(DIRS_$(1)),$(call LIB,$(d))),$(LIBRARIES))
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)
	$(Q)$(CC) $(ALL_LDFLAGS) $$< -Wl,--start-group $$(filter %.a,$$^) -Wl,--end-group $$(LIBS) -o $$@
endef
$(foreach p,$(BUILT),$(eval $(call program,$(p))))

# A test links the libraries and its siblings in tests/support; what it does not use is left out by the linker.
# App and platform are never in one program: the same name may stand in both.
TEST_LIBS = $(if $(findstring /unit/app/,$(1)),$(filter-out %/sync-platform.a,$(LIBRARIES)),$(if $(findstring /sync/platform/,$(1)),\
              $(filter-out $(B)/lib/app%,$(LIBRARIES)),$(LIBRARIES)))
SUPPORT := $(B)/lib/tests-support.a
$(SUPPORT): $(patsubst %.c,$(B)/obj/%.o,$(wildcard tests/support/*.c))
	@mkdir -p $(@D)
	@rm -f $@
	$(Q)ar rcs $@ $^
$(B)/tests/%: $(B)/obj/tests/%.o $(SUPPORT) $(LIBRARIES)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) $< -Wl,--start-group $(SUPPORT) $(call TEST_LIBS,$@) -Wl,--end-group $(LIBS) -lcmocka -o $@
$(B)/tests/%_preload.so: tests/%_preload.c
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) -std=c11 -D_GNU_SOURCE -I. -O2 -fPIC -shared $< -o $@ -ldl
.SECONDARY:

deps:
	@tests/deps build
deps-test:
	@tests/deps build test
deps-check:
	@tests/deps build test check

run: deps-test
	@$(MAKE) --no-print-directory -j$(JOBS) programs
	@/usr/bin/python3 tests/e2e/demo.py --build $(B)

# make test ONLY=record runs the tests whose name contains "record".
test: deps-test
	@$(MAKE) --no-print-directory -j$(JOBS) tests
	@/usr/bin/python3 tests/run.py --build $(B) $(if $(ONLY),--only $(ONLY))

asan: deps-test
	@$(MAKE) --no-print-directory -j$(JOBS) VARIANT=asan tests
	@/usr/bin/python3 tests/run.py --build build/asan --unit-only $(if $(ONLY),--only $(ONLY))

bench: deps-test
	@$(MAKE) --no-print-directory -j$(JOBS) programs $(BENCH_BIN)
	@/usr/bin/python3 tests/bench/run.py --build $(B)

check: deps-check compile_commands.json
	@/usr/bin/python3 tests/check.py

compile_commands.json: Makefile $(shell find app sync tests -name '*.c' 2>/dev/null)
	@mkdir -p build
	@/usr/bin/python3 tests/compile_commands.py '$(CC) $(ALL_CFLAGS) $(PC_CFLAGS)' > build/compile_commands.json
	@ln -sf build/compile_commands.json $@

clean:
	rm -rf build compile_commands.json

-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
