# make serve · make site · make test · make check · make record: each sets up what it needs.
#
# Options:  make serve PORT=8001
#           make test ARGS="docs/en/mnist_convnet.md --fresh"
#           make test JOBS=4
#           make reviewed SECTIONS="mnist_convnet#train mnist_convnet#test"
#           make rename SECTION=mnist_convnet#train TO=training
#           make lesson NAME=my_lesson
#           make serve PYTHON=/path/to/python3.12

PORT := 8000
JOBS := 2
ARGS :=
SECTIONS :=
SECTION :=
TO :=
NAME :=
DIST := dist
# The first of these that TensorFlow has wheels for.
PYTHON := $(shell for name in python3 python3.12 python3.13 python3.11; do \
	$$name tests/check_python.py >/dev/null 2>&1 && echo $$name && break; done)

BIN := .venv/bin
ADDRESS := http://127.0.0.1:$(PORT)
# Full lists with hashes, for every system and Python that is supported; settings
# of one machine stay out. Versions change only where a list demands it:
# `make lock UPGRADE=--upgrade` takes the newest.
UPGRADE :=
OPTIONS := --universal --python-version 3.11 --generate-hashes
# The header tells it to people and to Dependabot, which reads the options there.
COMPILE = $(BIN)/uv pip compile --quiet --no-config $(OPTIONS) $(UPGRADE) \
	--custom-compile-command "make lock, which is uv pip compile $(OPTIONS)"
# A notice about the tools, which a reader can do nothing about.
export NO_MKDOCS_2_WARNING := 1

.PHONY: help serve site data test check lesson reviewed rename badges record \
	backends benchmark notebooks offline book lock audit licenses clean
.DELETE_ON_ERROR:

help:
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' \
		$(MAKEFILE_LIST)
	@echo "ARGS=... passes options on: make test ARGS=docs/en/mnist_convnet.md"

serve: .venv/site-ready ## show the site, Chinese and English, with live reload
	@$(BIN)/python -c "import socket; socket.create_server(('127.0.0.1', $(PORT)))" \
		2>/dev/null || { echo "Port $(PORT) is in use; try another:" \
		"make serve PORT=8001"; exit 1; }
	@echo "中文: $(ADDRESS)/   English: $(ADDRESS)/en/   (Ctrl+C ends it)"
	@$(BIN)/mkdocs serve --dev-addr 127.0.0.1:$(PORT)

site: .venv/site-ready ## build it into site/, English in site/en/
	@echo "Building both languages (under a minute) ..."
	@$(BIN)/mkdocs build --strict
	@echo "Built: site/index.html (中文), site/en/index.html (English)"

data: .venv/test-ready ## fetch CIFAR-10 for lessons on photos: 140 MB, once
	@$(BIN)/python -m tests.harness.fetch $(GO_ON)

# Without it, they go on, and say what they leave out.
test record backends gpu metal: GO_ON := || true

# A whole run ends at once if all passed and nothing has changed since.
WHOLE := $(if $(filter-out --fresh,$(ARGS)),,-p tests.harness.unchanged)

# Named files, usually of one lesson, are tested in one process.
test: .venv/test-ready data ## run all lessons and tests; nothing if nothing has changed
	@$(BIN)/python -m pytest $(WHOLE) \
		$(if $(findstring /,$(ARGS)),,-n $(JOBS)) $(ARGS)

check: .venv/test-ready ## check the pages in seconds, running no lesson
	@$(BIN)/python -m tests.gates

lesson: .venv/test-ready ## NAME=my_lesson: create the files of a new lesson
	@$(BIN)/python -m tests.new_lesson $(NAME)

reviewed: .venv/test-ready ## show what to review; SECTIONS=page#section: it was
	@$(BIN)/python -m tests.gates --reviewed $(SECTIONS)

rename: .venv/test-ready ## SECTION=page#old TO=new: another id for a heading
	@$(BIN)/python -m tests.gates --rename "$(SECTION)" "$(TO)"

badges: .venv/test-ready ## draw the badges of the README from what is recorded
	@$(BIN)/python -m tests.gates --badges

record: .venv/test-ready data ## run the lessons and refresh what is recorded
	@$(BIN)/pytest --record $(or $(ARGS),docs snippets)
	@$(MAKE) --no-print-directory badges

backends: .venv/backends-ready data ## run the lessons on TensorFlow, JAX and PyTorch
	@status=0; for backend in tensorflow jax torch; do $(BIN)/pytest --record \
		--backend $$backend $(or $(ARGS),docs/en) || status=1; done; exit $$status

benchmark: .venv/test-ready ## ARGS=build: measure one thing; without, all (hours)
	@$(BIN)/python -m tests.benchmarks $(ARGS)

# Needs uv alone, so that it can mend a list that cannot be installed.
lock: .venv/ready ## compile requirements*.txt after editing requirements*.in
	@test -x $(BIN)/uv || $(MAKE) --no-print-directory .venv/test-ready
	@$(COMPILE) docs/requirements.in --output-file docs/requirements.txt
	@$(COMPILE) requirements.in --output-file requirements.txt
	@for list in book backends gpu dev peers; do $(COMPILE) \
		requirements-$$list.in --output-file requirements-$$list.txt || exit 1; done

# pip-audit needs an environment of its own, which uv keeps.
ALONE = $(BIN)/uv run --no-config --quiet --no-project --isolated \
	--with-requirements requirements-dev.txt --

audit: .venv/test-ready ## look for known vulnerabilities in the locked packages
	@$(ALONE) python -m tests.ci.audit $(ARGS)

licenses: .venv/test-ready ## check that each package has a license that is allowed
	@$(BIN)/pip-licenses $(ARGS)
	@$(ALONE) $(BIN)/pip-licenses --python python $(ARGS)
	@$(subst -dev,-peers,$(ALONE)) $(BIN)/pip-licenses --python python $(ARGS)

notebooks: .venv/site-ready ## write each lesson as a notebook and a script: notebooks/
	@$(BIN)/python -m docs.hooks.maker notebooks

offline: .venv/site-ready ## write the site as an archive that opens from disk: dist/
	@$(BIN)/python -m docs.book offline $(DIST)

book: .venv/book-ready ## write each language as a book, PDF and EPUB: dist/
	@$(BIN)/python -m docs.book book $(DIST)

clean: ## delete what these made
	rm -rf .venv .cache site notebooks $(DIST)

# --- On a GPU, against what the processor gave ---------------------------------
.PHONY: gpu metal

gpu: .venv/gpu-ready data ## run the lessons on an NVIDIA GPU, against the record
	@$(BIN)/python -m tests.ci.accelerator cuda
	@$(BIN)/pytest --whole $(or $(ARGS),docs snippets)

metal: .venv/test-ready data ## run them on a Mac's GPU, against the record
	@$(BIN)/python -m tests.ci.accelerator metal
	@$(BIN)/pytest --whole $(or $(ARGS),docs snippets)

# --- What workflows need beside these; no packages, but Git and, to propose, gh -
.PHONY: runner publish-notebooks save-record propose-record

VARIABLES := Settings > Secrets and variables > Actions > Variables
NO_RUNNER := ::error::The repository variable GPU_RUNNER names no runner. Set it \
	under $(VARIABLES), or set ALLOW_CPU_ONLY_SITE to true: the site is then \
	published without a run on a GPU, and its page on verification says so.
# The account that GitHub has for what a workflow commits.
BOT := -c user.name="github-actions[bot]" \
	-c user.email="41898282+github-actions[bot]@users.noreply.github.com"
RECORDED := snippets/outputs docs/assets/figures docs/assets/widgets .github/badges
BRANCH = record-$(shell date -u +%F)-$(or $(GITHUB_RUN_ID),by-hand)
PROPOSAL := Every lesson ran again with all its seeds; this is what changed. Look \
	at the differences before you merge: a text that a new result no longer \
	supports has to change, and `make check` names it. GitHub starts no tests \
	for a pull request that a workflow opened: close it and open it again.

# Whether the site is published without a GPU; an error if nothing allows it.
runner:
	@test -n "$$GPU_RUNNER" || test "$$ALLOW_CPU_ONLY_SITE" = true \
		|| { echo "$(NO_RUNNER)" >&2; exit 1; }
	@test -n "$$GPU_RUNNER" && echo cpu_only=false || echo cpu_only=true

# One commit without history: notebooks carry figures, and can be made again.
publish-notebooks:
	@ls notebooks/*/*.ipynb >/dev/null 2>&1 \
		|| { echo "There are no notebooks: run \`make notebooks\` first."; exit 1; }
	@rm -rf notebooks/.git && git init --quiet notebooks
	@git -C notebooks add --all && git -C notebooks $(BOT) commit --quiet \
		-m "Notebooks and scripts of $$(git rev-parse --short=10 HEAD)"
	@git -C notebooks push --quiet --force "$$(git remote get-url origin)" \
		HEAD:refs/heads/notebooks
	@rm -rf notebooks/.git

# What a recording changed, new and deleted files too.
save-record:
	@git add --all -- $(RECORDED)
	@git diff --cached --binary --output=record.patch -- $(RECORDED)
	@git reset --quiet

propose-record:
	@test -f record.patch \
		|| { echo "No record.patch: run \`make save-record\` first."; exit 1; }
	@test ! -s record.patch && echo "Nothing changed." || { set -e; \
	git switch --quiet --create $(BRANCH); \
	git apply --index --binary record.patch; \
	git $(BOT) commit --quiet -m "Record the lessons anew"; \
	git push --quiet origin HEAD:refs/heads/$(BRANCH); \
	gh pr create --base main --head $(BRANCH) \
		--title "Record the lessons anew" --body '$(PROPOSAL)'; }

# --- Set-up: done once, and again when a list of packages changes --------------

.venv/ready: tests/check_python.py
	@$(or $(PYTHON),python3) tests/check_python.py
	@test ! -L .venv || { echo ".venv is a link, and what it leads to would be" \
	"emptied. Remove the link, or run the commands of the Makefile by hand."; exit 1; }
	@$(PYTHON) -m venv --clear .venv || { echo "Cannot create .venv with \
	$(PYTHON) -m venv. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@touch $@

.venv/site-ready: docs/requirements.txt .venv/ready
	@$(call install,docs/requirements.txt,the site,under a minute)

.venv/test-ready: requirements.txt docs/requirements.txt .venv/ready
	@$(call install,requirements.txt,the lessons,a few minutes)
	@touch .venv/site-ready

.venv/book-ready: requirements-book.txt docs/requirements.txt .venv/ready
	@$(call install,requirements-book.txt,the book,under a minute)
	@touch .venv/site-ready

.venv/gpu-ready: requirements-gpu.txt .venv/ready
	@$(call install,requirements-gpu.txt,lessons on CUDA,several minutes)
	@touch .venv/site-ready .venv/test-ready

.venv/backends-ready: requirements-backends.txt .venv/test-ready
	@$(call install,requirements-backends.txt,the other backends,several minutes)

# Apart, since Sphinx wants other versions than the site.
.venv/peers-ready: requirements-peers.txt .venv/ready
	@$(PYTHON) -m venv --clear .venv/peers
	@$(call install,requirements-peers.txt,the benchmarks' peers,a minute,.venv/peers/bin)

# $(call install,list of packages,what for,how long[,folder of another Python]):
# one sentence if it fails.
define install
echo "Installing packages for $(2) into .venv ($(3), once) ..."; \
$(or $(4),$(BIN))/python -m pip install --quiet --disable-pip-version-check \
	--retries 2 --require-hashes -r $(1) 2> .venv/install.log \
|| { grep -i -m 1 "error:" .venv/install.log; \
	echo "The packages in $(1) could not be installed; is the network there?" \
	"What pip said is in .venv/install.log. Run the same command again to go on."; \
	exit 1; }; \
touch $@
endef
