# The front door: Meson and Ninja do the work.  `make help` lists what there is.
#
#   B        where the build lies (build)          PREFIX   where it is installed (/usr/local)
#   JOBS     compilers at a time (all cores)       STEPS    of `make test` (all of them)

B       ?= build
PREFIX  ?= /usr/local
JOBS    ?= $(shell nproc)
PYTHON  := /usr/bin/python3
FUZZ_SECONDS ?= 120
DEMO    ?= lab/recordings/stolen-password-webmail-rich
NINJA   := ninja -j$(JOBS)

all: $(B)/build.ninja ## build build/tocsin
	$(NINJA) -C $(B)

$(B)/build.ninja:
	tools/need check build
	meson setup $(B) --prefix=$(PREFIX) -Dtests=false

demo: ## install what is missing, build, and report a recorded break-in
	tools/need install build
	$(MAKE) --no-print-directory all
	@tools/demo $(B)/tocsin $(DEMO) $(B)/demo

test: ## everything that must hold: both compilers, sanitizers, recordings, bad input, page, fuzz
	tools/need install build test
	$(PYTHON) tests/run $(STEPS)

test-lab: ## record one attack on live daemons, and judge the report on it (root)
	tools/need install build test
	$(PYTHON) tests/run live

lab: all ## record all attacks and honest days anew, on real daemons (root; half an hour)
	tools/need install lab
	lab/run record

bench: all ## speed and detection against grep and the peers that are installed
	tools/need install bench
	TOCSIN=$(abspath $(B)/tocsin) bench/run
	TOCSIN=$(abspath $(B)/tocsin) bench/formats

fuzz: ## fuzz every parser for FUZZ_SECONDS each
	tools/need install build test
	$(PYTHON) tests/run clang
	$(PYTHON) tests/fuzz.py --seconds $(FUZZ_SECONDS)

install: $(B)/build.ninja ## install program, rules, man pages, completion (DESTDIR is heeded)
	meson configure $(B) --prefix=$(PREFIX)
	meson install -C $(B)

format: ## lay out the C as .clang-format says
	find bench fuzz lab src tests -name '*.[ch]' -print0 | xargs -0 clang-format-14 -i

clean: ## remove all that was built
	rm -rf build build-gcc build-clang

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

.PHONY: all demo test test-lab lab bench fuzz install format clean help
