# Copyright (c) 2026 The therefore.firewall authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Everything that a developer runs. Each target installs what it needs first (tools/setup).

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
ifndef IN_LANES
.NOTPARALLEL:
endif

# the interpreter that .venv is made with: 3.11 or newer
PYTHON ?= python3
export PYTHON
SCENARIO ?= default

tree := build/ansible_collections/therefore/firewall
scenarios := $(sort $(patsubst molecule/%/molecule.yml,%,$(wildcard molecule/*/molecule.yml)))
suites := bookworm trixie

# What make test runs, LANES targets at a time: those that take longest first, so that none of them is left at the end.
# The hosts of the lab wait more than they work.
LANES ?= 2
slow_first := test-windows $(addprefix molecule-,ruleset windows reload guard verify faults fleet default)
lanes := $(slow_first) $(filter-out $(slow_first),$(scenarios:%=molecule-%))
lanes += unit sanity test-windows-build ansible-lint test-browser lint docs-lint

.PHONY: help
help: ## This list
	@sed -nE 's/^([a-z-]+):.*## (.*)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

.PHONY: demo
demo: lab ## Boot the lab, run site.yml on it, show what passes between the hosts
	@tools/run "Booting the hosts of the lab" tools/molecule create -s default
	@tools/run "Preparing them" tools/molecule prepare -s default
	@tools/run "Running playbooks/site.yml" tools/molecule converge -s default
	@tools/run "Sending packets from every host to every host" tools/lab-matrix
	@tools/run "Simulated Windows hosts" tools/with-pwsh tests/windows/demo
	@tools/run "Reporting on the lab" tools/lab-report
	@printf '%s\n' '' \
	    'The report:     build/lab-report/report.html' \
	    'Look around:    podman ps; podman exec -it thf-lab-appserver bash' \
	    '                there: firewall-cmd --list-all-policies' \
	    'Change a rule:  molecule/default/inventory, then make demo again' \
	    'Tear down:      make demo-down'

.PHONY: report
report: setup ## The papers for the sample inventory, in build/report
	@tools/collection-tree
	@tools/run "Reporting on docs/inventory.example.yml" ansible-playbook \
	    --inventory docs/inventory.example.yml --extra-vars therefore_report_folder=build/report \
	    therefore.firewall.report

.PHONY: demo-down
demo-down: lab ## Remove the hosts and networks of the demo
	@tools/run "Removing the lab" tools/molecule destroy -s default
	@rm -rf build/windows-demo build/lab-report

.PHONY: test
test: lab ## Everything that CI runs, two targets at a time
	@tools/setup browser
	@tools/collection-tree
	@rm -f build/lanes/*.failed
	@$(MAKE) --no-print-directory --jobs=$(LANES) --keep-going IN_LANES=1 $(lanes:%=lane-%) || \
	    { cat build/lanes/*.failed; exit 1; }
	@printf '\nAll tests passed.\n'

all_lanes := $(addprefix lane-,$(lanes) test-windows-smoke)
.PHONY: $(all_lanes)
$(all_lanes): lane-%:
	@tools/lane $*

.PHONY: test-fast
test-fast: ## For daily work: lint, unit tests, Windows smoke tests, the scenario default
	@$(MAKE) --no-print-directory lab
	@$(MAKE) --no-print-directory --jobs=$(LANES) --keep-going IN_LANES=1 \
	    $(addprefix lane-,molecule-default unit test-windows-smoke ansible-lint lint)

.PHONY: lint
lint: setup ## yamllint, ruff, import-linter, mypy, PSScriptAnalyzer, shellcheck
	@tools/collection-tree
	@tools/run "yamllint" yamllint --strict .
	@tools/run "ruff: rules" ruff check
	@tools/run "ruff: layout" ruff format --check
	@tools/run "import-linter" env PYTHONPATH=build lint-imports pyproject.toml --no-cache
	@tools/run "mypy" mypy --package ansible_collections.therefore.firewall.plugins
	@tools/run "PSScriptAnalyzer" tools/with-pwsh tools/lint-powershell
	@tools/run "shellcheck" shellcheck --external-sources $(shell grep -lE '^#!.*bash' tools/* .ci/run)

.PHONY: ansible-lint
ansible-lint: setup ## ansible-lint at its production profile
	@tools/collection-tree
	@tools/run "ansible-lint" ansible-lint

.PHONY: sanity
sanity: setup ## ansible-test sanity
	@tools/run "ansible-test sanity" tools/sanity

# Not a part of make test: it fetches packages of Ansible. The collection runs with all of them; galaxy.yml's oldest first.
sanity_cores := 2.16 2.18 2.19 2.20 2.21
.PHONY: sanity-cores
sanity-cores: setup ## All supported ansible-cores: sanity, each with its Pythons, unit tests on the oldest and the newest
	@for core in $(sanity_cores); do \
	    tools/run "Sanity with ansible-core $$core" tools/with-core $$core env VENV=build/cores/$$core tools/sanity; \
	done
	@tools/collection-tree
	@tools/run "Pythons of the controller" tools/controller-pythons
	@for core in $(cores); do \
	    tools/run "Unit tests with ansible-core $$core" tools/unit-with-core $$core; \
	done

.PHONY: docs-lint
docs-lint: setup ## antsibull-docs and antsibull-changelog
	@tools/collection-tree
	@tools/run "antsibull-docs" antsibull-docs lint-collection-docs --plugin-docs $(tree)
	@tools/run "antsibull-changelog" antsibull-changelog lint

# Not a part of make test: it fetches tools of its own.
.PHONY: release-check
release-check: lint ansible-lint sanity docs-lint ## Every public checker, on the tarball that Galaxy would get
	@tools/run "Building the tarball" tools/build-collection
	@tools/run "galaxy-importer" tools/with-release-tools tools/galaxy-import
	@tools/run "ansible-lint on what the tarball installs" tools/lint-installed
	@tools/run "antsibull-nox" tools/with-release-tools nox --no-venv
	@tools/run "REUSE" tools/with-release-tools reuse lint --lines
	@tools/run "Documentation site" env ANSIBLE_COLLECTIONS_PATH=build/installed tools/with-release-tools tools/docs-site
	@tools/run "actionlint" tools/actionlint
	@tools/run "Links between the documents" pytest $(tree)/tests/unit/test_links.py

# Not a part of make test: an image of a gigabyte.
.PHONY: execution-environment
execution-environment: setup ## Build the execution environment on a base of Debian's, and use it
	@tools/setup lab
	@VENV=build/builder REQUIREMENTS=requirements-builder.txt tools/setup
	@tools/lab-image trixie
	@tools/collection-tree
	@tools/run "Building the tarball" tools/build-collection
	@tools/run "Execution environment" env PATH="$$PATH:$(CURDIR)/build/builder/bin" \
	    pytest tests/execution_environment

.PHONY: release
release: setup ## Changelog, tarball and checks of galaxy.yml's version; says what to do next
	@tools/run "Changelog" tools/release changelog
	@$(MAKE) --no-print-directory release-check
	@tools/release next

.PHONY: unit
unit: setup ## Unit tests
	@tools/collection-tree
	@tools/run "Unit tests" pytest $(tree)/tests/unit

.PHONY: test-windows
test-windows: setup ## Tests of the Windows side, on simulated hosts where there is a pwsh
	@tools/collection-tree
	@tools/run "Windows tests" env --unset=PWSH_WINDOWS pytest $(tree)/tests/windows
	@$(MAKE) --no-print-directory test-windows-smoke

.PHONY: test-windows-smoke
test-windows-smoke: setup ## The Windows modules with the newer ansible-core, in a minute
	@tools/collection-tree
	@tools/run "Windows tests with the newer ansible-core" \
	    tools/with-pwsh tools/newer-ansible pytest $(tree)/tests/windows/test_smoke.py

.PHONY: test-windows-build
test-windows-build: setup ## Windows' own build of PowerShell (PWSH_WINDOWS, with wine64): its registry, a comparison, modules
	@if [ -n "$$PWSH_WINDOWS" ]; then tools/setup wine; fi
	@tools/collection-tree
	@tools/run "Registry, and both builds of PowerShell compared" \
	    tools/with-windows-build pytest $(tree)/tests/windows/test_windows_build.py
# The others need what Wine lacks: the guard its task scheduler, the probe's their processes and folders as seen outside
	@tools/run "win_firewall_rule, and check mode, on that build" tools/with-windows-build env PWSH="$$PWSH_WINDOWS" \
	    pytest $(addprefix $(tree)/tests/windows/test_,win_firewall_rule.py check_mode.py)

# Those beside the ones of requirements.txt: the oldest that the collection says it runs with, and the newest. Not a part
# of make test: it fetches two more packages of Ansible.
cores := 2.16 2.21
.PHONY: test-cores
test-cores: lab ## Check mode with the oldest and the newest ansible-core, on the lab and on simulated Windows hosts
	@tools/collection-tree
	@tools/run "Booting the hosts of the scenario ruleset" tools/molecule create -s ruleset
	@tools/run "Preparing them" tools/molecule prepare -s ruleset
	@for core in $(cores); do \
	    tools/run "Linux with ansible-core $$core" tools/with-core $$core pytest molecule/ruleset/tests/test_check_mode.py; \
	    tools/run "Windows with ansible-core $$core" \
	        tools/with-pwsh tools/with-core $$core pytest $(tree)/tests/windows/test_check_mode.py; \
	done
	@tools/run "Removing the hosts" tools/molecule destroy -s ruleset

# Not a part of make test: it fetches a package of Ansible.
.PHONY: test-oldest
test-oldest: lab ## The Windows modules and the scenario default with the oldest collections that galaxy.yml allows
	@tools/collection-tree
	@tools/run "Windows tests with the package ansible 9.0.1" \
	    tools/with-pwsh tools/with-core oldest pytest $(tree)/tests/windows/test_smoke.py
	@tools/run "Booting the hosts of the scenario default" tools/molecule create -s default
	@tools/run "Preparing them" tools/molecule prepare -s default
	@for step in converge idempotence verify; do \
	    tools/run "Scenario default with the package ansible 9.0.1: $$step" \
	        tools/with-core oldest tools/molecule $$step -s default || exit 1; \
	done
	@tools/run "Removing the hosts" tools/molecule destroy -s default

.PHONY: test-browser
test-browser: ## Tests of report.html in headless Chromium; pictures of it in build/screenshots
	@tools/setup browser
	@tools/collection-tree
	@tools/run "Browser tests" pytest $(tree)/tests/browser

.PHONY: molecule
molecule: molecule-$(SCENARIO) ## One scenario: make molecule SCENARIO=default

.PHONY: $(scenarios:%=molecule-%)
$(filter-out molecule-windows molecule-oldest molecule-fleet,$(scenarios:%=molecule-%)): molecule-%: lab
	@tools/run "molecule: $*" tools/molecule test -s $*

# its image is of a suite that a mirror may have no more
molecule-oldest: lab
	@if tools/lab-image bullseye; then tools/run "molecule: oldest" tools/molecule test -s oldest; \
	else echo "molecule: oldest: left out: this machine's mirror has no bullseye"; fi

# its hosts have an image of their own
molecule-fleet: lab
	@tools/lab-image fleet
	@tools/run "molecule: fleet" tools/molecule test -s fleet

# its hosts are simulated: no lab, but an engine
molecule-windows: setup
	@tools/run "molecule: windows" tools/with-pwsh tools/molecule test -s windows

.PHONY: bench
bench: lab ## The modules against the usual ones, and the report on 1,000 hosts
	@tools/setup nmap
	@tools/collection-tree
	@tools/run "Benchmark" tests/benchmark/run

.PHONY: requirements
requirements: setup ## Pin the packages of the files requirements*.in anew
	@for name in requirements requirements-release requirements-builder; do \
	    { sed '/^#$$/q' $$name.in; echo "# Made by \"make requirements\" from $$name.in."; \
	        .venv/bin/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 \
	        $$name.in; } >requirements.new; \
	    mv requirements.new $$name.txt; \
	done

.PHONY: setup
setup:
	@tools/setup

.PHONY: lab
lab:
	@tools/setup lab
	@for suite in $(suites); do tools/lab-image $$suite; done

.PHONY: clean
clean: ## Remove what the targets made, but for .venv and the cached images
	rm -rf build .ansible .hypothesis .mypy_cache .pytest_cache .ruff_cache
