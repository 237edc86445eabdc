# Thin on purpose: every target calls a tool or one of the scripts in tools/.
#   make run ARGS="--port 9000"     passes arguments to `lamplit serve`
#   make test ARGS="-k chat"        passes arguments to pytest
#   make PYTHON=/path/to/python ... uses that Python to make .venv

BIN := .venv/bin
PYTHON ?=
export PYTHON

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run nodes test long chaos hostile fuzz soak check audit fix bench setup setup-test system redis page web-test lock wheel clean

help: ## say what can be made
	@grep -E '^[a-z-]+:.* ## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.* ## (.*)/  make \1\t\2/' | expand -t 22

run: setup page ## set everything up and start a server
	@$(BIN)/lamplit serve $(ARGS)

nodes: redis setup page ## three local nodes, Redis and a proxy on one address; ARGS="--port 9000 --nodes 2"
	@$(BIN)/python tools/nodes.py $(ARGS)

test: system setup-test page check web-test ## run every check and every test
	@$(BIN)/python -m pytest --numprocesses 3 --dist loadscope $(ARGS)

long: system setup-test page ## run every test, also those that take minutes, and look at every page in every way
	@LOOKS=every $(BIN)/python -m pytest -m "" $(ARGS)

chaos: system setup-test page ## stop, kill and cut nodes hundreds of times under bots (40 min); build/chaos/report.md
	@CHAOS=full $(BIN)/python -m pytest -m "" tests/chaos $(ARGS)

soak: system setup-test page ## an hour of members who come and go (SOAK_MINUTES); build/soak/report.md
	@$(BIN)/python -m tests.soak $(ARGS)

check: setup-test ## run the linters and type checkers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/web_build.py run typecheck
	$(BIN)/python tools/web_build.py run lint
	$(BIN)/python tools/audit.py

audit: setup-test ## ask whether a package in the locks has a known flaw; fails where nobody can be asked
	@AUDIT=require $(BIN)/python tools/audit.py

fix: setup-test ## format, and apply the fixes that linters are sure of
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/python tools/web_build.py run format

hostile: system setup-test page ## send everything bad, twice, beside nine members who must not notice; build/hostile/report.md
	@HOSTILE=full $(BIN)/python -m pytest -m "" tests/hostile $(ARGS)

fuzz: setup-test ## feed every reader for five minutes each (FUZZ_SECONDS); build/fuzz/report.md
	@$(BIN)/python -m pip install --quiet --no-deps --require-hashes --requirement requirements-fuzz.txt \
	  || echo "fuzz: without atheris inputs are drawn by chance"
	@$(BIN)/python -m tests.fuzz $(ARGS)

bench: setup-test page ## measure everything beside the peers (15 min); build/bench/report.md; or ARGS="stage --help"
	@$(if $(ARGS),,sh tools/bench_packages.sh)
	@$(BIN)/python -m tests.bench $(or $(ARGS),page)

lock: setup-test ## write the lock files anew: ARGS=--upgrade takes newer versions
	@$(BIN)/python tools/lock.py $(ARGS)

wheel: setup ## build dist/lamplit-*.whl with the page inside
	@$(BIN)/hatchling build --target wheel

clean: ## remove what was built; .venv stays
	rm -rf dist build web/dist web/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage htmlcov

setup:
	@python="$$(sh tools/find_python.sh)" && "$$python" tools/setup_env.py

setup-test:
	@python="$$(sh tools/find_python.sh)" && "$$python" tools/setup_env.py --test

system:
	@sh tools/system_packages.sh

redis:
	@sh tools/system_packages.sh redis-server

page: setup
	@$(BIN)/python tools/web_build.py

web-test: setup-test
	@$(BIN)/python tools/web_build.py run test
